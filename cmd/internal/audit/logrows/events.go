package logrows

import (
	"strconv"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

type txn = pb.Transaction

// eventID is source:txn_id:version, by which verdicts name a transaction.
func eventID(to []byte, t *txn) []byte {
	to = append(append(append(to, t.Source...), ':'), t.TxnId...)
	return strconv.AppendUint(append(to, ':'), uint64(t.Version), 10)
}

// flow is the base amount in the customer's view, as far as it moves a balance.
func flow(t *txn) int64 {
	switch {
	case t.Status != pb.TxnStatus_POSTED:
		return 0
	case t.Direction == pb.Direction_CREDIT:
		return t.BaseAmountMinor
	}
	return -t.BaseAmountMinor
}

var events = &table[txn]{
	name: "events_raw", view: "events", part: true,
	// Which of a type's flows it is follows from the type: the sink's own test. Rows of the
	// time before the column tell no trust.
	apart: []string{"flow_kind", "balance_trust"},
	columns: []column[txn]{
		text("customer_id", func(t *txn) string { return t.CustomerId }),
		{"event_id", "toString(event_id)", eventID},
		text("account_id", func(t *txn) string { return t.AccountId }),
		enum("account_type", pb.AccountType_name, "", func(t *txn) pb.AccountType { return t.AccountType }),
		enum("txn_type", pb.TxnType_name, "", func(t *txn) pb.TxnType { return t.TxnType }),
		enum("direction", pb.Direction_name, "", func(t *txn) pb.Direction { return t.Direction }),
		enum("status", pb.TxnStatus_name, "", func(t *txn) pb.TxnStatus { return t.Status }),
		enum("initiator", pb.Initiator_name, "", func(t *txn) pb.Initiator { return t.Initiator }),
		enum("channel", pb.Channel_name, "", func(t *txn) pb.Channel { return t.Channel }),
		enum("counterparty_type", pb.CounterpartyType_name, "COUNTERPARTY_", func(t *txn) pb.CounterpartyType { return t.CounterpartyType }),
		truth("internal_transfer", func(t *txn) bool { return t.InternalTransfer }),
		truth("same_owner", func(t *txn) bool { return t.SameOwner }),
		number("amount_minor", func(t *txn) int64 { return t.AmountMinor }),
		text("currency", func(t *txn) string { return t.Currency }),
		number("base_amount_minor", func(t *txn) int64 { return t.BaseAmountMinor }),
		text("fx_rate", func(t *txn) string { return t.FxRate }),
		text("unit", func(t *txn) string { return t.Unit }),
		number("quantity", func(t *txn) int64 { return t.Quantity }),
		optional("balance_after", func(t *txn) (int64, bool) { return t.BalanceAfter, t.BalanceKnown }),
		day("business_day", func(t *txn) int32 { return t.BusinessDay }),
		day("value_day", func(t *txn) int32 { return t.ValueDay }),
		moment("event_time", func(t *txn) int64 { return t.EventTime }),
		moment("ingest_time", func(t *txn) int64 { return t.IngestTime }),
		text("source", func(t *txn) string { return t.Source }),
		number("source_seq", func(t *txn) int64 { return t.SourceSeq }),
		number("event_version", func(t *txn) uint32 { return t.Version }),
		text("reversal_of", func(t *txn) string { return t.ReversalOf }),
		enum("reversal_kind", pb.ReversalKind_name, "", func(t *txn) pb.ReversalKind { return t.ReversalKind }),
		text("product_code", func(t *txn) string { return t.ProductCode }),
		text("branch_id", func(t *txn) string { return t.BranchId }),
		text("region", func(t *txn) string { return t.Region }),
		text("counterparty_bank_code", func(t *txn) string { return t.CounterpartyBankCode }),
		text("counterparty_hash", func(t *txn) string { return t.CounterpartyHash }),
		text("mcc", func(t *txn) string { return t.Mcc }),
		text("purpose_code", func(t *txn) string { return t.PurposeCode }),
		text("bk_tx_cd", func(t *txn) string { return t.BkTxCd }),
		farDay("maturity_day", func(t *txn) int32 { return t.MaturityDay }),
		number("interest_rate_bp", func(t *txn) int32 { return t.InterestRateBp }),
		number("principal_minor", func(t *txn) int64 { return t.PrincipalMinor }),
		number("interest_minor", func(t *txn) int64 { return t.InterestMinor }),
		farDay("due_day", func(t *txn) int32 { return t.DueDay }),
		number("dpd", func(t *txn) int32 { return t.Dpd }),
		text("five_class", func(t *txn) string { return t.FiveClass }),
		number("credit_limit_minor", func(t *txn) int64 { return t.CreditLimitMinor }),
		number("statement_balance_minor", func(t *txn) int64 { return t.StatementBalanceMinor }),
		number("min_due_minor", func(t *txn) int64 { return t.MinDueMinor }),
		text("trace_id", func(t *txn) string { return t.TraceId }),
		text("origin_name", func(t *txn) string { return t.Origin.GetName() }),
		number("origin_partition", func(t *txn) int32 { return t.Origin.GetPartition() }),
		number("origin_position", func(t *txn) int64 { return t.Origin.GetPosition() }),
	},
	// What the view adds, and what is summed and asked for by day: the rest is passed on.
	viewColumns: []column[txn]{
		text("customer_id", func(t *txn) string { return t.CustomerId }),
		{"event_id", "toString(event_id)", eventID},
		text("txn_id", func(t *txn) string { return t.TxnId }),
		text("account_id", func(t *txn) string { return t.AccountId }),
		number("amount_minor", func(t *txn) int64 { return t.AmountMinor }),
		text("currency", func(t *txn) string { return t.Currency }),
		number("base_amount_minor", func(t *txn) int64 { return t.BaseAmountMinor }),
		number("flow_minor", flow),
		day("business_day", func(t *txn) int32 { return t.BusinessDay }),
		day("value_day", func(t *txn) int32 { return t.ValueDay }),
	},
}
