package clickhouse

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// said is a record of the log about a customer.
type said interface {
	GetCustomerId() string
	GetEventTime() int64
	GetSourceSeq() int64
	GetBusinessDay() int32
}

// factTable is a table of such records: where and when, then what.
func factTable[M said](name string, what ...column[fact[M]]) *table[fact[M]] {
	return &table[fact[M]]{name: name, columns: append([]column[fact[M]]{
		text("customer_id", func(r *fact[M]) string { return r.m.GetCustomerId() }),
		moment("event_time", func(r *fact[M]) int64 { return r.m.GetEventTime() }),
		i64("source_seq", func(r *fact[M]) int64 { return r.m.GetSourceSeq() }),
		u16("partition", func(r *fact[M]) uint16 { return r.partition }),
		u64("offset", func(r *fact[M]) uint64 { return r.offset }),
		day("business_day", func(r *fact[M]) int32 { return r.m.GetBusinessDay() }),
	}, what...)}
}

type (
	creditFact    = fact[*pb.CreditStatus]
	complaintFact = fact[*pb.Complaint]
	rmActionFact  = fact[*pb.RmAction]
	seedFact      = fact[*pb.TierSeed]
	overrideFact  = fact[*pb.TierOverride]
)

var creditStatusTable = factTable("credit_status_raw",
	text("account_id", func(r *creditFact) string { return r.m.AccountId }),
	enum("account_type", func(r *creditFact) int8 { return known(r.m.AccountType, pb.AccountType_name) }),
	i32("dpd", func(r *creditFact) int32 { return r.m.Dpd }),
	word("five_class", func(r *creditFact) string { return r.m.FiveClass }),
	i64("limit_minor", func(r *creditFact) int64 { return r.m.LimitMinor }))

var complaintsTable = factTable("complaints_raw",
	text("complaint_id", func(r *complaintFact) string { return r.m.ComplaintId }),
	truth("open", func(r *complaintFact) bool { return r.m.Open }))

var rmActionsTable = factTable("rm_actions_raw",
	text("alert_id", func(r *rmActionFact) string { return r.m.AlertId }),
	word("action", func(r *rmActionFact) string { return r.m.Action }),
	word("rm_id", func(r *rmActionFact) string { return r.m.RmId }),
	text("note", func(r *rmActionFact) string { return r.m.Note }))

var tierSeedsTable = factTable("tier_seeds_raw",
	word("scheme", func(r *seedFact) string { return r.m.Scheme }),
	word("tier", func(r *seedFact) string { return r.m.Tier }),
	optDay("since_day", func(r *seedFact) int32 { return r.m.SinceDay }),
	u16("misses", func(r *seedFact) uint16 { return uint16(r.m.Misses) }),
	optDay("guarantee_until", func(r *seedFact) int32 { return r.m.GuaranteeUntil }))

var tierOverridesTable = factTable("tier_overrides_raw",
	word("scheme", func(r *overrideFact) string { return r.m.Scheme }),
	word("tier", func(r *overrideFact) string { return r.m.Tier }),
	optDay("until_day", func(r *overrideFact) int32 { return r.m.UntilDay }),
	text("reason", func(r *overrideFact) string { return r.m.Reason }))
