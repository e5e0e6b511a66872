package clickhouse

import (
	"strings"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// fact is a record of the log that is no output of the fold.
type fact[M any] struct {
	m         M
	partition uint16
	offset    uint64
}

type accountFact = fact[*pb.AccountLifecycle]

var accountFactsTable = &table[accountFact]{name: "account_facts_raw", columns: []column[accountFact]{
	text("customer_id", func(r *accountFact) string { return r.m.CustomerId }),
	text("account_id", func(r *accountFact) string { return r.m.AccountId }),
	moment("event_time", func(r *accountFact) int64 { return r.m.EventTime }),
	i64("source_seq", func(r *accountFact) int64 { return r.m.SourceSeq }),
	u16("partition", func(r *accountFact) uint16 { return r.partition }),
	u64("offset", func(r *accountFact) uint64 { return r.offset }),
	day("business_day", func(r *accountFact) int32 { return r.m.BusinessDay }),
	enum("account_type", func(r *accountFact) int8 { return known(r.m.AccountType, pb.AccountType_name) }),
	word("unit", func(r *accountFact) string { return r.m.Unit }),
	optDay32("opened_day", func(r *accountFact) int32 { return r.m.OpenedDay }),
	optDay32("closed_day", func(r *accountFact) int32 { return r.m.ClosedDay }),
	optDay32("maturity_day", func(r *accountFact) int32 { return r.m.MaturityDay }),
	i64("limit_minor", func(r *accountFact) int64 { return r.m.LimitMinor }),
	truth("joint", func(r *accountFact) bool { return r.m.Joint }),
	word("product_code", func(r *accountFact) string { return r.m.ProductCode }),
}}

// accountKey and accountSeen gather what the bookings of a batch show of an
// account: one row per account and batch instead of one per booking.
type accountKey struct{ customer, account string }

type accountSeen struct {
	key               accountKey
	typ               uint8
	unit              string
	firstDay, lastDay int32
	observation
	partition        uint16
	lastOffset       uint64
	firstOfThisBatch origin
}

// observation is the newest balance reported: when, and at which offset of the log.
type observation struct {
	at      int64
	offset  uint64
	balance int64
}

func (a *accountSeen) merge(tx *pb.Transaction, offset uint64) {
	a.typ = max(a.typ, uint8(known(tx.AccountType, pb.AccountType_name)))
	if unit := accountUnit(tx); unit > a.unit {
		a.unit = strings.Clone(unit) // the record goes
	}
	a.firstDay = min(a.firstDay, tx.BusinessDay)
	a.lastDay = max(a.lastDay, tx.BusinessDay)
	a.lastOffset = max(a.lastOffset, offset)
	if tx.BalanceKnown && (tx.EventTime > a.at || tx.EventTime == a.at && offset >= a.offset) {
		a.observation = observation{tx.EventTime, offset, tx.BalanceAfter}
	}
}

// observed is the observation as the schema can hold it.
func (a *accountSeen) observed() observation {
	return observation{seconds32(a.at), a.offset, a.balance}
}

func accountUnit(tx *pb.Transaction) string {
	if tx.Unit != "" {
		return tx.Unit
	}
	return tx.Currency
}

var accountsTable = &table[accountSeen]{name: "accounts_raw", columns: []column[accountSeen]{
	text("customer_id", func(r *accountSeen) string { return r.key.customer }),
	text("account_id", func(r *accountSeen) string { return r.key.account }),
	u8("account_type", func(r *accountSeen) uint8 { return r.typ }),
	text("unit", func(r *accountSeen) string { return r.unit }),
	day("first_day", func(r *accountSeen) int32 { return r.firstDay }),
	day("last_day", func(r *accountSeen) int32 { return r.lastDay }),
	singleOf("observed", "Tuple", (*accountSeen).observed, func() func(*observation) any {
		fields := make([]any, 3)
		return func(o *observation) any {
			fields[0], fields[1], fields[2] = &o.at, &o.offset, &o.balance
			return fields
		}
	}),
	u16("partition", func(r *accountSeen) uint16 { return r.partition }),
	u64("last_offset", func(r *accountSeen) uint64 { return r.lastOffset }),
}}

type openingBalance = fact[*pb.BalanceSnapshot]

var openingBalancesTable = &table[openingBalance]{name: "opening_balances_raw", columns: []column[openingBalance]{
	text("customer_id", func(r *openingBalance) string { return r.m.CustomerId }),
	text("account_id", func(r *openingBalance) string { return r.m.AccountId }),
	u16("partition", func(r *openingBalance) uint16 { return r.partition }),
	u64("offset", func(r *openingBalance) uint64 { return r.offset }),
	day("day", func(r *openingBalance) int32 { return r.m.Day }),
	enum("account_type", func(r *openingBalance) int8 { return known(r.m.AccountType, pb.AccountType_name) }),
	word("unit", func(r *openingBalance) string { return r.m.Unit }),
	i64("balance", func(r *openingBalance) int64 { return r.m.Balance }),
	moment("event_time", func(r *openingBalance) int64 { return r.m.EventTime }),
}}
