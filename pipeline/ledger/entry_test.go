package ledger

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

func TestEntryPacksItsFields(t *testing.T) {
	for value := int32(600); value <= 1400; value += 50 {
		for st := Pending; st <= Failed; st++ {
			e := NewEntry(1, 2, 1000, value, 1<<32-1, 7, 250, st)
			if e.Value() != value || e.Status() != st || e.Second != 1<<32-1 || e.Account != 250 || e.Counts() != (st == Posted) {
				t.Fatalf("value %d, status %d: got %+v (value %d)", value, st, e, e.Value())
			}
			e.SetPlain()
			for to := Pending; to <= Failed; to++ {
				e.SetStatus(to)
				if e.Status() != to || e.Value() != value || e.Counts() || !e.Plain() || e.HasExtra() {
					t.Fatalf("a plain entry moved to status %d: %+v", to, e)
				}
			}
		}
	}
}

// TestEntriesAgainstList holds adding, finding, removing and forgetting of several
// customers' entries against plain lists.
func TestEntriesAgainstList(t *testing.T) {
	for seed := range uint64(25) {
		rng := rand.New(rand.NewPCG(seed, 6))
		var s Store
		const customers = 3
		naive := make([][]Entry, customers)
		for i := range customers {
			s.Make(fmt.Sprint("C", i))
		}
		id := uint64(0)
		for step := range 600 {
			k := rng.IntN(customers)
			c, list := s.At(Slot(k)), naive[k]
			switch rng.IntN(8) {
			default:
				id++
				d := int32(step/10 + rng.IntN(6) + 1)
				e := NewEntry(id, uint32(id), d, d, int64(step), 0, 0, Posted)
				e.Amount = int64(id)
				at := s.AddEntry(c, &e)
				i := len(list)
				for i > 0 && list[i-1].Day > e.Day {
					i--
				}
				if at != i {
					t.Fatalf("seed %d: AddEntry says place %d, want %d", seed, at, i)
				}
				naive[k] = slices.Insert(list, i, e)
			case 0:
				if len(list) > 0 {
					i := rng.IntN(len(list))
					s.RemoveEntry(c, i)
					naive[k] = slices.Delete(list, i, i+1)
				}
			case 1:
				d := int32(step/10 - 8 + rng.IntN(4))
				n := 0
				for n < len(list) && int32(list[n].Day) < d {
					n++
				}
				if got := s.DropBefore(c, d); got != n {
					t.Fatalf("seed %d: DropBefore(%d) forgot %d, want %d", seed, d, got, n)
				}
				naive[k] = list[n:]
			}
			for i := range customers {
				if !slices.Equal(s.Entries(s.At(Slot(i))), naive[i]) {
					t.Fatalf("seed %d step %d: customer %d holds other entries than the list", seed, step, i)
				}
			}
			find := uint64(rng.IntN(int(id) + 2))
			want := slices.IndexFunc(naive[k], func(e Entry) bool { return e.ID == find })
			if got := s.FindEntry(s.At(Slot(k)), find); got != want {
				t.Fatalf("seed %d: entry %d found at %d, want %d", seed, find, got, want)
			}
		}
	}
}

func TestFirstOn(t *testing.T) {
	var es []Entry
	for _, d := range []int32{3, 3, 5, 9} {
		es = append(es, NewEntry(1, 1, d, d, 0, 0, 0, Posted))
	}
	for d, want := range map[int32]int{1: 0, 3: 0, 4: 2, 5: 2, 6: 3, 9: 3, 10: 4} {
		if got := FirstOn(es, d); got != want {
			t.Errorf("first on day %d is %d, want %d", d, got, want)
		}
	}
}

// TestExtrasFollowTheirEntries: an extra is found by its entry only, and goes with it.
func TestExtrasFollowTheirEntries(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	var s Store
	slot, _ := s.Make("C1")
	c := s.At(slot)
	want := map[uint64]int64{}
	for id := uint64(1); id < 200; id++ {
		d := int32(id)
		e := NewEntry(id, 1, d, d, 0, 0, 0, Posted)
		at := s.AddEntry(c, &e)
		if rng.IntN(2) == 0 {
			x := s.MakeExtra(c, &s.Entries(c)[at])
			x.Reversed = int64(id) * 10
			want[id] = int64(id) * 10
			s.MakeExtra(c, &s.Entries(c)[at]).Version = 3 // the same one again
		}
		if rng.IntN(5) == 0 {
			i := rng.IntN(len(s.Entries(c)))
			e := &s.Entries(c)[i]
			delete(want, e.ID)
			s.ForgetExtra(c, e)
			if e.HasExtra() {
				t.Fatal("a forgotten extra is still announced")
			}
		}
		if id == 120 {
			s.DropBefore(c, 60)
			for k := range want {
				if k < 60 {
					delete(want, k)
				}
			}
		}
		es := s.Entries(c)
		for i := range es {
			x := s.Extra(c, &es[i])
			w, has := want[es[i].ID]
			if (x != nil) != has || (has && (x.Reversed != w || x.Version != 3)) {
				t.Fatalf("after %d: the extra of %d is %+v, want %d (%t)", id, es[i].ID, x, w, has)
			}
		}
	}
}

func TestNotesStayWhenEntriesGo(t *testing.T) {
	var s Store
	slot, _ := s.Make("C1")
	c := s.At(slot)
	x, known := s.Note(c, 99)
	if known {
		t.Fatal("a first note is not known")
	}
	x.Quantity = 5
	e := NewEntry(1, 1, 10, 10, 0, 0, 0, Posted)
	at := s.AddEntry(c, &e)
	s.MakeExtra(c, &s.Entries(c)[at])
	s.DropBefore(c, 20)
	if x, known := s.Note(c, 99); !known || x.Quantity != 5 {
		t.Error("the note is lost")
	}
}

func TestWaitsKeepTheirOrder(t *testing.T) {
	var s Store
	slot, _ := s.Make("C1")
	c := s.At(slot)
	for i := range 10 {
		s.AddWait(c, Wait{Original: uint64(i)})
	}
	s.DropWait(c, 3)
	s.DropWait(c, 0)
	var got []uint64
	for _, w := range s.Waits(c) {
		got = append(got, w.Original)
	}
	if want := []uint64{1, 2, 4, 5, 6, 7, 8, 9}; !slices.Equal(got, want) {
		t.Errorf("waiting are %v, want %v", got, want)
	}
}

// TestMergingKeepsWhatWindowsCount: random entries before and after merging agree
// in sums, counts and largest amounts by day, kind and account.
func TestMergingKeepsWhatWindowsCount(t *testing.T) {
	type key struct {
		day, kind uint16
		account   uint8
	}
	type tally struct{ sum, times, most int64 }
	count := func(es []Entry) map[key]tally {
		m := map[key]tally{}
		for i := range es {
			if e := &es[i]; e.Counts() {
				k := key{e.Day, e.Kind, e.Account}
				v := m[k]
				m[k] = tally{v.sum + e.Amount, v.times + e.Times(), max(v.most, e.Most())}
			}
		}
		return m
	}
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 8))
		var s Store
		slot, _ := s.Make("C1")
		c := s.At(slot)
		day := int32(1)
		for id := uint64(1); id < 300; id++ {
			d := day + int32(rng.IntN(6))
			e := NewEntry(id, 1, d, d, 0, uint16(rng.IntN(3)), uint8(rng.IntN(2)), Status(rng.IntN(4)))
			e.Amount = rng.Int64N(100)
			s.AddEntry(c, &e)
			if id%50 == 0 {
				want := count(s.Entries(c))
				day += 5
				s.MergeBefore(c, day)
				got := count(s.Entries(c))
				if len(got) != len(want) {
					t.Fatalf("seed %d: %d groups after merging, want %d", seed, len(got), len(want))
				}
				for k, w := range want {
					if got[k] != w {
						t.Fatalf("seed %d: %+v is %+v after merging, want %+v", seed, k, got[k], w)
					}
				}
				es := s.Entries(c)
				for i := range es {
					if i > 0 && es[i].Day < es[i-1].Day {
						t.Fatalf("seed %d: entries are no longer sorted", seed)
					}
					if int32(es[i].Day) < day && (!es[i].Merged() || !es[i].Counts()) {
						t.Fatalf("seed %d: a single entry of day %d is left", seed, es[i].Day)
					}
				}
			}
		}
	}
}

// An activity entry takes what its budget allows.
func TestEntryIs32Bytes(t *testing.T) {
	if n := unsafe.Sizeof(Entry{}); n != 32 {
		t.Errorf("an entry takes %d bytes, want 32", n)
	}
}
