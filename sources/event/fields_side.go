package event

import (
	"strings"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

var profileFields = []Field{
	{Name: "customer_id", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.Profile.CustomerId = v }},
	{Name: "event_time", Type: Instant, Required: true, SetInt: func(r *pb.LogRecord, v int64) { r.Profile.EventTime = v }},
	{Name: "booking_date", Type: Date, SetInt: func(r *pb.LogRecord, v int64) { r.Profile.BusinessDay = int32(v) }},
	{Name: "source_seq", Type: Int, SetInt: func(r *pb.LogRecord, v int64) { r.Profile.SourceSeq = v }},
	{Name: "display_name", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Profile.DisplayName = v }},
	{Name: "phone_tail", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Profile.PhoneTail = v }},
	{Name: "segment", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Profile.Segment = v }},
	{Name: "region", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Profile.Region = v }},
	{Name: "language", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Profile.Language = v }},
	{Name: "marketing_consent", Type: Flag, SetInt: func(r *pb.LogRecord, v int64) { r.Profile.MarketingConsent = v != 0 }},
	{Name: "since_date", Type: Date, SetInt: func(r *pb.LogRecord, v int64) { r.Profile.SinceDay = int32(v) }},
	{Name: "exited", Type: Flag, SetInt: func(r *pb.LogRecord, v int64) { r.Profile.Exited = v != 0 }},
}

var lifecycleFields = []Field{
	{Name: "customer_id", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.Lifecycle.CustomerId = v }},
	{Name: "account_id", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.Lifecycle.AccountId = v }},
	{Name: "event_time", Type: Instant, Required: true, SetInt: func(r *pb.LogRecord, v int64) { r.Lifecycle.EventTime = v }},
	{Name: "booking_date", Type: Date, SetInt: func(r *pb.LogRecord, v int64) { r.Lifecycle.BusinessDay = int32(v) }},
	{Name: "source_seq", Type: Int, SetInt: func(r *pb.LogRecord, v int64) { r.Lifecycle.SourceSeq = v }},
	{Name: "account_type", Type: EnumText, Required: true, Enum: accountTypes, SetInt: func(r *pb.LogRecord, v int64) { r.Lifecycle.AccountType = pb.AccountType(v) }},
	{Name: "unit", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.Lifecycle.Unit = v }},
	{Name: "opened_date", Type: Date, SetInt: func(r *pb.LogRecord, v int64) { r.Lifecycle.OpenedDay = int32(v) }},
	{Name: "closed_date", Type: Date, SetInt: func(r *pb.LogRecord, v int64) { r.Lifecycle.ClosedDay = int32(v) }},
	{Name: "maturity_date", Type: Date, SetInt: func(r *pb.LogRecord, v int64) { r.Lifecycle.MaturityDay = int32(v) }},
	{Name: "limit_minor", Type: Units, SetInt: func(r *pb.LogRecord, v int64) { r.Lifecycle.LimitMinor = v }},
	{Name: "joint", Type: Flag, SetInt: func(r *pb.LogRecord, v int64) { r.Lifecycle.Joint = v != 0 }},
	{Name: "product_code", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Lifecycle.ProductCode = v }},
}

var rmFields = []Field{
	{Name: "customer_id", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.Rm.CustomerId = v }},
	{Name: "event_time", Type: Instant, Required: true, SetInt: func(r *pb.LogRecord, v int64) { r.Rm.EventTime = v }},
	{Name: "booking_date", Type: Date, SetInt: func(r *pb.LogRecord, v int64) { r.Rm.BusinessDay = int32(v) }},
	{Name: "source_seq", Type: Int, SetInt: func(r *pb.LogRecord, v int64) { r.Rm.SourceSeq = v }},
	{Name: "rm_id", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Rm.RmId = v }},
	{Name: "branch_path", Type: Path, SetText: func(r *pb.LogRecord, v string) { r.Rm.BranchPath = splitPath(r.Rm.BranchPath[:0], v) }},
}

var creditFields = []Field{
	{Name: "customer_id", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.Credit.CustomerId = v }},
	{Name: "account_id", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.Credit.AccountId = v }},
	{Name: "account_type", Type: EnumText, Required: true, Enum: accountTypes, SetInt: func(r *pb.LogRecord, v int64) { r.Credit.AccountType = pb.AccountType(v) }},
	{Name: "event_time", Type: Instant, Required: true, SetInt: func(r *pb.LogRecord, v int64) { r.Credit.EventTime = v }},
	{Name: "booking_date", Type: Date, SetInt: func(r *pb.LogRecord, v int64) { r.Credit.BusinessDay = int32(v) }},
	{Name: "source_seq", Type: Int, SetInt: func(r *pb.LogRecord, v int64) { r.Credit.SourceSeq = v }},
	{Name: "dpd", Type: Int, SetInt: func(r *pb.LogRecord, v int64) { r.Credit.Dpd = small(v) }},
	{Name: "five_class", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Credit.FiveClass = v }},
	{Name: "limit_minor", Type: BaseMoney, SetInt: func(r *pb.LogRecord, v int64) { r.Credit.LimitMinor = v }},
}

var complaintFields = []Field{
	{Name: "customer_id", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.Complaint.CustomerId = v }},
	{Name: "complaint_id", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.Complaint.ComplaintId = v }},
	{Name: "event_time", Type: Instant, Required: true, SetInt: func(r *pb.LogRecord, v int64) { r.Complaint.EventTime = v }},
	{Name: "booking_date", Type: Date, SetInt: func(r *pb.LogRecord, v int64) { r.Complaint.BusinessDay = int32(v) }},
	{Name: "source_seq", Type: Int, SetInt: func(r *pb.LogRecord, v int64) { r.Complaint.SourceSeq = v }},
	{Name: "open", Type: Flag, Required: true, SetInt: func(r *pb.LogRecord, v int64) { r.Complaint.Open = v != 0 }},
}

var rmActionFields = []Field{
	{Name: "customer_id", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.RmAction.CustomerId = v }},
	{Name: "alert_id", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.RmAction.AlertId = v }},
	{Name: "event_time", Type: Instant, Required: true, SetInt: func(r *pb.LogRecord, v int64) { r.RmAction.EventTime = v }},
	{Name: "booking_date", Type: Date, SetInt: func(r *pb.LogRecord, v int64) { r.RmAction.BusinessDay = int32(v) }},
	{Name: "source_seq", Type: Int, SetInt: func(r *pb.LogRecord, v int64) { r.RmAction.SourceSeq = v }},
	{Name: "action", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.RmAction.Action = v }},
	{Name: "rm_id", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.RmAction.RmId = v }},
	{Name: "note", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.RmAction.Note = v }},
}

var balanceFields = []Field{
	{Name: "customer_id", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.Balance.CustomerId = v }},
	{Name: "account_id", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.Balance.AccountId = v }},
	{Name: "account_type", Type: EnumText, Required: true, Enum: accountTypes, SetInt: func(r *pb.LogRecord, v int64) { r.Balance.AccountType = pb.AccountType(v) }},
	{Name: "unit", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.Balance.Unit = v }},
	{Name: "date", Type: Date, Required: true, SetInt: func(r *pb.LogRecord, v int64) { r.Balance.Day = int32(v) }},
	{Name: "balance_minor", Type: Units, Required: true, SetInt: func(r *pb.LogRecord, v int64) { r.Balance.Balance = v }},
	{Name: "event_time", Type: Instant, SetInt: func(r *pb.LogRecord, v int64) { r.Balance.EventTime = v }},
	{Name: "booking_date", Type: Date, SetInt: func(r *pb.LogRecord, v int64) { r.Balance.BusinessDay = int32(v) }},
	{Name: "source_seq", Type: Int, SetInt: func(r *pb.LogRecord, v int64) { r.Balance.SourceSeq = v }},
}

var seedFields = []Field{
	{Name: "customer_id", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.Seed.CustomerId = v }},
	{Name: "scheme", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.Seed.Scheme = v }},
	{Name: "tier", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.Seed.Tier = v }},
	{Name: "since_date", Type: Date, Required: true, SetInt: func(r *pb.LogRecord, v int64) { r.Seed.SinceDay = int32(v) }},
	{Name: "misses", Type: Int, SetInt: func(r *pb.LogRecord, v int64) { r.Seed.Misses = count(v) }},
	{Name: "guarantee_until", Type: Date, SetInt: func(r *pb.LogRecord, v int64) { r.Seed.GuaranteeUntil = int32(v) }},
	{Name: "event_time", Type: Instant, Required: true, SetInt: func(r *pb.LogRecord, v int64) { r.Seed.EventTime = v }},
	{Name: "booking_date", Type: Date, SetInt: func(r *pb.LogRecord, v int64) { r.Seed.BusinessDay = int32(v) }},
	{Name: "source_seq", Type: Int, SetInt: func(r *pb.LogRecord, v int64) { r.Seed.SourceSeq = v }},
}

var overrideFields = []Field{
	{Name: "customer_id", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.Override.CustomerId = v }},
	{Name: "scheme", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.Override.Scheme = v }},
	{Name: "tier", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.Override.Tier = v }},
	{Name: "until_date", Type: Date, Required: true, SetInt: func(r *pb.LogRecord, v int64) { r.Override.UntilDay = int32(v) }},
	{Name: "event_time", Type: Instant, Required: true, SetInt: func(r *pb.LogRecord, v int64) { r.Override.EventTime = v }},
	{Name: "booking_date", Type: Date, SetInt: func(r *pb.LogRecord, v int64) { r.Override.BusinessDay = int32(v) }},
	{Name: "source_seq", Type: Int, SetInt: func(r *pb.LogRecord, v int64) { r.Override.SourceSeq = v }},
	{Name: "reason", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Override.Reason = v }},
}

// splitPath reads HQ/NJ/NJ-03.
func splitPath(to []string, v string) []string {
	for v != "" {
		head, rest, _ := strings.Cut(v, "/")
		to = append(to, head)
		v = rest
	}
	return to
}
