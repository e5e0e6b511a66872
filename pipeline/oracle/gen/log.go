package gen

import (
	"fmt"
	"strings"
	"time"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Base is the base currency of the logs made here.
const Base = "CNY"

// Log is a partition's log in the making; the index of a record is its offset.
type Log struct {
	Records []*pb.LogRecord
	ids     int
}

// Add appends a record.
func (l *Log) Add(r *pb.LogRecord) *Log {
	l.Records = append(l.Records, r)
	return l
}

// Day reads a date like 2025-06-21.
func Day(date string) int32 {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return int32(t.Unix() / 86400)
}

// Date writes a day as a date, "" for 0.
func Date(day int32) string {
	if day == 0 {
		return ""
	}
	return time.Unix(int64(day)*86400, 0).UTC().Format(time.DateOnly)
}

// Cut is the second at which a day ends; these logs live in UTC.
func Cut(day int32) int64 { return int64(day+1) * 86400 }

// Begin opens a log: engine, first policy, tick.
func (l *Log) Begin(policy string, day int32) *Log {
	l.Engine(0, 0)
	l.Policy(policy, 1, day)
	return l.Tick(day)
}

// Engine fixes the lags of rates.
func (l *Log) Engine(fx, nav int32) *Log {
	return l.Add(&pb.LogRecord{Engine: &pb.Engine{
		Version: 1, BaseCurrency: Base, TimeZone: "UTC", FxLagDays: fx, NavLagDays: nav, Clock: "wall",
	}})
}

// Policy activates a policy text.
func (l *Log) Policy(yaml string, version uint32, from int32) *Log {
	return l.Add(&pb.LogRecord{Policy: &pb.PolicyActivation{
		Name: "test", Version: version, EffectiveDay: from, Yaml: []byte(yaml),
	}})
}

// Tick tells noon of a day.
func (l *Log) Tick(day int32) *Log { return l.TickAt(day, 43200) }

// TickAt tells a second of a day.
func (l *Log) TickAt(day int32, sec int64) *Log {
	return l.Add(&pb.LogRecord{Tick: &pb.Tick{At: int64(day)*86400 + sec, BusinessDay: day}})
}

// Close ends a day; a tick of that day comes before it.
func (l *Log) Close(day int32) *Log {
	l.Tick(day)
	return l.justClose(day)
}

func (l *Log) justClose(day int32) *Log {
	return l.Add(&pb.LogRecord{Close: &pb.Close{Day: day, Cut: Cut(day)}})
}

// CloseThrough ends each day from the first to the last.
func (l *Log) CloseThrough(first, last int32) *Log {
	for d := first; d <= last; d++ {
		l.Close(d)
	}
	return l
}

// Rate tells the rate of a unit on a day, base minor units per smallest unit
// x 10^12.
func (l *Log) Rate(day int32, unit string, e12 int64) *Log {
	return l.Add(&pb.LogRecord{Rates: &pb.Rates{Day: day, Rates: []*pb.Rate{{Unit: unit, RateE12: e12}}}})
}

// Open describes an account.
func (l *Log) Open(customer, account string, typ pb.AccountType, unit string, opened int32) *Log {
	return l.Add(&pb.LogRecord{Lifecycle: &pb.AccountLifecycle{
		CustomerId: customer, AccountId: account, AccountType: typ, Unit: unit, OpenedDay: opened,
		EventTime: int64(opened) * 86400, BusinessDay: opened,
	}})
}

// Balance tells an end-of-day balance.
func (l *Log) Balance(customer, account string, day int32, n int64) *Log {
	return l.Add(&pb.LogRecord{Balance: &pb.BalanceSnapshot{
		CustomerId: customer, AccountId: account, AccountType: pb.AccountType_DEMAND, Unit: Base, Day: day,
		Balance: n, EventTime: Cut(day) - 1, BusinessDay: day,
	}})
}

// Seed imports a standing.
func (l *Log) Seed(customer, scheme, tier string, since int32, misses uint32, guarantee int32) *Log {
	return l.Add(&pb.LogRecord{Seed: &pb.TierSeed{
		CustomerId: customer, Scheme: scheme, Tier: tier, SinceDay: since, Misses: misses, GuaranteeUntil: guarantee,
		EventTime: int64(since) * 86400, BusinessDay: since,
	}})
}

// Override holds a tier by hand.
func (l *Log) Override(customer, scheme, tier string, day, until int32) *Log {
	return l.Add(&pb.LogRecord{Override: &pb.TierOverride{
		CustomerId: customer, Scheme: scheme, Tier: tier, UntilDay: until, EventTime: int64(day) * 86400, BusinessDay: day,
	}})
}

// Book puts a posted booking of a signed base-currency amount on a demand
// account, at noon of the day; more sets other fields.
func (l *Log) Book(customer, account string, day int32, n int64, more ...func(*pb.Transaction)) *Log {
	l.ids++
	t := &pb.Transaction{
		CustomerId: customer, AccountId: account, Source: "core", TxnId: fmt.Sprintf("t%d", l.ids), Version: 1,
		AccountType: pb.AccountType_DEMAND, TxnType: pb.TxnType_TRANSFER_IN, Direction: pb.Direction_CREDIT,
		Status: pb.TxnStatus_POSTED, Initiator: pb.Initiator_CUSTOMER, Channel: pb.Channel_APP,
		CounterpartyType: pb.CounterpartyType_OTHER_BANK, AmountMinor: n, Currency: Base, BaseAmountMinor: n,
		EventTime: int64(day)*86400 + 43200, BusinessDay: day, ValueDay: day, SchemaVersion: 1,
	}
	if n < 0 {
		t.AmountMinor, t.BaseAmountMinor = -n, -n
		t.Direction, t.TxnType = pb.Direction_DEBIT, pb.TxnType_TRANSFER_OUT
	}
	for _, f := range more {
		f(t)
	}
	return l.Add(&pb.LogRecord{Transaction: t})
}

// ID names a transaction.
func ID(id string) func(*pb.Transaction) { return func(t *pb.Transaction) { t.TxnId = id } }

// Valued gives it a value day.
func Valued(day int32) func(*pb.Transaction) { return func(t *pb.Transaction) { t.ValueDay = day } }

// After tells the balance after it, by a source in posting order.
func After(n int64) func(*pb.Transaction) {
	return func(t *pb.Transaction) {
		t.BalanceAfter, t.BalanceKnown, t.BalanceTrust = n, true, pb.BalanceTrust_BALANCE_TRUST_ORDERED
	}
}

// Reverses makes it a reversal of core:id.
func Reverses(id string, kind pb.ReversalKind) func(*pb.Transaction) {
	return func(t *pb.Transaction) {
		t.TxnType, t.ReversalOf, t.ReversalKind = pb.TxnType_REVERSAL, "core:"+id, kind
	}
}

// Internal makes it a move between own accounts.
func Internal(t *pb.Transaction) {
	t.InternalTransfer, t.TxnType = true, pb.TxnType_TRANSFER_INTERNAL
}

// InUnit makes it a booking of units on an account of another type.
func InUnit(typ pb.AccountType, unit string, quantity int64) func(*pb.Transaction) {
	return func(t *pb.Transaction) {
		t.AccountType, t.Unit, t.Quantity = typ, unit, quantity
	}
}

// String writes the log one record a line; runs of ticks and closes are one line.
func (l *Log) String() string {
	var b strings.Builder
	quiet := func(i int) bool {
		return i < len(l.Records) && (l.Records[i].Tick != nil || l.Records[i].Close != nil)
	}
	for i := 0; i < len(l.Records); i++ {
		last := i
		for quiet(i) && quiet(last+1) {
			last++
		}
		if last > i+2 {
			fmt.Fprintf(&b, "%4d  %s\n      ...\n", i, Line(l.Records[i]))
			i = last
		}
		fmt.Fprintf(&b, "%4d  %s\n", i, Line(l.Records[i]))
	}
	return b.String()
}
