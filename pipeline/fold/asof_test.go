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
