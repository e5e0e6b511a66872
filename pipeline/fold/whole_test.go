package fold_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// yearPolicy has windows of a year.
const yearPolicy = `
policy: tape
version: 1
classes:
  deposits: {types: [DEMAND]}
metrics:
  spent: {kind: sum, window: 365d}
  n:     {kind: count, window: 365d}
  most:  {kind: max, window: 365d}
dimensions:
  money: {metric: spent, curve: {0: 0, 10_000: 100%}}
scores:
  value: {money: 100%}
schemes:
  card:
    by: spent
    tiers:
      - {name: mass}
      - {name: gold, from: 2_000, down_after: 2}
`

// rowsOf are the rows of C1 that the last record wrote, by day.
func (tp *tape) rowsOf() map[int32]*pb.Snapshot {
	rows := map[int32]*pb.Snapshot{}
	for _, s := range tp.said {
		if m, ok := s.msg.(*pb.Snapshot); ok {
			rows[m.Day] = m
		}
	}
	return rows
}

// daily books 10 yuan on each of so many days, closes them, and gives the rows as they
// were decided and the last day.
func (tp *tape) daily(days int32, change ...func(*pb.Transaction)) (rows map[int32]*pb.Snapshot, last int32) {
	tp.t.Helper()
	rows, last = map[int32]*pb.Snapshot{}, first+days-1
	for d := first; d <= last; d++ {
		tp.txn(fmt.Sprint(d), d, 10, change...)
		tp.close(d)
		rows[d] = tp.rowsOf()[d]
		if rows[d] == nil || rows[d].Restated {
			tp.t.Fatalf("day %d has no row", d-first)
		}
	}
	return rows, last
}

// again wants the last record to have written the days first to last again, each metric
// differing from the row as it was decided by what change tells.
func (tp *tape) again(rows map[int32]*pb.Snapshot, first, last int32, change func(d int32, metric string) int64) {
	tp.t.Helper()
	now := tp.rowsOf()
	if len(now) != int(last-first+1) {
		tp.t.Errorf("offset %d: %d days written again, want the %d from %d days before the last close on", tp.offset-1, len(now), last-first+1, last-first)
	}
	for d, row := range now {
		if d < first || d > last || !row.Restated {
			tp.t.Errorf("offset %d: the row of %d days before the last close is written again (%v)", tp.offset-1, last-d, row.Restated)
		}
		for i, m := range row.Metrics {
			if want := rows[d].Metrics[i].Value + change(d, m.Name); m.Value != want {
				tp.t.Errorf("offset %d: %s of %d days before the last close is %d, want %d", tp.offset-1, m.Name, last-d, m.Value, want)
			}
		}
		for i, s := range row.Scores {
			if want := int32((row.Metrics[0].Value + 50) / 100); s.ScoreBp != want {
				tp.t.Errorf("offset %d: score %d of %d days before the last close is %d, want %d", tp.offset-1, i, last-d, s.ScoreBp, want)
			}
		}
	}
}

// TestRowsWrittenAgainAreWhole: of what is forgotten nothing is missing in a row that is
// written again; one that would lack it stays as it was decided (rule R163).
func TestRowsWrittenAgainAreWhole(t *testing.T) {
	added := func(amount, count int64) func(int32, string) int64 {
		return func(_ int32, metric string) int64 {
			return map[string]int64{"spent": amount, "n": count}[metric]
		}
	}
	t.Run("after 450 days", func(t *testing.T) {
		tp := newTape(t, fold.Options{}, yearPolicy)
		rows, last := tp.daily(450)
		tp.txn("late", last-40, 5)
		tp.tells("late")
		tp.again(rows, last-36, last, added(500, 1))
	})
	t.Run("an original of long ago is taken back", func(t *testing.T) {
		tp := newTape(t, fold.Options{}, yearPolicy)
		rows, last := tp.daily(450)
		tp.txn(fmt.Sprint(last-300), last-300, 10, status(pb.TxnStatus_REVERSED))
		tp.tells("reversed/status")
		tp.again(rows, last-36, last, added(-1000, -1))
	})
	t.Run("nothing is forgotten yet", func(t *testing.T) {
		tp := newTape(t, fold.Options{}, yearPolicy)
		rows, last := tp.daily(400)
		tp.txn("late", last-390, 5)
		tp.again(rows, last-390, last, func(d int32, metric string) int64 {
			if d > last-390+364 {
				return 0
			}
			return added(500, 1)(d, metric)
		})
	})
	t.Run("a short window", func(t *testing.T) {
		tp := newTape(t, fold.Options{}, strings.ReplaceAll(yearPolicy, "365d", "30d"))
		rows, last := tp.daily(450)
		tp.txn("late", last-390, 5)
		tp.again(rows, last-371, last, func(d int32, metric string) int64 {
			if d > last-390+29 {
				return 0
			}
			return added(500, 1)(d, metric)
		})
	})
}

// TestDaysSinceAreWholeFromAnEventOn: how long ago the last event by app was is known as
// long as one is held, or none would count any more.
func TestDaysSinceAreWholeFromAnEventOn(t *testing.T) {
	policy := strings.Replace(strings.ReplaceAll(yearPolicy, "365d", "30d"), "dimensions:", "  quiet: {kind: recency, where: {channel: APP}}\ndimensions:", 1)
	for name, again := range map[string]int32{"forgotten": -1, "held": 200} {
		t.Run(name, func(t *testing.T) {
			tp := newTape(t, fold.Options{}, policy)
			rows, last := tp.daily(450, func(x *pb.Transaction) {
				if x.BusinessDay == first+29 || x.BusinessDay == first+449-again {
					x.Channel = pb.Channel_APP
				}
			})
			tp.txn("late", last-50, 5)
			from := last - 1
			if again > 0 {
				from = last - 50
			}
			tp.again(rows, from, last, func(d int32, metric string) int64 {
				if d > last-50+29 {
					return 0
				}
				return map[string]int64{"spent": 500, "n": 1}[metric]
			})
		})
	}
}

// TestAveragesWrittenAgainAreWhole: movements are held as long as an average of the
// longest span asks for them in the oldest row that is written again.
func TestAveragesWrittenAgainAreWhole(t *testing.T) {
	tp := newTape(t, fold.Options{}, `
policy: tape
version: 1
classes:
  deposits: {types: [DEMAND]}
metrics:
  year: {kind: adb, over: 400d}
schemes:
  card:
    by: year
    tiers:
      - {name: mass}
      - {name: gold, from: 2_000, down_after: 2}
`)
	rows, last := tp.daily(1010)
	tp.txn("late", last-399, 400)
	now := tp.rowsOf()
	if len(now) != 400 {
		t.Errorf("%d days are written again, want 400", len(now))
	}
	for d, row := range now {
		want := rows[d].Schemes[0].AdbSumMinor + 40_000*int64(d-(last-399)+1)
		if got := row.Schemes[0].AdbSumMinor; got != want {
			t.Fatalf("the sum of %d days before the last close is %d, want %d", last-d, got, want)
		}
	}
}
