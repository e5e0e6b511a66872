package logrows

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// fact is a record about a customer.
type fact[M any] interface {
	*M
	GetCustomerId() string
	GetEventTime() int64
	GetSourceSeq() int64
	GetBusinessDay() int32
}

// factTable is a table of them, what a record says behind what all have.
func factTable[M any, P fact[M]](name, view string, what ...column[M]) *table[M] {
	return &table[M]{name: name, view: view, columns: append([]column[M]{
		text("customer_id", func(m *M) string { return P(m).GetCustomerId() }),
		moment("event_time", func(m *M) int64 { return P(m).GetEventTime() }),
		number("source_seq", func(m *M) int64 { return P(m).GetSourceSeq() }),
		day("business_day", func(m *M) int32 { return P(m).GetBusinessDay() }),
	}, what...)}
}

// taken is a table whose view shows what the fold took.
func taken[M any](t *table[M]) *table[M] {
	t.part = true
	return t
}

// customerFacts and accountFacts have views of one row per customer and account: see
// customers.go and accounts.go.
var customerFacts = factTable("customer_facts_raw", "", profileColumns...)

var profileColumns = []column[pb.CustomerProfile]{
	text("display_name", func(m *pb.CustomerProfile) string { return m.DisplayName }),
	text("phone_tail", func(m *pb.CustomerProfile) string { return m.PhoneTail }),
	text("segment", func(m *pb.CustomerProfile) string { return m.Segment }),
	text("region", func(m *pb.CustomerProfile) string { return m.Region }),
	text("language", func(m *pb.CustomerProfile) string { return m.Language }),
	truth("marketing_consent", func(m *pb.CustomerProfile) bool { return m.MarketingConsent }),
	farDay("since_day", func(m *pb.CustomerProfile) int32 { return m.SinceDay }),
	truth("exited", func(m *pb.CustomerProfile) bool { return m.Exited }),
}

var accountFacts = factTable("account_facts_raw", "",
	text("account_id", func(m *pb.AccountLifecycle) string { return m.AccountId }),
	enum("account_type", pb.AccountType_name, "", func(m *pb.AccountLifecycle) pb.AccountType { return m.AccountType }),
	text("unit", func(m *pb.AccountLifecycle) string { return m.Unit }),
	farDay("opened_day", func(m *pb.AccountLifecycle) int32 { return m.OpenedDay }),
	farDay("closed_day", func(m *pb.AccountLifecycle) int32 { return m.ClosedDay }),
	farDay("maturity_day", func(m *pb.AccountLifecycle) int32 { return m.MaturityDay }),
	number("limit_minor", func(m *pb.AccountLifecycle) int64 { return m.LimitMinor }),
	truth("joint", func(m *pb.AccountLifecycle) bool { return m.Joint }),
	text("product_code", func(m *pb.AccountLifecycle) string { return m.ProductCode }))

var rmAssignments = taken(factTable("rm_assignments_raw", "rm_assignments", managerColumns...))

var managerColumns = []column[pb.RmAssignment]{
	text("rm_id", func(m *pb.RmAssignment) string { return m.RmId }),
	list("branch_path", func(m *pb.RmAssignment) []string { return m.BranchPath }),
	text("branch", func(m *pb.RmAssignment) string {
		if n := len(m.BranchPath); n > 0 {
			return m.BranchPath[n-1]
		}
		return ""
	}),
}

var creditStatus = taken(factTable("credit_status_raw", "credit_status",
	text("account_id", func(m *pb.CreditStatus) string { return m.AccountId }),
	enum("account_type", pb.AccountType_name, "", func(m *pb.CreditStatus) pb.AccountType { return m.AccountType }),
	number("dpd", func(m *pb.CreditStatus) int32 { return m.Dpd }),
	text("five_class", func(m *pb.CreditStatus) string { return m.FiveClass }),
	number("limit_minor", func(m *pb.CreditStatus) int64 { return m.LimitMinor })))

var complaints = taken(factTable("complaints_raw", "complaints",
	text("complaint_id", func(m *pb.Complaint) string { return m.ComplaintId }),
	truth("open", func(m *pb.Complaint) bool { return m.Open })))

var rmActions = factTable("rm_actions_raw", "rm_actions",
	text("alert_id", func(m *pb.RmAction) string { return m.AlertId }),
	text("action", func(m *pb.RmAction) string { return m.Action }),
	text("rm_id", func(m *pb.RmAction) string { return m.RmId }),
	text("note", func(m *pb.RmAction) string { return m.Note }))

var tierSeeds = factTable("tier_seeds_raw", "tier_seeds",
	text("scheme", func(m *pb.TierSeed) string { return m.Scheme }),
	text("tier", func(m *pb.TierSeed) string { return m.Tier }),
	optionalDay("since_day", func(m *pb.TierSeed) int32 { return m.SinceDay }),
	number("misses", func(m *pb.TierSeed) uint32 { return m.Misses }),
	optionalDay("guarantee_until", func(m *pb.TierSeed) int32 { return m.GuaranteeUntil }))

var tierOverrides = factTable("tier_overrides_raw", "tier_overrides",
	text("scheme", func(m *pb.TierOverride) string { return m.Scheme }),
	text("tier", func(m *pb.TierOverride) string { return m.Tier }),
	optionalDay("until_day", func(m *pb.TierOverride) int32 { return m.UntilDay }),
	text("reason", func(m *pb.TierOverride) string { return m.Reason }))

// openingBalances: the view shows the first of each account.
var openingBalances = &table[pb.BalanceSnapshot]{name: "opening_balances_raw", view: "opening_balances", part: true, columns: []column[pb.BalanceSnapshot]{
	text("customer_id", func(m *pb.BalanceSnapshot) string { return m.CustomerId }),
	text("account_id", func(m *pb.BalanceSnapshot) string { return m.AccountId }),
	day("day", func(m *pb.BalanceSnapshot) int32 { return m.Day }),
	enum("account_type", pb.AccountType_name, "", func(m *pb.BalanceSnapshot) pb.AccountType { return m.AccountType }),
	text("unit", func(m *pb.BalanceSnapshot) string { return m.Unit }),
	number("balance", func(m *pb.BalanceSnapshot) int64 { return m.Balance }),
	moment("event_time", func(m *pb.BalanceSnapshot) int64 { return m.EventTime }),
}}
