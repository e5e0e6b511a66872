package fold_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// TestIdleCustomersCostNothingAtAClose: who neither did anything on the day nor is due is
// not visited by its CLOSE, nothing is said of him, and nothing of him is to be saved or
// folded again. Of all that sleep, one who is due is visited alone.
func TestIdleCustomersCostNothingAtAClose(t *testing.T) {
	const customers = 20_000
	tp := newTape(t, fold.Options{Saves: true}, strings.ReplaceAll(tapePolicy, "assess: day", "assess: month"))
	book := func(id string, i int, change ...func(*pb.Transaction)) {
		x := txn(id, first, 100, change...)
		x.CustomerId, x.AccountId = fmt.Sprint("C", i), fmt.Sprint("A", i)
		tp.fast(&pb.LogRecord{Transaction: x})
	}
	for i := range customers {
		book(fmt.Sprint(i), i)
	}
	due := first + 3
	book("later", customers/2, func(x *pb.Transaction) { x.ValueDay = due })

	// closed are the steps of the drain and what was said, in the TICK behind it too.
	closed := func(d int32) (visits, said int) {
		said = tp.fast(&pb.LogRecord{Close: &pb.Close{Day: d, Cut: int64(d+1) * 86400}})
		for ; tp.part.Draining(); visits++ {
			tp.part.Drain(1, &tp.out)
		}
		said += len(tp.out.List)
		tp.out.Reset()
		return visits, said + tp.fast(&pb.LogRecord{Tick: &pb.Tick{At: int64(d+1)*86400 + 60, BusinessDay: d + 1}})
	}
	var saves fold.Saves
	for d := first; d < first+6; d++ {
		want := 0
		switch d {
		case first:
			want = customers
		case due:
			want = 1
		}
		at := tp.offset
		if want == 0 {
			at += 2 // behind CLOSE and TICK
		}
		visits, said := closed(d)
		if unsaved := tp.part.Unsaved(); visits != want || said != want || unsaved != want {
			t.Errorf("day %d: %d visits, %d outputs, %d customers to be saved; want %d of each", d-first, visits, said, unsaved, want)
		}
		if from := tp.part.ReplayFrom(tp.offset); from != at && d != first {
			t.Errorf("day %d: the log would be folded again from %d, want %d", d-first, from, at)
		}
		tp.part.Save(tp.part.Unsaved(), &saves)
		saves.Reset()
	}
}
