package fold_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// TestSleeperIsWrittenOnce: a late event of a customer who slept through the last
// closes writes those days again at once, and not once more at the next CLOSE.
func TestSleeperIsWrittenOnce(t *testing.T) {
	tp := newTape(t, fold.Options{}, strings.ReplaceAll(tapePolicy, "assess: day", "assess: month"))
	tp.tick(first)
	tp.txn("1", first, 100)
	tp.closeTo(first, first+9)
	tp.tick(first + 10)
	tp.txn("late", first+5, 50)
	rows := func() (days []int32) {
		for _, s := range tp.said {
			if m, ok := s.msg.(*pb.Snapshot); ok {
				days = append(days, m.Day)
			}
		}
		return days
	}
	if got, want := fmt.Sprint(rows()), fmt.Sprint([]int32{first + 5, first + 6, first + 7, first + 8, first + 9}); got != want {
		t.Errorf("the late event wrote days %s, want %s", got, want)
	}
	tp.close(first + 10)
	if got := rows(); len(got) != 0 {
		t.Errorf("the CLOSE after it wrote days %v again", got)
	}
}

// TestPolicyKeepsItsOwnSubIndices: the CLOSE that brings a policy into force drains
// twice under one offset; what the second says does not take the rows of the first.
func TestPolicyKeepsItsOwnSubIndices(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 60_000)
	end := day.MonthEnd(first)
	next := strings.NewReplacer("version: 1", "version: 2", "- {name: gold,", "- {name: silver,", "    by: aum\n", "    by: aum\n    replaced_by: {gold: silver}\n").Replace(tapePolicy)
	tp.closeTo(first, end-1)
	tp.write(&pb.LogRecord{Policy: &pb.PolicyActivation{Name: "tape", Version: 2, EffectiveDay: end + 1, Yaml: []byte(next)}})
	tp.close(end)
	type key struct {
		customer string
		offset   int64
		sub      uint32
	}
	seen, kinds := map[key]bool{}, map[pb.ChangeKind]bool{}
	for _, s := range tp.said {
		if m, ok := s.msg.(*pb.TierChange); ok {
			kinds[m.Kind] = true
			k := key{m.CustomerId, m.Log.Offset, m.Log.SubIndex}
			if seen[k] {
				t.Errorf("two tier changes of %+v", k)
			}
			seen[k] = true
		}
	}
	if !kinds[pb.ChangeKind_ENTERED] || !kinds[pb.ChangeKind_REMAPPED] {
		t.Errorf("the CLOSE said %v; it was to let the customer enter and to rename his tier", kinds)
	}
}
