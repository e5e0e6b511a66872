package ledger

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

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

// TestFindWhileEntriesComeAndGo: entries come, late ones too, and go one by one or by
// the day, so that a customer has many and few in turn. A map says what is there.
func TestFindWhileEntriesComeAndGo(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 7))
		var s Store
		slot, _ := s.Make("c")
		c := s.At(slot)
		there, next, day := map[uint64]int32{}, uint64(0), int32(100)
		ids := func(n uint64) uint64 { return HashID(fmt.Sprint(n)) }
		for range 6_000 {
			n := len(s.Entries(c))
			switch grow := n < 3*manyEntries && (n < manyEntries/2 || r.IntN(40) > 0); {
			case grow || r.IntN(3) == 0:
				d := day - int32(r.IntN(5))
				e := NewEntry(ids(next), 0, d, d, 0, 0, 0, Posted)
				s.AddEntry(c, &e)
				there[e.ID] = d
				next++
			case r.IntN(20) == 0:
				s.DropBefore(c, int32(s.Entries(c)[n/2].Day))
			default:
				i := r.IntN(n)
				delete(there, s.Entries(c)[i].ID)
				s.RemoveEntry(c, i)
			}
			if r.IntN(10) == 0 {
				day++
			}
			for id, d := range there {
				if es := s.Entries(c); len(es) == 0 || d < int32(es[0].Day) {
					delete(there, id)
				}
			}
			for k := max(3, next) - 3; k < next+3; k++ {
				_, want := there[ids(k)]
				if at := s.FindEntry(c, ids(k)); at >= 0 != want {
					t.Fatalf("seed %d: entry %d is at place %d, there: %t", seed, k, at, want)
				}
			}
			k := ids(r.Uint64N(next + 1))
			_, want := there[k]
			if at := s.FindEntry(c, k); at >= 0 != want || want && s.Entries(c)[at].ID != k {
				t.Fatalf("seed %d: an entry is at place %d, there: %t", seed, at, want)
			}
		}
	}
}

// TestTheFilterErrsSeldom: that is what it is for.
func TestTheFilterErrsSeldom(t *testing.T) {
	var es []Entry
	for i := range 1_000 {
		es = append(es, Entry{ID: HashID(fmt.Sprint(i))})
	}
	f, wrong := newFilter(len(es), func(i int) uint64 { return es[i].ID }), 0
	for i := f.n; i < f.room; i++ {
		f.add(HashID(fmt.Sprint(i)))
	}
	for i := range 100_000 {
		if f.mayHave(HashID(fmt.Sprint("other", i))) {
			wrong++
		}
	}
	if wrong > 1_500 {
		t.Errorf("the full filter errs %d times in 100,000", wrong)
	}
}

// TestAwaitedAmongMany: reversals come to wait and go, so that a customer has many and
// few in turn. Each that waits is awaited, and of others hardly any.
func TestAwaitedAmongMany(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 7))
	var s Store
	slot, _ := s.Make("settlement")
	c := s.At(slot)
	next, asked, wrong := 0, 0, 0
	for range 3_000 {
		ws := s.Waits(c)
		switch n := len(ws); {
		case n > 10*manyWaits:
			s.KeepWaits(c, r.IntN(2*manyWaits))
		case n > 0 && r.IntN(4) == 0:
			s.DropWait(c, r.IntN(n))
		default:
			s.AddWait(c, Wait{Original: HashID(fmt.Sprint(next))})
			next++
		}
		ws = s.Waits(c)
		for i := range ws {
			if !s.Awaited(c, ws[i].Original) {
				t.Fatalf("of %d waits number %d is not awaited", len(ws), i)
			}
		}
		if len(ws) > manyWaits {
			asked++
			if s.Awaited(c, HashID(fmt.Sprint("other", next))) {
				wrong++
			}
		}
	}
	if wrong > asked/50 {
		t.Errorf("%d of %d others are awaited", wrong, asked)
	}
	s.dropRare(c)
	s.AddWait(c, Wait{Original: 1})
	if len(s.awaited.of) > 0 || !s.Awaited(c, 1) {
		t.Error("what was forgotten is awaited still")
	}
}

// TestExtrasAmongMany: with more extras than are looked through, each is found by its
// own id, while others come and go, and again when few are left.
func TestExtrasAmongMany(t *testing.T) {
	var s Store
	slot, _ := s.Make("settlement")
	c := s.At(slot)
	const all = 5 * manyExtras
	for id := uint64(1); id <= all; id++ {
		e := NewEntry(id, 0, int32(id), int32(id), int64(id)*86400, 0, 0, Posted)
		at := s.AddEntry(c, &e)
		s.MakeExtra(c, &s.Entries(c)[at]).Version = uint32(id)
		if x, known := s.Note(c, 1_000_000+id); known {
			t.Fatalf("note %d is known before it came", id)
		} else {
			x.Quantity = int64(id)
		}
	}
	for gone := range uint64(all) {
		es := s.Entries(c)
		for i := range es {
			if x := s.Extra(c, &es[i]); x == nil || x.Version != uint32(es[i].ID) {
				t.Fatalf("%d gone: the extra of %d is %+v", gone, es[i].ID, x)
			}
		}
		for id := uint64(1); id <= all; id += 37 {
			if x := s.FindNote(c, 1_000_000+id); x == nil || x.Quantity != int64(id) {
				t.Fatalf("%d gone: note %d is %+v", gone, id, x)
			}
		}
		if gone%2 == 0 {
			s.DropBefore(c, int32(es[0].Day)+1)
		} else {
			s.ForgetExtra(c, &es[len(es)-1])
			s.RemoveEntry(c, len(es)-1)
		}
		if s.FindNote(c, gone/2+1) != nil && gone%2 == 0 {
			t.Fatalf("the extra of %d is found after it left", gone/2+1)
		}
	}
}

// TestFindAmongManyOfEqualHash: customers whose ids have one hash have entries of
// their own.
func TestFindAmongManyOfEqualHash(t *testing.T) {
	var s Store
	s.Make("one")
	s.Make("other")
	for i := range 2 {
		c := s.At(Slot(i))
		c.Hash = 7
		for id := range uint64(2 * manyEntries) {
			e := NewEntry(uint64(i+1)<<32|id, 0, 1, 1, 0, 0, 0, Posted)
			s.AddEntry(c, &e)
		}
	}
	for i := range 2 {
		if s.FindEntry(s.At(Slot(i)), uint64(i+1)<<32|5) != 5 {
			t.Errorf("customer %d: an entry is lost", i)
		}
	}
}
