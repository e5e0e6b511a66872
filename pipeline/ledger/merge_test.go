package ledger

import "testing"

func TestMergeKeepsSumsCountsAndLargest(t *testing.T) {
	var s Store
	slot, _ := s.Make("C1")
	c := s.At(slot)
	add := func(id uint64, d int32, kind uint16, amount int64, st Status) {
		e := NewEntry(id, 1, d, d, int64(d)*86400, kind, 0, st)
		e.Amount = amount
		s.AddEntry(c, &e)
	}
	add(1, 10, 0, 100, Posted)
	add(2, 10, 1, 7, Posted)
	add(3, 10, 0, 300, Posted)
	add(4, 10, 0, 50, Pending)
	add(5, 11, 0, 1, Posted)
	add(6, 12, 0, 2, Posted)
	s.MergeBefore(c, 12)
	s.MergeBefore(c, 12)
	type row struct {
		day              uint16
		kind             uint16
		sum, times, most int64
		merged           bool
	}
	want := []row{{10, 0, 400, 2, 300, true}, {10, 1, 7, 1, 7, true}, {11, 0, 1, 1, 1, true}, {12, 0, 2, 1, 2, false}}
	es := s.Entries(c)
	if len(es) != len(want) {
		t.Fatalf("%d entries, want %d", len(es), len(want))
	}
	for i, w := range want {
		e := &es[i]
		if got := (row{e.Day, e.Kind, e.Amount, e.Times(), e.Most(), e.Merged()}); got != w {
			t.Errorf("entry %d is %+v, want %+v", i, got, w)
		}
	}
	if s.FindEntry(c, 300) != -1 || s.FindEntry(c, 6) != 3 {
		t.Error("a merged entry has no identity, a single one keeps it")
	}
}
