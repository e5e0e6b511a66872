package ledger

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestStoreIndex(t *testing.T) {
	var s Store
	if _, ok := s.Find("C1"); ok {
		t.Error("an empty store knows nobody")
	}
	const n = 5000
	for i := range n {
		id := fmt.Sprint("C-", i*7919%n)
		slot, fresh := s.Make(id)
		if !fresh || int(slot) != i {
			t.Fatalf("%s: slot %d, fresh %t", id, slot, fresh)
		}
	}
	for i := range n {
		id := fmt.Sprint("C-", i*7919%n)
		slot, ok := s.Find(id)
		again, fresh := s.Make(id)
		if !ok || int(slot) != i || again != slot || fresh {
			t.Fatalf("%s: found %d (%t), made %d (%t), want slot %d", id, slot, ok, again, fresh, i)
		}
		c := s.At(slot)
		if c.Hash != HashID(id) || s.Texts.Get(c.ID) != id {
			t.Fatalf("slot %d holds %q", slot, s.Texts.Get(c.ID))
		}
	}
	for _, id := range []string{"", "C-", "C-5000", "c-1"} {
		if _, ok := s.Find(id); ok {
			t.Errorf("%q was never made", id)
		}
	}
	if s.Len() != n {
		t.Errorf("%d customers, want %d", s.Len(), n)
	}
}

func TestStoreOrderIsByHashThenID(t *testing.T) {
	var s Store
	var slots []Slot
	for i := range 200 {
		slot, _ := s.Make(fmt.Sprint(i))
		slots = append(slots, slot)
	}
	slices.SortFunc(slots, func(a, b Slot) int {
		switch {
		case s.Less(a, b):
			return -1
		case s.Less(b, a):
			return 1
		}
		return 0
	})
	for i := 1; i < len(slots); i++ {
		if s.At(slots[i-1]).Hash > s.At(slots[i]).Hash {
			t.Fatal("not ascending by hash")
		}
	}
}

func TestStoreAccounts(t *testing.T) {
	var s Store
	one, _ := s.Make("C1")
	two, _ := s.Make("C2")
	for i := range MaxAccounts {
		for _, slot := range []Slot{one, two} {
			c := s.At(slot)
			id := fmt.Sprint("A", i)
			if s.FindAccount(c, id) != -1 {
				t.Fatalf("%s is there before it is made", id)
			}
			if at := s.MakeAccount(c, id); at != i || s.FindAccount(c, id) != i {
				t.Fatalf("%s: made at %d, found at %d, want %d", id, at, s.FindAccount(c, id), i)
			}
		}
	}
	for _, slot := range []Slot{one, two} {
		for i, a := range s.Accounts(s.At(slot)) {
			if want := fmt.Sprint("A", i); s.Texts.Get(a.ID) != want {
				t.Fatalf("account %d is %q", i, s.Texts.Get(a.ID))
			}
		}
	}
}

func TestPairsAreBounded(t *testing.T) {
	var s Store
	slot, _ := s.Make("C1")
	c := s.At(slot)
	for i := range 1<<16 - 1 {
		if !s.AddPair(c, Pair{Day: int32(i)}) {
			t.Fatalf("pair %d was refused", i)
		}
	}
	if s.AddPair(c, Pair{}) {
		t.Error("pair 65,536 was taken")
	}
	if ps := s.Pairs(c); len(ps) != 1<<16-1 || ps[777].Day != 777 {
		t.Error("pairs are lost")
	}
	s.KeepPairs(c, 2)
	if len(s.Pairs(c)) != 2 {
		t.Error("two were to be kept")
	}
}

func TestWaitsAreBounded(t *testing.T) {
	var s Store
	slot, _ := s.Make("C1")
	c := s.At(slot)
	for i := range 1<<16 - 1 {
		if !s.AddWait(c, Wait{Offset: int64(i)}) {
			t.Fatalf("wait %d was refused", i)
		}
	}
	if s.AddWait(c, Wait{}) {
		t.Error("wait 65,536 was taken")
	}
	if ws := s.Waits(c); len(ws) != 1<<16-1 || ws[777].Offset != 777 {
		t.Error("waits are lost")
	}
}

func TestTextsKeepWhatTheyWereGiven(t *testing.T) {
	var ts Texts
	if ts.Add("") != 0 || ts.Get(0) != "" {
		t.Error("the zero Text is empty")
	}
	var names []Text
	text := func(i int) string { return strings.Repeat(fmt.Sprint(i, "."), 1+i%400) }
	for i := range 3000 {
		b := []byte(text(i))
		names = append(names, ts.Add(string(b)))
	}
	long := strings.Repeat("x", Longest)
	names = append(names, ts.Add(long), ts.Add(long+"more"))
	for i := range 3000 {
		if got := ts.Get(names[i]); got != text(i) {
			t.Fatalf("text %d is %.40q", i, got)
		}
	}
	if ts.Get(names[3000]) != long || ts.Get(names[3001]) != long {
		t.Error("the longest text is not whole, or a longer one not cut")
	}
}
