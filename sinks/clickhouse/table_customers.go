package clickhouse

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

type customerFact = fact[*pb.CustomerProfile]

var customerFactsTable = &table[customerFact]{name: "customer_facts_raw", columns: []column[customerFact]{
	text("customer_id", func(r *customerFact) string { return r.m.CustomerId }),
	moment("event_time", func(r *customerFact) int64 { return r.m.EventTime }),
	i64("source_seq", func(r *customerFact) int64 { return r.m.SourceSeq }),
	u16("partition", func(r *customerFact) uint16 { return r.partition }),
	u64("offset", func(r *customerFact) uint64 { return r.offset }),
	day("business_day", func(r *customerFact) int32 { return r.m.BusinessDay }),
	text("display_name", func(r *customerFact) string { return r.m.DisplayName }),
	text("phone_tail", func(r *customerFact) string { return r.m.PhoneTail }),
	word("segment", func(r *customerFact) string { return r.m.Segment }),
	word("region", func(r *customerFact) string { return r.m.Region }),
	word("language", func(r *customerFact) string { return r.m.Language }),
	truth("marketing_consent", func(r *customerFact) bool { return r.m.MarketingConsent }),
	optDay32("since_day", func(r *customerFact) int32 { return r.m.SinceDay }),
	truth("exited", func(r *customerFact) bool { return r.m.Exited }),
}}

type rmFact = fact[*pb.RmAssignment]

var rmAssignmentsTable = &table[rmFact]{name: "rm_assignments_raw", columns: []column[rmFact]{
	text("customer_id", func(r *rmFact) string { return r.m.CustomerId }),
	moment("event_time", func(r *rmFact) int64 { return r.m.EventTime }),
	i64("source_seq", func(r *rmFact) int64 { return r.m.SourceSeq }),
	u16("partition", func(r *rmFact) uint16 { return r.partition }),
	u64("offset", func(r *rmFact) uint64 { return r.offset }),
	day("business_day", func(r *rmFact) int32 { return r.m.BusinessDay }),
	word("rm_id", func(r *rmFact) string { return r.m.RmId }),
	wordList("branch_path", func(r *rmFact) []string { return r.m.BranchPath }),
	word("branch", func(r *rmFact) string { return branchOf(r.m.BranchPath) }),
}}

// branchOf returns the branch itself: the last of its path.
func branchOf(path []string) string {
	if len(path) == 0 {
		return ""
	}
	return path[len(path)-1]
}
