package fold_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// TestHoursOfADayHoldItsFirstSecond: sources that know dates only book at midnight,
// and 24 hours at a CLOSE are the day (rule R58).
func TestHoursOfADayHoldItsFirstSecond(t *testing.T) {
	tp := newTape(t, fold.Options{}, strings.Replace(tapePolicy, "  n:      {kind: count, window: 60d}", "  n:      {kind: count, window: 24h}", 1))
	tp.close(first - 1)
	tp.txn("midnight", first, 1, func(x *pb.Transaction) { x.EventTime = int64(first) * 86400 })
	tp.txn("last second", first, 1, func(x *pb.Transaction) { x.EventTime = int64(first+1)*86400 - 1 })
	for d, want := range []int64{2, 0} {
		tp.close(first + int32(d))
		for _, s := range tp.said {
			if m, ok := s.msg.(*pb.Snapshot); ok && m.Metrics[2].Value != want {
				t.Errorf("CLOSE(first+%d): %d bookings of the last 24 hours, want %d", d, m.Metrics[2].Value, want)
			}
		}
	}
}

// TestAForgottenStandingIsNotWrittenAgain: the results of a scheme assessed by the
// day reach back 14 days; a late event writes older days again without it.
func TestAForgottenStandingIsNotWrittenAgain(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.close(first - 1)
	for d := first; d < first+25; d++ {
		tp.txn(fmt.Sprint(d), d, 1)
		tp.close(d)
	}
	tp.txn("late", first+1, 5)
	last := first + 24
	for _, s := range tp.said {
		m, ok := s.msg.(*pb.Snapshot)
		if !ok {
			continue
		}
		names := map[string]bool{}
		for _, sc := range m.Schemes {
			names[sc.Scheme] = true
		}
		if !names["card"] || names["point"] != (m.Day > last-15) {
			t.Errorf("%d days before the last one, written again with %v", last-m.Day, names)
		}
	}
}

// TestARestatedRowShowsItsOwnDay: a standing that a later event gave, by a lift, an
// assessment or a seed, is not in the rows of days before it (rule R61).
func TestARestatedRowShowsItsOwnDay(t *testing.T) {
	policy := strings.Replace(tapePolicy, "    assess: day\n    upgrade: at_close\n", "    assess: @\n    upgrade: immediate\n", 1)
	rows := func(tp *tape, d int32) (list []string) {
		for _, s := range tp.said {
			x, ok := s.msg.(*pb.Snapshot)
			if !ok || !x.Restated {
				continue
			}
			err := x.EachDay(func(x *pb.Snapshot) error {
				for _, s := range x.Schemes {
					if x.Day == d && s.Scheme == "point" {
						list = append(list, s.Tier)
					}
				}
				return nil
			})
			if err != nil {
				tp.t.Fatal(err)
			}
		}
		return list
	}
	for assess, want := range map[string]string{"day": "[low]", "event": "[]"} {
		tp := newTape(t, fold.Options{}, strings.ReplaceAll(policy, "@", assess))
		tp.txn("1", first, 500)
		tp.closeTo(first, first+1)
		tp.txn("2", first+1, 10)
		if got := fmt.Sprint(rows(tp, first+1)); got != want {
			t.Errorf("assess: %s, before the lift: %s, want %s", assess, got, want)
		}
		tp.txn("3", first+2, 5_000)
		tp.txn("4", first+1, 10)
		if got := fmt.Sprint(rows(tp, first+1)); got != "[]" {
			t.Errorf("assess: %s, after the lift: %s, want none", assess, got)
		}
	}
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 500)
	tp.closeTo(first, first+1)
	tp.write(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "point", Tier: "high", SinceDay: first - 9, BusinessDay: first + 2}})
	tp.txn("2", first+1, 10)
	if got := fmt.Sprint(rows(tp, first+1)); got != "[]" {
		t.Errorf("before a seed: %s, want none", got)
	}
	tp.close(first + 2)
	tp.txn("3", first+2, 10)
	if got := fmt.Sprint(rows(tp, first+2)); got != "[high]" && got != "[low]" {
		t.Errorf("since a seed: %s", got)
	}
	// As many periods are kept as were decided since a seed: they reach back to it.
	tp = newTape(t, fold.Options{}, strings.Replace(tapePolicy, "    assess: day\n", "    assess: day\n    assess_lag: 2d\n", 1))
	tp.txn("1", first, 500)
	tp.closeTo(first, first+1)
	tp.write(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "point", Tier: "low", SinceDay: first - 9, BusinessDay: first + 2}})
	for n, want := range []string{"[low]", "[]"} {
		tp.closeTo(first+2, first+17+int32(n))
		tp.txn(fmt.Sprint("late ", n), first+2, 10)
		if got := fmt.Sprint(rows(tp, first+2)); got != want {
			t.Errorf("%d periods since a seed: %s, want %s", 14+n, got, want)
		}
	}
	tp = newTape(t, fold.Options{}, strings.Replace(tapePolicy, "    assess: day\n", "    assess: day\n    assess_lag: 2d\n", 1))
	tp.txn("1", first, 500)
	tp.closeTo(first, first+15)
	tp.txn("2", first, 10)
	if got := rows(tp, first); len(got) != 1 || got[0] != "" {
		t.Errorf("before his first tier: %q, want a row without", got)
	}
	// An entry at once is no result: the first one kept is of the day behind it, and what
	// the CLOSE of the entry left is known until that one makes room.
	tp = newTape(t, fold.Options{}, strings.Replace(tapePolicy, "    assess: day\n", "    assess: day\n    assess_lag: 1d\n    entry: at_once\n", 1))
	tp.txn("1", first, 500)
	for n, want := range []string{"[low]", "[]"} {
		tp.closeTo(first, first+15+int32(n))
		tp.txn(fmt.Sprint("late ", n), first, 10)
		if got := fmt.Sprint(rows(tp, first)); got != want {
			t.Errorf("%d periods since an entry at once: %s, want %s", 14+n, got, want)
		}
	}
}

// TestAHolderOfUnitsHasARowOfEachSkippedDay: units bought on the first of four days that
// one CLOSE ends; nothing else of his is due before the month ends (semantics 8).
func TestAHolderOfUnitsHasARowOfEachSkippedDay(t *testing.T) {
	tp := newTape(t, fold.Options{}, strings.Replace(tapePolicy, "assess: day", "assess: month", 1))
	tp.close(first - 1)
	tp.txn("buy", first, 10, func(x *pb.Transaction) {
		x.AccountId, x.AccountType, x.Unit, x.Quantity = "F1", pb.AccountType_FUND, "FUND-1", 1000
	})
	tp.close(first + 3)
	rows := 0
	for _, s := range tp.said {
		if x, ok := s.msg.(*pb.Snapshot); ok {
			if err := x.EachDay(func(*pb.Snapshot) error { rows++; return nil }); err != nil {
				t.Fatal(err)
			}
		}
	}
	if rows != 4 {
		t.Errorf("%d rows, want one of each of the 4 days", rows)
	}
}
