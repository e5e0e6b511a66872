package fold_test

import (
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// toldPolicy goes by balances and by the time with the bank; one miss is enough.
const toldPolicy = `
policy: told
version: 1
classes:
  deposits: {types: [DEMAND]}
metrics:
  aum:   {kind: adb, over: month, classes: [deposits]}
  loyal: {kind: tenure}
schemes:
  card:
    by: aum
    assess: month
    tiers:
      - {name: mass}
      - {name: gold, from: 50_000, down_after: 1, lands_on: last}
  club:
    by: loyal
    assess: month
    tiers:
      - {name: mass}
      - {name: gold, from: 12, down_after: 1, lands_on: last}
`

// TestProjectionFollowsWhatIsTold: an account or profile record moves the fall that the next
// CLOSE tells, though no booking came since the last.
func TestProjectionFollowsWhatIsTold(t *testing.T) {
	on, long := first+15, day.Of(2019, 1, 1)
	opened := closing(5, on, 0)
	opened.Lifecycle.OpenedDay = long
	for _, tt := range []struct {
		name, scheme string
		rec          *pb.LogRecord
		was, will    int32
	}{
		// Known from 15 January on, the first miss is February's; known since 2019, January's.
		{"an opening day", "card", opened, day.Of(2025, 3, 1), day.Of(2025, 2, 1)},
		{"a first day with the bank", "club", &pb.LogRecord{
			Profile: &pb.CustomerProfile{CustomerId: "C1", EventTime: 5, SinceDay: long, BusinessDay: on},
		}, day.Of(2025, 3, 1), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tp := newTape(t, fold.Options{}, toldPolicy)
			tp.close(first + 13)
			for _, scheme := range []string{"card", "club"} {
				seed := seedOf(5, "gold")
				seed.Seed.Scheme = scheme
				tp.write(seed)
			}
			tp.txn("1", first+14, 100, after(40_100), func(x *pb.Transaction) { x.BalanceTrust = pb.BalanceTrust_BALANCE_TRUST_ORDERED })
			tp.close(first + 14)
			if got := tp.downOn(tt.scheme); got != tt.was {
				t.Fatalf("before: falls on %s, want %s", day.String(got), day.String(tt.was))
			}
			tp.write(tt.rec)
			tp.close(on)
			if got := tp.downOn(tt.scheme); got != tt.will {
				t.Errorf("falls on %s, want %s", day.String(got), day.String(tt.will))
			}
		})
	}
}

// downOn is the fall of a scheme that the snapshot of the last CLOSE tells.
func (tp *tape) downOn(scheme string) int32 {
	tp.t.Helper()
	for _, s := range tp.said {
		m, ok := s.msg.(*pb.Snapshot)
		if !ok {
			continue
		}
		for _, x := range m.Schemes {
			if x.Scheme == scheme {
				return x.DownOn
			}
		}
	}
	tp.t.Fatalf("offset %d: no snapshot of %s", tp.offset-1, scheme)
	return 0
}

// TestRedeemedUntilTheValueDay: who has redeemed all of a fund with a later value day holds it
// until then: he has a snapshot a day, which the price of the day may still change.
func TestRedeemedUntilTheValueDay(t *testing.T) {
	fund := func(x *pb.Transaction) {
		x.AccountId, x.AccountType, x.Unit, x.Quantity = "F1", pb.AccountType_FUND, "FND1", x.AmountMinor
	}
	tp := newTape(t, fold.Options{}, tapePolicy)
	closed := func(d int32) {
		tp.write(&pb.LogRecord{Rates: &pb.Rates{Day: d, Rates: []*pb.Rate{{Unit: "FND1", RateE12: 1e12}}}})
		tp.close(d)
	}
	tp.txn("1", first, 100, fund)
	d := first + 3
	for x := first; x < d; x++ {
		closed(x)
	}
	tp.txn("2", d, -100, fund, func(x *pb.Transaction) { x.ValueDay = d + 3 })
	for x := d; x <= d+3; x++ {
		closed(x)
		told := false
		for _, s := range tp.said {
			m, ok := s.msg.(*pb.Snapshot)
			if !ok || m.Day != x {
				continue
			}
			told = true
			if got := m.Schemes[0].Provisional; got != (x < d+3) {
				t.Errorf("day %d: provisional %v", x-d, got)
			}
		}
		if !told {
			t.Errorf("day %d: no snapshot", x-d)
		}
	}
}
