package oracle_test

import (
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

const latePolicy = `
policy: late
version: 1
classes:
  deposits: {types: [DEMAND]}
metrics:
  aum: {kind: adb, over: month, classes: [deposits]}
schemes:
  card:
    by: aum
    assess: month
    upgrade: at_close
    tiers:
      - {name: mass}
      - {name: gold, from: 50_000, watch_after: 1, down_after: 2, lands_on: last}
`

// TestALateCloseIsDatedTheDayAfterIt: what a CLOSE tells is as of the day after it,
// though the customer has booked on later days already (semantics 1).
func TestALateCloseIsDatedTheDayAfterIt(t *testing.T) {
	for _, from := range []string{"2025-02-05", "2025-02-25"} {
		w := newTwins()
		w.told = true
		first, day := gen.Day("2025-01-28"), gen.Day(from)
		l := new(gen.Log).Begin(latePolicy, first)
		l.CloseThrough(first, first)
		l.Open("C1", "a", pb.AccountType_DEMAND, gen.Base, first-60)
		l.Balance("C1", "a", first, 5_200_000)
		l.CloseThrough(first+1, day-1)
		for i := range int32(5) {
			l.Tick(day + i)
			l.Book("C1", "a", day+i, -1_000_000+int64(i)*50_000)
		}
		for i := range int32(5) {
			l.Add(&pb.LogRecord{Close: &pb.Close{Day: day + i, Cut: gen.Cut(day + i)}})
		}
		for i, r := range l.Records {
			if d := w.step(int64(i), r); d != "" {
				t.Fatalf("after record %d: %s\n%s\n\n%s", i, gen.Line(r), d, l)
			}
		}
		if n := len(w.o.Outcome().Alerts); n < 2 {
			t.Errorf("%s: %d alerts compared", from, n)
		}
	}
}

// TestASkippedDayIsOfTheRulesOfItsClose: a day that a CLOSE skips is written by the rules
// that this CLOSE closes with, not by those that it brings, which go by an average.
func TestASkippedDayIsOfTheRulesOfItsClose(t *testing.T) {
	bySum := strings.NewReplacer("schemes:", "  in: {kind: sum, window: 1d}\nschemes:", "by: aum", "by: in").Replace(latePolicy)
	first := gen.Day("2025-01-06")
	w, l := newTwins(), new(gen.Log).Begin(bySum, first)
	l.Balance("C1", "a", first, 5_200_000)
	l.CloseThrough(first, first+2)
	l.Policy(strings.Replace(latePolicy, "version: 1", "version: 2", 1), 2, first+5)
	l.Tick(first + 3)
	l.Book("C1", "a", first+2, 100, gen.Valued(first+3))
	l.CloseThrough(first+4, first+5)
	for i, r := range l.Records {
		if d := w.step(int64(i), r); d != "" {
			t.Fatalf("after record %d: %s\n%s\n\n%s", i, gen.Line(r), d, l)
		}
	}
}
