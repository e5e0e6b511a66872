package clickhouse

import (
	"strconv"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// eventRow is a row of events_raw: a transaction and its place in the log.
type eventRow struct {
	tx        *pb.Transaction
	partition uint16
	offset    uint64
	flow      int8
}

// appendEventID appends source:txn_id:version.
func appendEventID(to []byte, tx *pb.Transaction) []byte {
	to = append(append(append(to, tx.Source...), ':'), tx.TxnId...)
	return strconv.AppendUint(append(to, ':'), uint64(tx.Version), 10)
}

var eventsTable = &table[eventRow]{name: "events_raw", columns: []column[eventRow]{
	text("customer_id", func(r *eventRow) string { return r.tx.CustomerId }),
	textOf("event_id", func(r *eventRow, to []byte) []byte { return appendEventID(to, r.tx) }),
	u16("partition", func(r *eventRow) uint16 { return r.partition }),
	u64("offset", func(r *eventRow) uint64 { return r.offset }),
	text("account_id", func(r *eventRow) string { return r.tx.AccountId }),
	enum("account_type", func(r *eventRow) int8 { return known(r.tx.AccountType, pb.AccountType_name) }),
	enum("txn_type", func(r *eventRow) int8 { return known(r.tx.TxnType, pb.TxnType_name) }),
	enum("direction", func(r *eventRow) int8 { return known(r.tx.Direction, pb.Direction_name) }),
	enum("status", func(r *eventRow) int8 { return known(r.tx.Status, pb.TxnStatus_name) }),
	enum("flow_kind", func(r *eventRow) int8 { return r.flow }),
	enum("initiator", func(r *eventRow) int8 { return known(r.tx.Initiator, pb.Initiator_name) }),
	enum("channel", func(r *eventRow) int8 { return known(r.tx.Channel, pb.Channel_name) }),
	enum("counterparty_type", func(r *eventRow) int8 { return known(r.tx.CounterpartyType, pb.CounterpartyType_name) }),
	truth("internal_transfer", func(r *eventRow) bool { return r.tx.InternalTransfer }),
	truth("same_owner", func(r *eventRow) bool { return r.tx.SameOwner }),
	i64("amount_minor", func(r *eventRow) int64 { return r.tx.AmountMinor }),
	word("currency", func(r *eventRow) string { return r.tx.Currency }),
	i64("base_amount_minor", func(r *eventRow) int64 { return r.tx.BaseAmountMinor }),
	text("fx_rate", func(r *eventRow) string { return r.tx.FxRate }),
	word("unit", func(r *eventRow) string { return r.tx.Unit }),
	i64("quantity", func(r *eventRow) int64 { return r.tx.Quantity }),
	optInt("balance_after", func(r *eventRow) (int64, bool) { return r.tx.BalanceAfter, r.tx.BalanceKnown }),
	enum("balance_trust", func(r *eventRow) int8 { return balanceTrust(r.tx) }),
	day("business_day", func(r *eventRow) int32 { return r.tx.BusinessDay }),
	day("value_day", func(r *eventRow) int32 { return r.tx.ValueDay }),
	moment("event_time", func(r *eventRow) int64 { return r.tx.EventTime }),
	moment("ingest_time", func(r *eventRow) int64 { return r.tx.IngestTime }),
	word("source", func(r *eventRow) string { return r.tx.Source }),
	i64("source_seq", func(r *eventRow) int64 { return r.tx.SourceSeq }),
	u32("event_version", func(r *eventRow) uint32 { return r.tx.Version }),
	text("reversal_of", func(r *eventRow) string { return r.tx.ReversalOf }),
	enum("reversal_kind", func(r *eventRow) int8 { return known(r.tx.ReversalKind, pb.ReversalKind_name) }),
	word("product_code", func(r *eventRow) string { return r.tx.ProductCode }),
	word("branch_id", func(r *eventRow) string { return r.tx.BranchId }),
	word("region", func(r *eventRow) string { return r.tx.Region }),
	word("counterparty_bank_code", func(r *eventRow) string { return r.tx.CounterpartyBankCode }),
	text("counterparty_hash", func(r *eventRow) string { return r.tx.CounterpartyHash }),
	word("mcc", func(r *eventRow) string { return r.tx.Mcc }),
	word("purpose_code", func(r *eventRow) string { return r.tx.PurposeCode }),
	word("bk_tx_cd", func(r *eventRow) string { return r.tx.BkTxCd }),
	optDay32("maturity_day", func(r *eventRow) int32 { return r.tx.MaturityDay }),
	i32("interest_rate_bp", func(r *eventRow) int32 { return r.tx.InterestRateBp }),
	i64("principal_minor", func(r *eventRow) int64 { return r.tx.PrincipalMinor }),
	i64("interest_minor", func(r *eventRow) int64 { return r.tx.InterestMinor }),
	optDay32("due_day", func(r *eventRow) int32 { return r.tx.DueDay }),
	i32("dpd", func(r *eventRow) int32 { return r.tx.Dpd }),
	word("five_class", func(r *eventRow) string { return r.tx.FiveClass }),
	i64("credit_limit_minor", func(r *eventRow) int64 { return r.tx.CreditLimitMinor }),
	i64("statement_balance_minor", func(r *eventRow) int64 { return r.tx.StatementBalanceMinor }),
	i64("min_due_minor", func(r *eventRow) int64 { return r.tx.MinDueMinor }),
	text("trace_id", func(r *eventRow) string { return r.tx.TraceId }),
	word("origin_name", func(r *eventRow) string { return r.tx.Origin.GetName() }),
	i32("origin_partition", func(r *eventRow) int32 { return r.tx.Origin.GetPartition() }),
	i64("origin_position", func(r *eventRow) int64 { return r.tx.Origin.GetPosition() }),
}}

// balanceTrust is the trust in a balance that is told, one more than its number: rows of
// the time before the column hold 0, and those without a balance.
func balanceTrust(tx *pb.Transaction) int8 {
	if _, ok := pb.BalanceTrust_name[int32(tx.BalanceTrust)]; !ok || !tx.BalanceKnown {
		return 0
	}
	return int8(tx.BalanceTrust) + 1
}

// known returns an enum's number, or 0 for one that this release does not know:
// ClickHouse would take it and then fail every query that reads it.
func known[E ~int32](v E, names map[int32]string) int8 {
	if _, ok := names[int32(v)]; !ok {
		return 0
	}
	return int8(v)
}
