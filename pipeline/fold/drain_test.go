package fold_test

import (
	"fmt"
	"slices"
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

// renamed stands before a CLOSE that brings two policies into force: each renames
// a tier of all customers.
func renamed(t *testing.T, customers int) (tp *tape, last *pb.LogRecord) {
	t.Helper()
	tp = newTape(t, fold.Options{}, tapePolicy)
	for i := range customers {
		tp.txn(fmt.Sprint(i), first, 60_000, func(x *pb.Transaction) { x.CustomerId, x.AccountId = fmt.Sprint("C", i), fmt.Sprint("A", i) })
	}
	end := day.MonthEnd(first)
	tp.closeTo(first, end-1)
	text, names := tapePolicy, []string{"gold", "silver", "bronze"}
	for i, name := range names[:2] {
		to := names[i+1]
		text = strings.NewReplacer(fmt.Sprintf("version: %d", i+1), fmt.Sprintf("version: %d", i+2), "- {name: "+name+",", "- {name: "+to+",").Replace(text)
		with := strings.Replace(text, "    by: aum\n", "    by: aum\n    replaced_by: {"+name+": "+to+"}\n", 1)
		tp.write(&pb.LogRecord{Policy: &pb.PolicyActivation{Name: "tape", Version: uint32(i + 2), EffectiveDay: end + 1, Yaml: []byte(with)}})
	}
	return tp, &pb.LogRecord{Close: &pb.Close{Day: end, Cut: int64(end+1) * 86400}}
}

// TestPolicyKeepsItsOwnSubIndices: the CLOSE that brings policies into force drains once
// more for each under one offset; what one says does not take the rows of another.
func TestPolicyKeepsItsOwnSubIndices(t *testing.T) {
	tp, last := renamed(t, 1)
	tp.write(last)
	type key struct {
		customer string
		offset   int64
		sub      uint32
	}
	seen, kinds := map[key]bool{}, map[pb.ChangeKind]int{}
	for _, s := range tp.said {
		if m, ok := s.msg.(*pb.TierChange); ok {
			kinds[m.Kind]++
			k := key{m.CustomerId, m.Log.Offset, m.Log.SubIndex}
			if seen[k] {
				t.Errorf("two tier changes of %+v", k)
			}
			seen[k] = true
		}
	}
	if kinds[pb.ChangeKind_ENTERED] == 0 || kinds[pb.ChangeKind_REMAPPED] != 2 {
		t.Errorf("the CLOSE said %v; it was to let the customer enter and to rename his tier twice", kinds)
	}
}

// TestACursorNamesOneDrain: wherever a commit falls in such a CLOSE, the next owner goes
// on there from the cursor alone, and says what is left to be said.
func TestACursorNamesOneDrain(t *testing.T) {
	const customers = 9
	apply := func() *tape {
		tp, last := renamed(t, customers)
		value, err := last.MarshalVT()
		if err == nil {
			err = tp.part.Apply(tp.offset, value, &tp.out)
		}
		if err != nil {
			t.Fatal(err)
		}
		return tp
	}
	rest := func(tp *tape) (list []string) {
		tp.out.Reset()
		for !tp.part.Drain(1, &tp.out) {
			continue
		}
		for _, o := range tp.out.List {
			list = append(list, fmt.Sprintf("%s %d.%d %x", o.Customer, o.Offset, o.Sub, o.Value))
		}
		return list
	}
	for n := 1; ; n++ {
		one, two := apply(), apply()
		if one.part.Drain(n, &one.out) {
			if n < customers {
				t.Errorf("the drain was over after %d of %d customers", n, customers)
			}
			return
		}
		at := one.part.Cursor()
		two.part.DrainThrough(at.LastHash, at.LastCustomer, &two.out)
		if want, got := rest(one), rest(two); !slices.Equal(want, got) {
			t.Errorf("committed after %d customers: the next owner says\n%.2000q\nwant\n%.2000q", n, got, want)
		}
	}
}
