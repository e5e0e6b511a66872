package ledger

import "testing"

// TestFindAmongMany: with more entries than are looked through, every id that is
// there is found and no other, also after days have left and come.
func TestFindAmongMany(t *testing.T) {
	var s Store
	slot, _ := s.Make("settlement")
	c := s.At(slot)
	add := func(id uint64, d int32) {
		e := NewEntry(id, 0, d, d, int64(d)*86400, 0, 0, Posted)
		s.AddEntry(c, &e)
	}
	const days, each = 12, 500
	for d := int32(1); d <= days; d++ {
		for k := range uint64(each) {
			id := uint64(d)*1000 + k
			if at := s.FindEntry(c, id); at != -1 {
				t.Fatalf("id %d is found at %d before it came", id, at)
			}
			add(id, d)
			if at := s.FindEntry(c, id); at < 0 || s.Entries(c)[at].ID != id {
				t.Fatalf("id %d is not found after it came", id)
			}
		}
		if d > 4 {
			s.DropBefore(c, d-3)
			if s.FindEntry(c, uint64(d-4)*1000) != -1 {
				t.Fatalf("an entry of day %d is found after the day has left", d-4)
			}
			if s.FindEntry(c, uint64(d-3)*1000) != 0 {
				t.Fatalf("the first entry of day %d is lost", d-3)
			}
		}
	}
}
