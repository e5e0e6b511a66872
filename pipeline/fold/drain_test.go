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

// TestACursorNamesItsDrain: wherever a commit falls in such a CLOSE, in whichever of its
// drains, the next owner goes on there from the cursor alone, and says what is left to be
// said.
func TestACursorNamesItsDrain(t *testing.T) {
	const customers = 9
	const visits = 3 * customers // closed, and renamed twice
	for n := 1; ; n++ {
		one, two := atClose(t, customers), atClose(t, customers)
		if one.part.Drain(n, &one.out) {
			if n != visits {
				t.Errorf("the drains were over after %d visits, want %d", n, visits)
			}
			return
		}
		at := one.part.Cursor()
		if want := (n - 1) / customers; at.Stage != want && at.Stage != want+1 {
			t.Errorf("after %d visits the stage is %d", n, at.Stage)
		}
		two.part.DrainThrough(at, &two.out)
		if want, got := lastWords(one), lastWords(two); !slices.Equal(want, got) {
			t.Errorf("after %d visits the next owner says\n%.2000q\nwant\n%.2000q", n, got, want)
		}
		// One without a stage is of a program that divided the last drain alone.
		if at.Stage == 2 {
			one, two = atClose(t, customers), atClose(t, customers)
			one.part.Drain(n, &one.out)
			at.Stage = fold.LastStage
			two.part.DrainThrough(at, &two.out)
			if want, got := lastWords(one), lastWords(two); !slices.Equal(want, got) {
				t.Errorf("after %d visits the next owner, told no stage, says\n%.2000q\nwant\n%.2000q", n, got, want)
			}
		}
	}
}

// TestRulesComeIntoForceForAllAtOnce: however far the drains of such a CLOSE have come
// when a booking is folded, it finds all customers under the rules that came last.
func TestRulesComeIntoForceForAllAtOnce(t *testing.T) {
	const customers = 9
	booked := func(n int) (words []string) {
		tp := atClose(t, customers)
		tp.out.Reset()
		tp.part.Drain(n, &tp.out)
		held := tp.part.HoldsAll()
		if want := n < 2*customers; held != want {
			t.Errorf("after %d visits records are held back: %t, want %t", n, held, want)
		}
		late := txn("more", first+1, -59_000, func(x *pb.Transaction) { x.CustomerId, x.AccountId = "C7", "A7" })
		value, err := (&pb.LogRecord{Transaction: late}).MarshalVT()
		if err == nil {
			err = tp.part.Apply(tp.offset+1, value, &tp.out)
		}
		if err != nil {
			t.Fatal(err)
		}
		words = append(outLines(tp), lastWords(tp)...)
		slices.Sort(words)
		return words
	}
	want := booked(3 * customers)
	for n := range 3 * customers {
		if got := booked(n); !slices.Equal(want, got) {
			t.Errorf("with a booking after %d visits the fold says\n%.2000q\nwant\n%.2000q", n, got, want)
		}
	}
}

// atClose has begun such a CLOSE.
func atClose(t *testing.T, customers int) *tape {
	t.Helper()
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

// lastWords is what the fold says to the end of its drains.
func lastWords(tp *tape) []string {
	tp.out.Reset()
	for !tp.part.Drain(1, &tp.out) {
		continue
	}
	return outLines(tp)
}

func outLines(tp *tape) (list []string) {
	for _, o := range tp.out.List {
		list = append(list, fmt.Sprintf("%s %d.%d %x", o.Customer, o.Offset, o.Sub, o.Value))
	}
	return list
}

// TestABrokenVisitTellsThatItWasOne: a customer who cannot be visited is no fault of the
// record at which the fold came to him.
func TestABrokenVisitTellsThatItWasOne(t *testing.T) {
	tp := atClose(t, 3)
	tp.part.Drain(1, &tp.out)
	if tp.part.Visiting() {
		t.Error("the fold is in a visit that is over")
	}
	tp.part.BreakAll()
	defer func() {
		if recover() == nil || !tp.part.Visiting() {
			t.Errorf("the fold broke in no visit: %t", tp.part.Visiting())
		}
	}()
	value, err := (&pb.LogRecord{Transaction: txn("more", first+1, 1)}).MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	_ = tp.part.Apply(tp.offset+1, value, &tp.out) // it panics
}
