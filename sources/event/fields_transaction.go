package event

import (
	"strings"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// transactionFields is the canonical transaction (docs/mapping.md, "Fields of a
// transaction"). currency and unit stand before the amounts that they scale.
var transactionFields = []Field{
	{Name: "customer_id", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.Transaction.CustomerId = v }},
	{Name: "account_id", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.Transaction.AccountId = v }},
	{Name: "event_id", Type: EventID, SetText: setEventID},
	{Name: "source_system", Type: Text, SetText: setSource},
	{Name: "txn_id", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Transaction.TxnId = v }},
	{Name: "version", Type: Int, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.Version = count(v) }},
	{Name: "source_seq", Type: Int, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.SourceSeq = v }},
	{Name: "schema_version", Type: Int, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.SchemaVersion = count(v) }},
	{Name: "account_type", Type: EnumText, Required: true, Enum: accountTypes, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.AccountType = pb.AccountType(v) }},
	{Name: "txn_type", Type: EnumText, Required: true, Enum: txnTypes, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.TxnType = pb.TxnType(v) }},
	{Name: "direction", Type: EnumText, Required: true, Enum: directions, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.Direction = pb.Direction(v) }},
	{Name: "status", Type: EnumText, Required: true, Enum: statuses, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.Status = pb.TxnStatus(v) }},
	{Name: "initiator", Type: EnumText, Required: true, Enum: initiators, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.Initiator = pb.Initiator(v) }},
	{Name: "channel", Type: EnumText, Enum: channels, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.Channel = pb.Channel(v) }},
	{Name: "counterparty_type", Type: EnumText, Enum: counterpartyTypes, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.CounterpartyType = pb.CounterpartyType(v) }},
	{Name: "internal_transfer", Type: Flag, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.InternalTransfer = v != 0 }},
	{Name: "same_owner", Type: Flag, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.SameOwner = v != 0 }},
	{Name: "currency", Type: Text, Required: true, SetText: func(r *pb.LogRecord, v string) { r.Transaction.Currency = v }},
	{Name: "unit", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Transaction.Unit = v }},
	{Name: "amount_minor", Type: Money, Required: true, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.AmountMinor = v }},
	{Name: "base_amount_minor", Type: BaseMoney, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.BaseAmountMinor = v }},
	{Name: "fx_rate", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Transaction.FxRate = v }},
	{Name: "quantity", Type: Units, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.Quantity = v }},
	{Name: "balance_after_minor", Type: Units, SetInt: func(r *pb.LogRecord, v int64) {
		r.Transaction.BalanceAfter, r.Transaction.BalanceKnown = v, true
	}},
	{Name: "balance_trust", Type: EnumText, Enum: balanceTrusts, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.BalanceTrust = pb.BalanceTrust(v) }},
	{Name: "balance_tolerance_minor", Type: Units, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.BalanceTolerance = v }},
	{Name: "event_time", Type: Instant, Required: true, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.EventTime = v }},
	{Name: "booking_date", Type: Date, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.BusinessDay = int32(v) }},
	{Name: "value_date", Type: Date, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.ValueDay = int32(v) }},
	{Name: "unique", Type: Flag, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.Unique = v != 0 }},
	{Name: "reversal_of", Type: EventRef, SetText: func(r *pb.LogRecord, v string) { r.Transaction.ReversalOf = withoutVersion(v) }},
	{Name: "reversal_kind", Type: EnumText, Enum: reversalKinds, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.ReversalKind = pb.ReversalKind(v) }},
	{Name: "product_code", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Transaction.ProductCode = v }},
	{Name: "counterparty_bank_code", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Transaction.CounterpartyBankCode = v }},
	{Name: "counterparty_hash", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Transaction.CounterpartyHash = v }},
	{Name: "mcc", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Transaction.Mcc = v }},
	{Name: "purpose_code", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Transaction.PurposeCode = v }},
	{Name: "bk_tx_cd", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Transaction.BkTxCd = v }},
	{Name: "branch_id", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Transaction.BranchId = v }},
	{Name: "region", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Transaction.Region = v }},
	{Name: "maturity_date", Type: Date, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.MaturityDay = int32(v) }},
	{Name: "interest_rate_bp", Type: Int, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.InterestRateBp = small(v) }},
	{Name: "principal_minor", Type: Money, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.PrincipalMinor = v }},
	{Name: "interest_minor", Type: Money, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.InterestMinor = v }},
	{Name: "due_date", Type: Date, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.DueDay = int32(v) }},
	{Name: "dpd", Type: Int, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.Dpd = small(v) }},
	{Name: "five_class", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Transaction.FiveClass = v }},
	{Name: "credit_limit_minor", Type: Money, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.CreditLimitMinor = v }},
	{Name: "statement_balance_minor", Type: Money, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.StatementBalanceMinor = v }},
	{Name: "min_due_minor", Type: Money, SetInt: func(r *pb.LogRecord, v int64) { r.Transaction.MinDueMinor = v }},
	{Name: "trace_id", Type: Text, SetText: func(r *pb.LogRecord, v string) { r.Transaction.TraceId = v }},
}

// setEventID splits source:txn_id:version at the first and the last colon; a
// text without them leaves the parts blank, which Complete rejects.
func setEventID(r *pb.LogRecord, v string) {
	t := r.Transaction
	first, last := strings.IndexByte(v, ':'), strings.LastIndexByte(v, ':')
	if first <= 0 || last <= first {
		t.Source, t.TxnId, t.Version = "", "", 0
		return
	}
	t.Source, t.TxnId, t.Version = v[:first], v[first+1:last], digits(v[last+1:])
}

// setSource keeps a source that the event id has named already; two that differ
// make a source no id can have, which Complete rejects.
func setSource(r *pb.LogRecord, v string) {
	if r.Transaction.Source != "" && r.Transaction.Source != v {
		v = ":"
	}
	r.Transaction.Source = v
}

func withoutVersion(v string) string {
	first, last := strings.IndexByte(v, ':'), strings.LastIndexByte(v, ':')
	if first > 0 && last > first && digits(v[last+1:]) != badCount {
		return v[:last]
	}
	return v
}

// badCount and badSmall are what a number beyond its field becomes; Complete
// rejects both.
const (
	badCount = 1<<32 - 1
	badSmall = -1 << 31
)

func count(v int64) uint32 {
	if v < 0 || v >= badCount {
		return badCount
	}
	return uint32(v)
}

func small(v int64) int32 {
	if v <= badSmall || v > 1<<31-1 {
		return badSmall
	}
	return int32(v)
}

func digits(s string) uint32 {
	if s == "" || len(s) > 9 {
		return badCount
	}
	n := uint32(0)
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return badCount
		}
		n = n*10 + uint32(s[i]-'0')
	}
	return n
}
