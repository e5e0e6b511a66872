package fold_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// letter is the one dead letter of the last record.
func (tp *tape) letter() *pb.DeadLetter {
	tp.t.Helper()
	for _, s := range tp.said {
		if m, ok := s.msg.(*pb.DeadLetter); ok {
			return m
		}
	}
	tp.t.Fatalf("offset %d: no dead letter", tp.offset-1)
	return nil
}

// B11: a unit beyond the table is refused; it is never held as another one.
func TestB11ManyUnits(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	for i := range 1<<16 - 1 { // and the base currency
		tp.fast(wrap(txn(fmt.Sprint(i), first, 1, func(t *pb.Transaction) {
			t.CustomerId, t.Currency, t.AccountId = fmt.Sprint("K", i/200), fmt.Sprint("U", i), fmt.Sprint("A", i)
		})))
	}
	before := tp.part.Stats().Customers
	const full = "dlq/too_many_units rejected/too_many_units"
	usd := func(t *pb.Transaction) { t.CustomerId, t.Currency = "C2", "USD" }
	tp.txn("x", first, 100, usd)
	tp.tells(full)
	if m := tp.letter(); m.Field != "unit" {
		t.Errorf("field %q", m.Field)
	}
	tp.write(&pb.LogRecord{Lifecycle: &pb.AccountLifecycle{CustomerId: "C2", AccountId: "A1", AccountType: 1, Unit: "USD", BusinessDay: first}})
	tp.tells(full)
	tp.write(&pb.LogRecord{Balance: &pb.BalanceSnapshot{CustomerId: "C2", AccountId: "A1", AccountType: 1, Unit: "USD", Day: first, BusinessDay: first}})
	tp.tells(full)
	if got := tp.part.Stats().Customers; got != before {
		t.Errorf("%d customers, want %d", got, before)
	}
	tp.txn("y", first, 100)
	tp.tells("")
	tp.txn("z", first, 5, func(t *pb.Transaction) { t.Currency, t.AccountId = "U65534", "A2" })
	tp.tells("")
	x := tp.explain("C1")
	if len(x.Accounts) != 2 || x.Accounts[0].Unit != "CNY" || x.Accounts[1].Unit != "U65534" || x.Accounts[1].Book != 5_00 {
		t.Errorf("the accounts are %+v", x.Accounts)
	}
}

// TestRefusedRatesMakeNoUnit: a rate that is refused takes no place in the table of
// units.
func TestRefusedRatesMakeNoUnit(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	for i := range 1 << 8 {
		r := &pb.Rates{Day: first}
		for k := range 1 << 8 {
			r.Rates = append(r.Rates, &pb.Rate{Unit: fmt.Sprint("U", i, "-", k), RateE12: -1})
		}
		tp.write(&pb.LogRecord{Rates: r})
	}
	tp.txn("1", first, 100, func(t *pb.Transaction) { t.Currency = "USD" })
	tp.tells("")
}

// B17: complaints are counted up to a bound, beyond it refused, and each costs the
// same.
func TestB17Complaints(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 1)
	say := func(id int, open bool) *pb.LogRecord {
		return &pb.LogRecord{Complaint: &pb.Complaint{
			CustomerId: "C1", ComplaintId: fmt.Sprint(id), Open: open, BusinessDay: first, EventTime: int64(id), SourceSeq: tp.offset,
		}}
	}
	const most = 1<<16 - 1
	for i := range most {
		tp.fast(say(i, true))
	}
	open := func(want int64) {
		t.Helper()
		if got := tp.explain("C1").Metrics[6]; got != want {
			t.Errorf("%d complaints are open, want %d", got, want)
		}
	}
	open(most)
	tp.write(say(most, true))
	tp.tells("dlq/too_many_complaints rejected/too_many_complaints")
	if m := tp.letter(); m.Field != "complaint_id" {
		t.Errorf("field %q", m.Field)
	}
	open(most)
	tp.write(say(77, false))
	tp.tells("")
	open(most - 1)
	tp.write(say(most, true))
	tp.write(say(77, false))
	tp.tells("")
	open(most)
}

// B20: a kind of booking beyond the table is refused; it is never counted as another
// one. Kinds in use go on.
func TestB20Kinds(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	for i := range 1 << 16 {
		r := txn(fmt.Sprint(i), first, 1, func(t *pb.Transaction) {
			t.CustomerId, t.TxnType, t.Channel, t.AccountType = fmt.Sprint("K", i/300), pb.TxnType(i%256), pb.Channel(i/256), pb.AccountType_TIME
		})
		if tp.fast(wrap(r)) != 0 {
			t.Fatalf("kind %d is refused", i)
		}
	}
	tp.txn("x", first, 10)
	tp.tells("dlq/too_many_kinds rejected/too_many_kinds")
	if m := tp.letter(); m.Field != "txn_type" {
		t.Errorf("field %q", m.Field)
	}
	if _, ok := tp.part.Explain("C1"); ok {
		t.Error("it made a customer")
	}
	tp.txn("y", first, 10, func(t *pb.Transaction) { t.AccountType = pb.AccountType_TIME })
	tp.tells("")
	tp.holds("balance 10, n 1, inflow 10, most 10, days 1")
}

// B22b: what is said of one customer under one offset has a sub-index of its own;
// what finds no more room is said at the next CLOSE.
func TestB22bSubIndex(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	for i := range 300 {
		tp.txn(fmt.Sprint("r", i), first, -1, reversalOf(fmt.Sprint(i), pb.ReversalKind_FULL))
	}
	tp.close(first)
	tp.write(&pb.LogRecord{Close: &pb.Close{Day: first + 400, Cut: int64(first+401) * 86400}})
	tp.close(first + 401)
	tp.close(first + 402)
	tp.close(first + 403)
	at, ids := map[string]int{}, map[string]int{}
	for _, s := range tp.all {
		if m, ok := s.msg.(*pb.DeadLetter); ok {
			at[fmt.Sprint(m.Log.Offset, ".", m.Log.SubIndex)]++
			ids[m.EventId]++
		}
	}
	if len(at) != 300 || len(ids) != 300 {
		t.Errorf("%d dead letters at %d places, want 300", len(ids), len(at))
	}
	if x := tp.explain("C1"); x.Waiting != 0 {
		t.Errorf("%d wait", x.Waiting)
	}
}

// TestHealsHaveSubIndexes: more accounts than there are sub-indexes are healed over
// two CLOSEs of days that were skipped; each is told once.
func TestHealsHaveSubIndexes(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	book := func(d int32, bal int64) {
		for i := range 200 {
			tp.txn(fmt.Sprint(d, "-", i), d, 1, after(bal), func(t *pb.Transaction) { t.AccountId = fmt.Sprint("A", i) })
		}
	}
	book(first, 1)
	tp.close(first)
	book(first+1, 5)
	tp.tick(first + 1)
	book(first+2, 9)
	tp.tick(first + 2)
	tp.write(&pb.LogRecord{Close: &pb.Close{Day: first + 2, Cut: int64(first+3) * 86400}})
	tp.close(first + 3)
	seen := map[string]int{}
	heals := 0
	for _, s := range tp.all {
		if m, ok := s.msg.(*pb.Verdict); ok && m.Kind == pb.VerdictKind_VERDICT_HEALED {
			seen[fmt.Sprint(m.Log.Offset, ".", m.Log.SubIndex)]++
			heals++
		}
	}
	if heals != 400 || len(seen) != 400 {
		t.Errorf("%d HEALs at %d places, want 400", heals, len(seen))
	}
	tp.holds("balance 9, n 600, inflow 600, most 1, days 3")
}

// B26: what is said of a record fits where the record fitted, quotes no id beyond its
// bound, and names the length of what it cut.
func TestB26DeadLetterSize(t *testing.T) {
	long := strings.Repeat("天", 300_000)
	for field, change := range map[string]func(*pb.Transaction){
		"txn_id":      func(t *pb.Transaction) { t.TxnId = long },
		"source":      func(t *pb.Transaction) { t.Source = long },
		"customer_id": func(t *pb.Transaction) { t.CustomerId = long },
		"account_id":  func(t *pb.Transaction) { t.AccountId = long },
		"currency":    func(t *pb.Transaction) { t.Currency = long },
		"unit":        func(t *pb.Transaction) { t.Unit = long },
		"reversal_of": func(t *pb.Transaction) { t.ReversalOf = long },
	} {
		tp := newTape(t, fold.Options{}, tapePolicy)
		tp.txn("1", first, 1, change)
		tp.tells("dlq/invalid rejected/invalid")
		m := tp.letter()
		if m.Field != field || !strings.Contains(m.Detail, "900000 bytes") {
			t.Errorf("%s: field %q, detail %q", field, m.Field, m.Detail)
		}
		for _, s := range tp.said {
			if len(s.raw) > 901_000 || !utf8.ValidString(s.customer) || len(s.customer) > 128 {
				t.Errorf("%s: %T of %d bytes, keyed by %d bytes", field, s.msg, len(s.raw), len(s.customer))
			}
		}
		if !utf8.ValidString(m.EventId) || !utf8.ValidString(m.CustomerId) {
			t.Errorf("%s: what was cut is no text", field)
		}
	}
}

// B28: source:txn_id names one transaction: a source holds no colon, so that no two
// pairs give one id, and neither part is blank.
func TestB28AmbiguousID(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("b:c", first, 100, func(t *pb.Transaction) { t.Source = "a" })
	tp.tells("")
	tp.txn("c", first, 100, func(t *pb.Transaction) { t.Source = "a:b" })
	tp.tells("dlq/invalid rejected/invalid")
	if m := tp.letter(); m.Field != "source" {
		t.Errorf("field %q", m.Field)
	}
	tp.txn("", first, 100)
	tp.tells("dlq/invalid rejected/invalid")
	tp.txn("c", first, 100, func(t *pb.Transaction) { t.Source = "" })
	tp.tells("dlq/invalid rejected/invalid")
	tp.holds(hundred)
	tp.txn("r", first, -100, reversalOf("", pb.ReversalKind_FULL), func(t *pb.Transaction) { t.ReversalOf = "a:b:c" })
	tp.tells("reversed")
	tp.holds(nothing)
}
