package fold_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// B1: original comes PENDING then POSTED after its waiting reversal.
func TestB01WaitThenPendingThenPosted(t *testing.T) {
	d := first
	play(t, []step{
		{txn("r", d, -100, reversalOf("1", pb.ReversalKind_FULL)), "waiting", "balance -100, n 0, inflow 0, most 0, days 0"},
		{txn("1", d, 100, status(pb.TxnStatus_PENDING)), "", "balance -100, n 0, inflow 0, most 0, days 0"},
		{txn("1", d, 100), "superseded/newer_status reversed", "balance 0, n 0, inflow 0, most 0, days 0"},
	})
}

// B4: REVERSED at first sight, then version 2.
func TestB04ReversedFirstThenVersion2(t *testing.T) {
	d := first
	play(t, []step{
		{txn("1", d, 100, status(pb.TxnStatus_REVERSED)), "", "balance 0, n 0, inflow 0, most 0, days 0"},
		{txn("1", d, 100, version(2)), "superseded/newer_version", "balance 100, n 1, inflow 100, most 100, days 1"},
	})
}

// B4b: PENDING -> REVERSED, then version 2.
func TestB04bPendingReversedThenVersion2(t *testing.T) {
	d := first
	play(t, []step{
		{txn("1", d, 100, status(pb.TxnStatus_PENDING)), "", "balance 0, n 0, inflow 0, most 0, days 0"},
		{txn("1", d, 100, status(pb.TxnStatus_REVERSED)), "superseded/newer_status", "balance 0, n 0, inflow 0, most 0, days 0"},
		{txn("1", d, 100, version(2)), "superseded/newer_version", "balance 100, n 1, inflow 100, most 100, days 1"},
	})
}

// B5: LARGE_OUTFLOW of a PENDING -> POSTED debit.
func TestB05OutflowPendingPosted(t *testing.T) {
	alerts := func(pending bool) int {
		tp := newTape(t, fold.Options{}, tapePolicy)
		tp.txn("0", first, 1_000_000)
		tp.close(first)
		if pending {
			tp.txn("1", first+1, -900_000, status(pb.TxnStatus_PENDING), func(t *pb.Transaction) { t.EventTime += 86400 / 2 })
		}
		tp.all = nil
		tp.txn("1", first+1, -900_000, func(t *pb.Transaction) { t.EventTime += 86400 / 2 })
		n := 0
		for _, s := range tp.all {
			if m, ok := s.msg.(*pb.Alert); ok && m.Code == "LARGE_OUTFLOW" {
				n++
			}
		}
		return n
	}
	if a, b := alerts(false), alerts(true); a != b || a == 0 {
		t.Errorf("%d alerts when posted at once, %d after PENDING", a, b)
	}
}

// B6: forged huge balance_after.
func TestB06BalanceAfterBeyondBound(t *testing.T) {
	for _, trust := range []pb.BalanceTrust{1, 2} {
		tp := newTape(t, fold.Options{}, tapePolicy)
		tp.txn("1", first, 100, func(t *pb.Transaction) {
			t.BalanceKnown, t.BalanceAfter, t.BalanceTrust = true, math.MaxInt64-5, trust
		})
		t.Log(tp.told())
		tp.close(first)
		x, ok := tp.part.Explain("C1")
		if ok && len(x.Accounts) > 0 && (x.Accounts[0].Value > ledger.MaxBalance || x.Accounts[0].Value < -ledger.MaxBalance) {
			t.Errorf("trust %d: balance %d", trust, x.Accounts[0].Value)
		}
		tp.txn("2", first+1, -50)
		if got := tp.told(); got != "" {
			t.Errorf("an honest debit afterwards: %s", got)
		}
	}
}

// B7: CLOSE of a day out of range.
func TestB07CloseFarAhead(t *testing.T) {
	for _, d := range []int32{math.MaxInt32, 2_932_896, 70_000} {
		t.Run(fmt.Sprint(d), func(t *testing.T) {
			tp := newTape(t, fold.Options{}, tapePolicy)
			tp.txn("1", first, 100)
			tp.close(first)
			v, _ := (&pb.LogRecord{Close: &pb.Close{Day: d, Cut: 1}}).MarshalVT()
			_ = tp.raw(v)
			if c := tp.part.Clock(); c.LastClose > 65535 {
				t.Errorf("closed through %d", c.LastClose)
			}
		})
	}
}

// B8: TICK with a day out of range.
func TestB08TickFarAhead(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.write(&pb.LogRecord{Tick: &pb.Tick{At: int64(first)*86400 + 99, BusinessDay: math.MaxInt32}})
	tp.txn("1", first, 100)
	if got := tp.told(); got != "" {
		t.Errorf("an honest event after it: %s", got)
	}
}

// B9: seeds and holds with forged days.
func TestB09SeedFarAhead(t *testing.T) {
	for _, d := range []int32{math.MaxInt32, 2_000_000_000, 2_932_896, -5, math.MinInt32} {
		t.Run(fmt.Sprint("guarantee", d), func(t *testing.T) {
			tp := newTape(t, fold.Options{}, tapePolicy)
			tp.txn("1", first, 100)
			tp.write(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "card", Tier: "platinum", SinceDay: first, GuaranteeUntil: d, BusinessDay: first}})
			t.Log(tp.told(), tp.moves())
			tp.close(first)
		})
		t.Run(fmt.Sprint("hold", d), func(t *testing.T) {
			tp := newTape(t, fold.Options{}, tapePolicy)
			tp.txn("1", first, 100)
			tp.write(&pb.LogRecord{Override: &pb.TierOverride{CustomerId: "C1", Scheme: "card", Tier: "platinum", UntilDay: d, BusinessDay: first}})
			t.Log(tp.told(), tp.moves())
			tp.close(first)
		})
		t.Run(fmt.Sprint("since", d), func(t *testing.T) {
			tp := newTape(t, fold.Options{}, tapePolicy)
			tp.txn("1", first, 100)
			tp.write(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "card", Tier: "platinum", SinceDay: d, BusinessDay: first}})
			if tp.moves() != "" {
				t.Errorf("%s %s", tp.told(), tp.moves())
			}
			tp.close(first)
		})
	}
}

// B10: ENGINE again with no customers yet, then rates.
func TestB10EngineAgain(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.write(&pb.LogRecord{Engine: &pb.Engine{Version: 1, BaseCurrency: "CNY", TimeZone: "UTC", NavLagDays: 1}})
	tp.write(&pb.LogRecord{Rates: &pb.Rates{Day: first, Rates: []*pb.Rate{{Unit: "USD", RateE12: 7_000_000_000_000}}}})
	tp.txn("1", first, 100, func(t *pb.Transaction) { t.Currency, t.BaseAmountMinor = "USD", 70000 })
	tp.close(first)
	x := tp.explain("C1")
	if x.Metrics[1] != 70000 {
		t.Errorf("100 USD are worth %d, want 70000", x.Metrics[1])
	}
}

// B12: raw_max on one busy day.
func TestB12RawMaxOneDay(t *testing.T) {
	tp := newTape(t, fold.Options{RawMax: 8}, tapePolicy)
	for i := range 40 {
		tp.txn(fmt.Sprint(i), first, 1, func(t *pb.Transaction) { t.Channel = pb.Channel(i % 8); t.TxnType = pb.TxnType(1 + i%5) })
		if got := tp.told(); got != "" {
			t.Fatalf("event %d of today: %s", i, got)
		}
	}
}

// B13: a rejected side record leaves a trace.
func TestB13RejectedSide(t *testing.T) {
	for _, r := range []*pb.LogRecord{
		{Credit: &pb.CreditStatus{CustomerId: "C7", AccountId: "A1", Dpd: 3, BusinessDay: first + 1}},
		{Balance: &pb.BalanceSnapshot{CustomerId: "C1", AccountId: "A1", AccountType: 1, Unit: "USD", Day: first + 1, BusinessDay: first + 1}},
		{Lifecycle: &pb.AccountLifecycle{CustomerId: "C1", AccountId: "A1", AccountType: 1, Unit: "USD", BusinessDay: first + 1}},
	} {
		start := func() *tape {
			tp := newTape(t, fold.Options{}, tapePolicy)
			tp.txn("1", first, 100)
			tp.close(first)
			return tp
		}
		want := start()
		want.close(first + 1)
		tp := start()
		tp.write(r)
		t.Log(tp.told())
		tp.close(first + 1)
		if g, w := len(tp.results()), len(want.results()); g != w {
			t.Errorf("%v: %d results, want %d", r, g, w)
		}
	}
}

// B18: exited customers and an event on a closed account.
func TestB18ExitedEventOnClosedAccount(t *testing.T) {
	tp := newTape(t, fold.Options{}, strings.Replace(tapePolicy, "by: now\n", "by: now\n    entry: at_once\n", 1))
	tp.txn("1", first, 100)
	tp.close(first)
	tp.write(&pb.LogRecord{Lifecycle: &pb.AccountLifecycle{CustomerId: "C1", AccountId: "A1", AccountType: 1, ClosedDay: first + 1, BusinessDay: first + 1, EventTime: 1}})
	t.Log(tp.moves())
	tp.txn("2", first+1, 5)
	t.Log(tp.told(), tp.moves())
	if x := tp.explain("C1"); x.Schemes[1].State.Standing != 2 {
		t.Errorf("standing %d", x.Schemes[1].State.Standing)
	}
	tp.close(first + 1)
	t.Log(tp.told(), tp.moves())
}

// B19: negative lifecycle days.
func TestB19NegativeLifecycle(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 100)
	tp.close(first)
	tp.write(&pb.LogRecord{Lifecycle: &pb.AccountLifecycle{CustomerId: "C1", AccountId: "A1", AccountType: 1, ClosedDay: -7, BusinessDay: first + 1, EventTime: 1}})
	if !strings.Contains(tp.told(), "rejected") {
		t.Errorf("closed on day -7: %q %s", tp.told(), tp.moves())
	}
}

// B21: correction of a large amount.
func TestB21ReplaceLarge(t *testing.T) {
	const most = ledger.MaxBalance / 100
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, most)
	tp.txn("1", first, most-1, version(2))
	tp.tells("superseded/newer_version")
}

// B23: a tolerance below 0 is refused: it would heal what needs none.
func TestB23NegativeTolerance(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	for i := range 2 {
		tp.txn(fmt.Sprint(i), first, 1, func(t *pb.Transaction) {
			t.BalanceKnown, t.BalanceAfter, t.BalanceTrust, t.BalanceTolerance = true, int64(i+1)*100, 1, -1
		})
		tp.tells("dlq/invalid rejected/invalid")
	}
	if _, ok := tp.part.Explain("C1"); ok {
		t.Error("it made a customer")
	}
}

// B25: a CLOSE that skips days in which several things fall due (rule R1). Each day
// closed by itself gives WATCH 2025-03-01 and DOWNGRADED 2025-04-01; the skipping
// CLOSE gives nothing, and the next one both, dated 2025-05-13.
func TestB25SkippedDaysAreDecidedInOrder(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 600_000)
	tp.closeTo(first, first+31)
	tp.txn("2", first+32, -595_000)
	tp.close(first + 32)
	tp.write(&pb.LogRecord{Close: &pb.Close{Day: first + 130, Cut: int64(first+131) * 86400}})
	want := "card:WATCH platinum>platinum 2025-03-01, card:DOWNGRADED platinum>mass 2025-04-01"
	if got := tp.moves(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// B27: a balance of a day 5,000 days ahead makes everything before it unknown.
func TestB27FutureBalance(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.write(&pb.LogRecord{Balance: &pb.BalanceSnapshot{CustomerId: "C1", AccountId: "A1", AccountType: 1, Day: first + 5000, Balance: 5, EventTime: 1, BusinessDay: first}})
	tp.tells("dlq/future_day rejected/future_day")
	tp.txn("1", first, 100)
	tp.holds("balance 100, n 1, inflow 100, most 100, days 1")
}
