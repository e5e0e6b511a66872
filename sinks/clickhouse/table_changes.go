package clickhouse

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// changeRow is a row of tier_changes_raw.
type changeRow struct {
	c *pb.TierChange
	stamp
}

var changesTable = &table[changeRow]{name: "tier_changes_raw", columns: []column[changeRow]{
	text("customer_id", func(r *changeRow) string { return r.c.CustomerId }),
	word("scheme", func(r *changeRow) string { return r.c.Scheme }),
	day("effective_day", func(r *changeRow) int32 { return r.c.EffectiveDay }),
	enum("kind", func(r *changeRow) int8 { return known(r.c.Kind, pb.ChangeKind_name) }),
	word("from_tier", func(r *changeRow) string { return r.c.From }),
	word("to_tier", func(r *changeRow) string { return r.c.To }),
	i16("from_rank", func(r *changeRow) int16 { return int16(r.c.FromRank) }),
	i16("to_rank", func(r *changeRow) int16 { return int16(r.c.ToRank) }),
	optDay("decided_day", func(r *changeRow) int32 { return r.c.DecidedDay }),
	optDay("supersedes_day", func(r *changeRow) int32 { return r.c.SupersedesDay }),
	u16("misses", func(r *changeRow) uint16 { return uint16(r.c.Misses) }),
	truth("watch", func(r *changeRow) bool { return r.c.Watch }),
	optDay("period_start", func(r *changeRow) int32 { return r.c.PeriodStart }),
	optDay("period_end", func(r *changeRow) int32 { return r.c.PeriodEnd }),
	i64("value_minor", func(r *changeRow) int64 { return r.c.ValueMinor }),
	i64("threshold_minor", func(r *changeRow) int64 { return r.c.ThresholdMinor }),
	word("rm_id", func(r *changeRow) string { return r.c.RmId }),
	wordList("branch_path", func(r *changeRow) []string { return r.c.BranchPath }),
	word("branch", func(r *changeRow) string { return branchOf(r.c.BranchPath) }),
	word("mode", func(r *changeRow) string { return modeName(r.c.Mode) }),
	truth("provisional", func(r *changeRow) bool { return r.c.Provisional }),
	word("policy", func(r *changeRow) string { return r.c.Policy.GetName() }),
	u32("policy_version", func(r *changeRow) uint32 { return r.c.Policy.GetVersion() }),
	word("clause", func(r *changeRow) string { return r.c.Policy.GetClause() }),
	moment("as_of", func(r *changeRow) int64 { return r.c.AsOf }),
	u16("partition", func(r *changeRow) uint16 { return r.partition }),
	u64("offset", func(r *changeRow) uint64 { return r.offset }),
	u8("sub_index", func(r *changeRow) uint8 { return r.sub }),
	u64("record_hash", func(r *changeRow) uint64 { return r.hash }),
	u64("version", func(r *changeRow) uint64 { return r.version }),
}}

func modeName(m pb.Mode) string {
	if m == pb.Mode_MODE_UNSPECIFIED {
		return ""
	}
	return m.String()
}
