package ledger

import "testing"

// TestWordsTakeRoomOnce: however often a thing is spoken of, one note is kept, and those
// of the same place as long as nothing newer comes; those of other things stay.
func TestWordsTakeRoomOnce(t *testing.T) {
	var s Store
	slot, _ := s.Make("C1")
	c := s.At(slot)
	s.Hear(c, 7, Word{Time: 1, Content: 1})
	for i := range int64(100) {
		for content := range uint32(3) {
			w := Word{Time: i, Day: 3, Content: content}
			if got := s.Heard(c, 8, w); got != NewWord {
				t.Fatalf("%+v is %d", w, got)
			}
			s.Hear(c, 8, w)
		}
		if n := len(s.extrasOf(c)); n != 4 {
			t.Fatalf("%d notes, want one of thing 7 and three of this place", n)
		}
	}
	if s.Hear(c, 8, Word{Time: 100}); len(s.extrasOf(c)) != 2 {
		t.Errorf("%d notes, want one of each thing", len(s.extrasOf(c)))
	}
	for _, old := range []Word{{Time: 99, Seq: 9, Day: 9}, {Time: 100, Seq: -1, Day: 9}, {Time: 100, Day: -1}} {
		if got := s.Heard(c, 8, old); got != OldWord {
			t.Errorf("%+v is %d", old, got)
		}
	}
}
