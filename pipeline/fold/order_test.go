package fold_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// tale is a handful of records of one customer that may come in any order.
func tale(rng *rand.Rand) (list []*pb.LogRecord) {
	for i := range 6 {
		id, d := fmt.Sprint(i), first+int32(rng.IntN(4))
		yuan := 1 + rng.Int64N(500)
		value := func(t *pb.Transaction) { t.ValueDay += int32(rng.IntN(3)) }
		list = append(list, wrap(txn(id, d, yuan, value)))
		switch rng.IntN(5) {
		case 0: // a correction
			list = append(list, wrap(txn(id, d+int32(rng.IntN(2)), 1+rng.Int64N(500), value, version(2))))
		case 1: // a reversal in full
			list = append(list, wrap(txn("r"+id, d+1, -yuan, reversalOf(id, pb.ReversalKind_FULL))))
		case 2: // and in part
			list = append(list, wrap(txn("r"+id, d+1, -yuan/2-1, reversalOf(id, pb.ReversalKind_PARTIAL))))
		case 3: // known as pending before
			last := list[len(list)-1].Transaction.CloneVT()
			last.Status = pb.TxnStatus_PENDING
			list = append(list, wrap(last))
		}
	}
	return append(list, list[rng.IntN(len(list))]) // one comes twice
}

// TestOrderOfTheLogDoesNotMatter: whatever the order in which a customer's records
// come, late or not, his balances and activity end alike. (Records of one id and
// version with other statuses beside a waiting reversal are not among them.)
func TestOrderOfTheLogDoesNotMatter(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 12))
		records := tale(rng)
		var want string
		for round := range 6 {
			tp := newTape(t, fold.Options{}, tapePolicy)
			tp.tick(first + 9)
			for i, r := range records {
				tp.write(r)
				if i == len(records)/2 && round%2 == 1 {
					tp.closeTo(first, first+2)
				}
			}
			tp.closeTo(max(first, tp.part.Clock().LastClose+1), first+9)
			x := tp.explain("C1")
			if got := fmt.Sprint(x.Accounts[0].Book, x.Accounts[0].Value, x.Metrics, x.Waiting); round == 0 {
				want = got
			} else if got != want {
				t.Fatalf("seed %d, round %d: %s, want %s\n%v", seed, round, got, want, records)
			}
			rng.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		}
	}
}

// TestOpeningPositionAtItsPlace: a balance at the end of a day, among bookings that
// come in any order, ends as that balance plus what is booked after the day (R17, R57).
func TestOpeningPositionAtItsPlace(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 13))
		d := first + 3
		records := []*pb.LogRecord{{Balance: &pb.BalanceSnapshot{
			CustomerId: "C1", AccountId: "A1", AccountType: pb.AccountType_DEMAND, Day: d, Balance: 1_000_00, EventTime: int64(d)*86400 + 86399, BusinessDay: d,
		}}}
		want := int64(1_000_00)
		for i := range 5 {
			on := first + int32(rng.IntN(8))
			r := txn(fmt.Sprint(i), on, 1+rng.Int64N(300))
			if records = append(records, wrap(r)); on > d {
				want += r.AmountMinor
			}
		}
		rng.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		tp := newTape(t, fold.Options{}, tapePolicy)
		tp.tick(first + 9)
		for _, r := range records {
			tp.write(r)
		}
		tp.closeTo(first, first+8)
		if got := tp.explain("C1").Accounts[0]; got.Book != want || got.Value != want {
			t.Fatalf("seed %d: book %d, value %d, want %d\n%v", seed, got.Book, got.Value, want, records)
		}
	}
}

// TestOpeningDayBeforeOrAfterTheFirstEvent: a balance that a first event implies
// stands from the opening day on, whichever of the two is known first (R13).
func TestOpeningDayBeforeOrAfterTheFirstEvent(t *testing.T) {
	life := &pb.LogRecord{Lifecycle: &pb.AccountLifecycle{
		CustomerId: "C1", AccountId: "A1", AccountType: pb.AccountType_DEMAND, OpenedDay: first + 1, EventTime: 1, BusinessDay: first + 2,
	}}
	event := wrap(txn("1", first+4, 100, func(t *pb.Transaction) {
		t.BalanceKnown, t.BalanceAfter, t.BalanceTrust = true, 600_00, pb.BalanceTrust_BALANCE_TRUST_ORDERED
	}))
	// The last word tells another opening day: the balance goes with it (R165).
	told := func(opened int32, at int64) *pb.LogRecord {
		r := life.CloneVT()
		r.Lifecycle.OpenedDay, r.Lifecycle.EventTime = opened, at
		return r
	}
	for _, records := range [][]*pb.LogRecord{
		{life, event},
		{event, life},
		{told(first+3, 0), event, life},
		{told(first-9, 0), event, life},
		{told(first+3, 0), life, event},
		{event, told(first+3, 0), told(first, 0), life},
		{told(first-900, 0), event, life},
	} {
		tp := newTape(t, fold.Options{}, tapePolicy)
		tp.tick(first + 4)
		for _, r := range records {
			tp.write(r)
		}
		tp.closeTo(first, first+4)
		x := tp.explain("C1")
		// 500 from the 2nd to the 4th, 600 on the 5th: January's sum so far is 2,100.
		if a := x.Accounts[0]; a.Value != 600_00 || a.KnownFrom != 0 || a.Opened != first+1 {
			t.Errorf("the account is %+v", a)
		}
		if got, want := x.Schemes[0].SumSoFar.HalfEven(1e16).Clamp(), int64(2_100_00); got != want {
			t.Errorf("the sum so far is %d, want %d", got, want)
		}
	}
}

// TestOwnRecordInTheMidstOfADrain: a customer's own record, in the midst of
// a drain, first lets his day be closed.
func TestOwnRecordInTheMidstOfADrain(t *testing.T) {
	said := func(chunk int) []string {
		tp := newTape(t, fold.Options{}, tapePolicy)
		for i := range 40 {
			tp.txn(fmt.Sprint(i), first, 2_000+int64(i), func(t *pb.Transaction) { t.CustomerId = fmt.Sprint("C", i) })
		}
		var out fold.Outputs
		apply := func(r *pb.LogRecord) {
			v, err := r.MarshalVT()
			if err != nil {
				t.Fatal(err)
			}
			if err := tp.part.Apply(tp.offset, v, &out); err != nil {
				t.Fatal(err)
			}
			tp.offset++
			if chunk > 0 {
				tp.part.Drain(chunk, &out)
			}
		}
		apply(&pb.LogRecord{Close: &pb.Close{Day: first, Cut: int64(first+1) * 86400}})
		apply(&pb.LogRecord{Tick: &pb.Tick{At: int64(first+1)*86400 + 60, BusinessDay: first + 1}})
		for i := range 40 {
			apply(wrap(txn(fmt.Sprint("x", i), first+1, -1_000, func(t *pb.Transaction) { t.CustomerId = fmt.Sprint("C", (i*17)%40) })))
		}
		for !tp.part.Drain(1<<20, &out) {
			continue
		}
		var list []string
		for _, o := range out.List {
			list = append(list, fmt.Sprintf("%s %d %d.%d %x", o.Customer, o.Kind, o.Offset, o.Sub, o.Value))
		}
		slices.Sort(list)
		return list
	}
	want := said(1 << 20)
	for _, chunk := range []int{0, 1, 3} {
		if got := said(chunk); !slices.Equal(got, want) {
			t.Errorf("chunk %d: the outputs differ", chunk)
		}
	}
}

// TestLateBeforeAnInferredNothing: a first event whose balance says that nothing was
// before it, and a late one before that: the account is known from the late one's
// value day, and its balance since the first event stays (R57).
func TestLateBeforeAnInferredNothing(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	d := first + 20
	tp.tick(d)
	tp.txn("1", d, 100, func(t *pb.Transaction) {
		t.BalanceAfter, t.BalanceKnown, t.BalanceTrust = 10_000, true, pb.BalanceTrust_BALANCE_TRUST_ORDERED
	})
	tp.txn("2", first+5, -400)
	a := tp.explain("C1").Accounts[0]
	if a.Book != 10_000 || a.KnownFrom != first+5 || !a.Inferred {
		t.Errorf("book %d, known from day %d, inferred %v", a.Book, a.KnownFrom-first, a.Inferred)
	}
}
