package fold_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// ignored wants the last record to have been a counted no-op.
func (tp *tape) ignores(name string, r *pb.LogRecord) {
	tp.t.Helper()
	before, clock := tp.part.Stats().Ignored, tp.part.Clock()
	tp.write(r)
	if got := tp.part.Stats().Ignored; got != before+1 {
		tp.t.Errorf("%s: %d ignored, want %d", name, got, before+1)
	}
	if got := tp.part.Clock(); got != clock {
		tp.t.Errorf("%s: the clock went from %+v to %+v", name, clock, got)
	}
	if len(tp.said) != 0 {
		tp.t.Errorf("%s: it said something", name)
	}
}

// TestTimeGoesForward: a TICK or CLOSE that is not later is a counted no-op.
func TestTimeGoesForward(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 2_000)
	tp.close(first)
	at := int64(first+1)*86400 + 60
	tp.ignores("the same TICK", &pb.LogRecord{Tick: &pb.Tick{At: at, BusinessDay: first + 1}})
	tp.ignores("an earlier TICK", &pb.LogRecord{Tick: &pb.Tick{At: at - 1, BusinessDay: first + 9}})
	tp.ignores("a TICK before 1970", &pb.LogRecord{Tick: &pb.Tick{At: math.MinInt64, BusinessDay: math.MinInt32}})
	tp.ignores("the same CLOSE", &pb.LogRecord{Close: &pb.Close{Day: first, Cut: 99}})
	tp.ignores("an earlier CLOSE", &pb.LogRecord{Close: &pb.Close{Day: first - 1}})
	tp.ignores("a CLOSE of day 0", &pb.LogRecord{Close: &pb.Close{}})
	tp.ignores("a CLOSE of a negative day", &pb.LogRecord{Close: &pb.Close{Day: math.MinInt32}})
	tp.write(&pb.LogRecord{Tick: &pb.Tick{At: at + 1, BusinessDay: first}})
	if c := tp.part.Clock(); c.TickAt != at+1 || c.TickDay != first+1 {
		t.Errorf("a later TICK of an earlier day leaves %+v", c)
	}
}

// TestTerms: a new writer of time shuts out the ones before it.
func TestTerms(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.write(&pb.LogRecord{Term: &pb.Term{Term: 7, Mode: pb.Mode_LIVE}})
	d := first
	for name, r := range map[string]*pb.LogRecord{
		"TERM":     {Term: &pb.Term{Term: 6, Mode: pb.Mode_BACKFILL}},
		"TICK":     {Tick: &pb.Tick{Term: 6, At: int64(d+3) * 86400, BusinessDay: d + 3}},
		"CLOSE":    {Close: &pb.Close{Term: 6, Day: d}},
		"HANDOVER": {Handover: &pb.Handover{Term: 6, Day: d}},
		"RATES":    {Rates: &pb.Rates{Term: 6, Day: d, Rates: []*pb.Rate{{Unit: "USD", RateE12: 1}}}},
		"POLICY":   {Policy: &pb.PolicyActivation{Term: 6, Version: 2, EffectiveDay: d + 5, Yaml: []byte("no policy")}},
		"ENGINE":   {Engine: &pb.Engine{Term: 6, Version: 99}},
	} {
		tp.ignores("a lower term's "+name, r)
	}
	tp.write(&pb.LogRecord{Close: &pb.Close{Term: 8, Day: d, Cut: int64(d+1) * 86400}})
	if c := tp.part.Clock(); c.LastClose != d || c.Term != 7 {
		t.Errorf("the present or a later term is obeyed: %+v", c)
	}
}

// TestRatesAreFixedAfterTheirLag: currencies at the CLOSE of their day, funds a day
// later; what comes after is refused and counted, and moves nothing.
func TestRatesAreFixedAfterTheirLag(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	rate := func(d int32, unit string, e12 int64) int64 {
		before := tp.part.Stats().RefusedRates
		tp.write(&pb.LogRecord{Rates: &pb.Rates{Day: d, Rates: []*pb.Rate{{Unit: unit, RateE12: e12}}}})
		return tp.part.Stats().RefusedRates - before
	}
	const one = 1_000_000_000_000
	fund := func(t *pb.Transaction) {
		t.AccountId, t.AccountType, t.Unit, t.Quantity = "F1", pb.AccountType_FUND, "FUND-1", 1000
	}
	for name, n := range map[string]int64{
		"zero": rate(first, "USD", 0), "negative": rate(first, "USD", -1), "huge": rate(first, "USD", math.MaxInt64),
		"the base currency": rate(first, "CNY", one), "day 0": rate(0, "USD", one), "day -1": rate(-1, "USD", one),
		"far ahead": rate(70_000, "USD", one),
	} {
		if n != 1 {
			t.Errorf("a rate of %s was taken", name)
		}
	}
	for _, unit := range []string{"USD", "FUND-1"} {
		if rate(first, unit, 7*one) != 0 || rate(first, unit, 8*one) != 0 {
			t.Errorf("%s: a rate may change while its day is open", unit)
		}
	}
	tp.txn("1", first, 10, fund)
	tp.txn("2", first, 10, func(t *pb.Transaction) { t.AccountId, t.Currency = "U1", "USD" })
	tp.close(first)
	if x := tp.explain("C1"); x.Metrics[1] != 8*(1000+1000) {
		t.Errorf("worth %d, want 16000", x.Metrics[1])
	}
	if rate(first, "USD", 9*one) != 1 {
		t.Error("a currency's rate was changed after its CLOSE")
	}
	if rate(first, "FUND-1", 9*one) != 0 {
		t.Error("a price of yesterday may still come within nav: 1d")
	}
	if x := tp.explain("C1"); x.Metrics[1] != 8*1000+9*1000 {
		t.Errorf("worth %d, want 17000", x.Metrics[1])
	}
	tp.close(first + 1)
	if rate(first, "FUND-1", 10*one) != 1 || rate(first+1, "FUND-1", 11*one) != 0 {
		t.Error("after the CLOSE of day + 1 a price is fixed for ever")
	}
}

// TestHandoverRelivesOpenAlerts: each open alert gets one further revision in mode
// LIVE, and nothing else is said.
func TestHandoverRelivesOpenAlerts(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.write(&pb.LogRecord{Term: &pb.Term{Term: 1, Mode: pb.Mode_BACKFILL}})
	const customers = 5
	who := func(i int) func(*pb.Transaction) {
		return func(t *pb.Transaction) { t.CustomerId = fmt.Sprint("C", i) }
	}
	write := func(t *pb.Transaction) { tp.write(wrap(t)) }
	for i := range customers {
		write(txn(fmt.Sprint("in", i), first, 600_000, who(i)))
	}
	end := day.MonthEnd(first)
	for d := first; d <= end+1; d++ {
		tp.write(&pb.LogRecord{Tick: &pb.Tick{Term: 1, At: int64(d)*86400 + 1000, BusinessDay: d}})
		tp.write(&pb.LogRecord{Close: &pb.Close{Term: 1, Day: d, Cut: int64(d+1) * 86400}})
	}
	for i := range 3 {
		write(txn(fmt.Sprint("out", i), end+2, -590_000, who(i)))
	}
	tp.write(&pb.LogRecord{Close: &pb.Close{Term: 1, Day: end + 2, Cut: int64(end+3) * 86400}})
	open := map[string]uint32{}
	for _, s := range tp.all {
		if a, ok := s.msg.(*pb.Alert); ok {
			if a.Mode != pb.Mode_BACKFILL {
				t.Errorf("%s of %s came in mode %s", a.Code, a.Customer.Id, a.Mode)
			}
			if delete(open, a.AlertId); a.State == pb.AlertState_OPEN {
				open[a.AlertId] = a.Revision
			}
		}
	}
	if len(open) < 3 {
		t.Fatalf("%d alerts are open, want one at least of each who paid out", len(open))
	}
	tp.write(&pb.LogRecord{Handover: &pb.Handover{Term: 1, Day: end + 2}})
	for _, s := range tp.said {
		a, ok := s.msg.(*pb.Alert)
		if !ok {
			t.Errorf("the handover said %T", s.msg)
			continue
		}
		if a.Mode != pb.Mode_LIVE || a.State != pb.AlertState_OPEN || a.Revision != open[a.AlertId]+1 {
			t.Errorf("%s revision %d in mode %s, want %d LIVE", a.AlertId, a.Revision, a.Mode, open[a.AlertId]+1)
		}
		delete(open, a.AlertId)
	}
	if len(open) != 0 {
		t.Errorf("%d open alerts were not relived", len(open))
	}
	if got := tp.part.Clock().Mode; got != pb.Mode_LIVE {
		t.Errorf("the mode is %s", got)
	}
}

// TestHandoverTellsAsOfToday: whom the last CLOSE did not visit is told what is right
// today, not what was right when he was visited last: the deposit that keeps the tier
// grows with each day without it.
func TestHandoverTellsAsOfToday(t *testing.T) {
	for after := int32(4); after < 20; after++ {
		tp := newTape(t, fold.Options{}, strings.ReplaceAll(tapePolicy, "assess: day", "assess: month"))
		tp.txn("1", first, 2_000_000)
		last := day.MonthEnd(first) + after
		tp.closeTo(first, last-after+2)
		tp.txn("2", last-after+3, -1_990_000)
		tp.closeTo(last-after+3, last)
		tp.write(&pb.LogRecord{Handover: &pb.Handover{Day: last}})
		told := 0
		for _, s := range tp.said {
			a, ok := s.msg.(*pb.Alert)
			if !ok || a.Code != "MISS_PROJECTED" {
				continue
			}
			told++
			want := int64(0)
			for _, sc := range tp.explain("C1").Schemes {
				if sc.Name == a.Scheme {
					want = sc.Money.TopUp
				}
			}
			if a.Day != last+1 || a.Money.TopUpMinor != want || want == 0 {
				t.Errorf("%d days after: told as of day %d with a deposit of %d, want %d and %d", after, a.Day, a.Money.TopUpMinor, last+1, want)
			}
		}
		if told != 1 {
			t.Errorf("%d days after: %d projected misses were told, want 1", after, told)
		}
	}
}
