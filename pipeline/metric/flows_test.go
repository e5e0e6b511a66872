package metric

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// world is a store with one customer, and what a clerk noted of his events.
type world struct {
	store ledger.Store
	rates *ledger.Rates
	kinds Kinds
	eval  *Eval
	c     *ledger.Customer
	notes []note
	ids   uint64
}

type note struct {
	kind    Kind
	day     int32
	second  int64
	amount  int64
	account int
	joint   bool
	posted  bool
	id      uint64
}

// newWorld has accounts A0 (single) and A1 (joint).
func newWorld(plan *policy.Plan) *world {
	w := &world{rates: ledger.NewRates("CNY")}
	w.eval = New(plan, &w.store, w.rates, &w.kinds)
	slot, _ := w.store.Make("C1")
	w.c = w.store.At(slot)
	for i := range 2 {
		w.store.MakeAccount(w.c, fmt.Sprint("A", i))
	}
	as := w.store.Accounts(w.c)
	as[0].Type, as[1].Type = uint8(pb.AccountType_DEMAND), uint8(pb.AccountType_FUND)
	as[1].Flags |= ledger.Joint
	return w
}

func (w *world) add(n note) {
	w.ids++
	n.id = w.ids
	k, _ := w.kinds.Index(n.kind)
	st := ledger.Pending
	if n.posted {
		st = ledger.Posted
	}
	e := ledger.NewEntry(n.id, 1, n.day, n.day, n.second, k, uint8(n.account), st)
	e.Amount = n.amount
	w.store.AddEntry(w.c, &e)
	w.notes = append(w.notes, n)
}

// naive computes a flow metric from the notes alone.
func (w *world) naive(mt *policy.Metric, at At) int64 {
	var sum, most int64
	values, days := map[int]bool{}, map[int32]bool{}
	n := int64(0)
	for _, x := range w.notes {
		if !x.posted || !wanted(&mt.Filter, &x) || x.day > at.Day {
			continue
		}
		if mt.WindowHours > 0 {
			if x.second > at.Until || x.second <= at.Until-int64(mt.WindowHours)*3600 {
				continue
			}
		} else if x.day <= at.Day-mt.WindowDays {
			continue
		}
		sum += x.amount
		most = max(most, x.amount)
		n++
		days[x.day] = true
		if v := valueOf(mt.Field, &x); v != 0 {
			values[v] = true
		}
	}
	switch mt.Kind {
	case policy.Sum:
		return sum
	case policy.Max:
		return most
	case policy.ActiveDays:
		return int64(len(days))
	case policy.Distinct:
		return int64(len(values))
	}
	return n
}

func valueOf(f policy.Field, x *note) int {
	switch f {
	case policy.ByType:
		return int(x.kind.Type)
	case policy.ByChannel:
		return int(x.kind.Channel)
	case policy.ByClass:
		return map[pb.AccountType]int{pb.AccountType_DEMAND: 1, pb.AccountType_FUND: 2}[x.kind.Account]
	case policy.ByAccount:
		return x.account + 1
	case policy.ByCounterparty:
		return int(x.kind.Party)
	}
	return 0
}

// wanted is the filter as a banker would read it.
func wanted(f *policy.Filter, x *note) bool {
	if f.Directions != 0 && f.Directions != 1<<x.kind.Direction {
		return false
	}
	if f.Channels != 0 && f.Channels>>x.kind.Channel&1 == 0 {
		return false
	}
	if (f.Joint == 1 && !x.joint) || (f.Joint == 2 && x.joint) {
		return false
	}
	return (f.Internal != 1 || x.kind.Internal) && (f.Internal != 2 || !x.kind.Internal)
}

var classes = []policy.Class{{Name: "deposits", Types: 1 << pb.AccountType_DEMAND}, {Name: "funds", Types: 1 << pb.AccountType_FUND}}

// flowPlan has each flow kind with several windows and filters.
func flowPlan() *policy.Plan {
	p := &policy.Plan{Classes: classes}
	filters := []policy.Filter{
		{},
		{Directions: 1 << pb.Direction_DEBIT},
		{Joint: 1},
		{Joint: 2, Internal: 2},
		{Channels: 1<<pb.Channel_APP | 1<<pb.Channel_ATM},
	}
	i := 0
	for _, k := range []policy.MetricKind{policy.Sum, policy.Count, policy.Max, policy.ActiveDays, policy.Distinct} {
		for _, w := range []int32{1, 2, 7, 30} {
			p.Metrics = append(p.Metrics, policy.Metric{
				Name: fmt.Sprint(k, "/", w), Kind: k, WindowDays: w, Filter: filters[i%len(filters)], Field: policy.Field(1 + i%5),
			})
			i++
		}
		p.Metrics = append(p.Metrics, policy.Metric{Name: fmt.Sprint(k, "/h"), Kind: k, WindowHours: 50, Filter: filters[i%len(filters)], Field: policy.ByType})
	}
	return p
}

func randomNote(rng *rand.Rand, d int32) note {
	n := note{
		kind: Kind{
			Type: pb.TxnType(rng.IntN(5)), Direction: pb.Direction(1 + rng.IntN(2)), Channel: pb.Channel(rng.IntN(5)),
			Initiator: pb.Initiator(1 + rng.IntN(2)), Party: pb.CounterpartyType(rng.IntN(4)), Internal: rng.IntN(3) == 0,
			Account: pb.AccountType_DEMAND,
		},
		day: d, second: int64(d)*86400 + rng.Int64N(86400), amount: rng.Int64N(1000), posted: rng.IntN(5) > 0, account: rng.IntN(2),
	}
	if n.account == 1 {
		n.joint, n.kind.Account = true, pb.AccountType_FUND
	}
	return n
}

// TestWindowsAgainstNotes: running totals, scanning and a naive count agree while
// days advance, stand still and go back, and entries are appended.
func TestWindowsAgainstNotes(t *testing.T) {
	plan := flowPlan()
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(plan)
		totals := make([]Total, w.eval.Slots())
		top, d := int32(100), int32(100)
		for range 150 {
			for range rng.IntN(4) {
				top += int32(rng.IntN(3) / 2)
				w.add(randomNote(rng, top))
			}
			switch rng.IntN(4) {
			case 0:
				d = top + int32(rng.IntN(12)) - 6
			case 1:
				d = max(90, d-int32(rng.IntN(25)))
			default:
				d += int32(rng.IntN(3))
			}
			at := At{Day: d, Until: int64(d+1)*86400 - rng.Int64N(90_000)}
			for m := range plan.Metrics {
				mt := &plan.Metrics[m]
				want := w.naive(mt, at)
				if got := w.eval.Value(w.c, m, at, nil); got != want {
					t.Fatalf("seed %d: scanning %s at %d gives %d, want %d", seed, mt.Name, d, got, want)
				}
				if got := w.eval.Value(w.c, m, at, totals); got != want {
					t.Fatalf("seed %d: the running total of %s at %d is %d, want %d", seed, mt.Name, d, got, want)
				}
			}
		}
	}
}

// TestLastDaysAnswersLaterDays: one pass tells a distinct metric on every later
// day, as long as nothing happens.
func TestLastDaysAnswersLaterDays(t *testing.T) {
	plan := flowPlan()
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 2))
		w := newWorld(plan)
		for d := int32(100); d < 130; d += int32(rng.IntN(3)) {
			w.add(randomNote(rng, d))
		}
		for m := range plan.Metrics {
			mt := &plan.Metrics[m]
			if mt.Kind != policy.Distinct || mt.WindowDays == 0 {
				continue
			}
			last := w.eval.LastDays(w.c, m, 131, nil)
			for d := int32(131); d < 170; d++ {
				n := int64(0)
				for _, x := range last {
					if int32(x) > d-mt.WindowDays {
						n++
					}
				}
				if want := w.naive(mt, At{Day: d}); n != want {
					t.Fatalf("seed %d: %s on day %d is %d by last days %v, want %d", seed, mt.Name, d, n, last, want)
				}
			}
		}
	}
}

// TestNextLeaveIsTheNextChange: between d and NextLeave no window of the metric
// changes, and on that day an entry has left it.
func TestNextLeaveIsTheNextChange(t *testing.T) {
	plan := flowPlan()
	plan.Metrics = append(plan.Metrics, policy.Metric{Name: "trend", Kind: policy.Trend, Num: 1, Den: 7})
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 3))
		w := newWorld(plan)
		for d := int32(100); d < 125; d += int32(rng.IntN(6)) {
			w.add(randomNote(rng, d))
		}
		for m := range plan.Metrics {
			mt := &plan.Metrics[m]
			if mt.WindowHours > 0 {
				continue
			}
			for d := int32(126); d < 165; d += int32(1 + rng.IntN(5)) {
				next := w.eval.NextLeave(w.c, m, d)
				value := w.eval.Value(w.c, m, At{Day: d}, nil)
				end := next
				if next == 0 {
					end = 200
				}
				for x := d + 1; x < end; x++ {
					if got := w.eval.Value(w.c, m, At{Day: x}, nil); got != value {
						t.Fatalf("seed %d: %s changes from %d to %d on day %d, NextLeave(%d) says %d", seed, mt.Name, value, got, x, d, next)
					}
				}
				if (mt.Kind == policy.Sum || mt.Kind == policy.Count) && next != 0 && mt.Kind == policy.Count {
					if got := w.eval.Value(w.c, m, At{Day: next}, nil); got >= value {
						t.Fatalf("seed %d: %s is still %d of %d on the day %d of leaving", seed, mt.Name, got, value, next)
					}
				}
			}
		}
	}
}

// TestHourWindows: by event time, whatever the booking day.
func TestHourWindows(t *testing.T) {
	plan := &policy.Plan{Metrics: []policy.Metric{{Name: "day", Kind: policy.Sum, WindowHours: 24}}}
	w := newWorld(plan)
	const noon = 200*86400 + 12*3600
	for i, n := range []note{
		{day: 200, second: noon - 24*3600, amount: 1},
		{day: 200, second: noon - 24*3600 + 1, amount: 10},
		{day: 199, second: noon - 3600, amount: 100},
		{day: 200, second: noon, amount: 1000},
		{day: 200, second: noon + 1, amount: 10_000},
		{day: 201, second: noon - 1, amount: 100_000},
	} {
		n.posted, n.kind.Type = true, pb.TxnType(i)
		w.add(n)
	}
	if got := w.eval.Value(w.c, 0, At{Day: 200, Until: noon}, nil); got != 1110 {
		t.Errorf("the last 24 hours hold %d, want 1110: open at the old end, no entry of a later business day", got)
	}
}

// TestActiveDaysBetweenOtherEntries: a day counts once, whichever of its entries match.
func TestActiveDaysBetweenOtherEntries(t *testing.T) {
	plan := &policy.Plan{Metrics: []policy.Metric{{Kind: policy.ActiveDays, WindowDays: 3, Filter: policy.Filter{Directions: 1 << pb.Direction_DEBIT}}}}
	w := newWorld(plan)
	for _, x := range []struct {
		day   int32
		debit bool
	}{{1, false}, {1, true}, {1, false}, {1, true}, {2, false}, {3, true}, {4, true}} {
		n := note{day: x.day, posted: true, kind: Kind{Direction: pb.Direction_CREDIT}}
		if x.debit {
			n.kind.Direction = pb.Direction_DEBIT
		}
		w.add(n)
	}
	totals := make([]Total, w.eval.Slots())
	var got []int64
	for d := range int32(9) {
		got = append(got, w.eval.Value(w.c, 0, At{Day: d}, totals))
	}
	if want := []int64{0, 1, 1, 2, 2, 2, 1, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("active days are %v, want %v", got, want)
	}
}
