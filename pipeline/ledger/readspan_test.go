package ledger

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/codec"
)

// months of thirty days each, for the tests below.
func monthSpan(m int) Span { return Span{First: int32(1000 + 30*m), Last: int32(1029 + 30*m)} }

// TestSpansAreReadInAnyOrder: whatever the order of the records, and how often one
// comes, what they give is what was written, and every entry is found, though many
// are.
func TestSpansAreReadInAnyOrder(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 3))
		var from, to Store
		slot, _ := from.Make("C")
		want := from.At(slot)
		from.MakeAccount(want, "A")
		from.MakeAccount(want, "B")
		for i := range 300 {
			d := int32(1000 + r.IntN(120))
			e := NewEntry(HashID(fmt.Sprint(i)), 0, d, d, int64(d)*86400, 3, uint8(i%2), Posted)
			from.AddEntry(want, &e)
			from.AddMove(&from.Accounts(want)[i%2], d+int32(r.IntN(3)), d, int64(1+i), i%9 == 0)
		}
		slot, _ = to.Make("C")
		got := to.At(slot)
		for _, m := range append(r.Perm(5), r.Perm(5)...) {
			w := codec.Writer(nil)
			from.WriteSpan(want, monthSpan(m), 0, 1<<20, &w)
			x, err := codec.Open(w.Seal(0))
			if err != nil {
				t.Fatal(err)
			}
			to.ReadSpan(got, monthSpan(m), true, &x)
			if err := x.Close(); err != nil {
				t.Fatal(err)
			}
			to.FindEntry(got, 1) // what answers that knows the entries of now
		}
		if !slices.Equal(to.Entries(got), from.Entries(want)) {
			t.Fatalf("seed %d: the entries differ", seed)
		}
		for i, a := range from.Accounts(want) {
			if !slices.Equal(to.Moves(&to.Accounts(got)[i]), from.Moves(&a)) {
				t.Fatalf("seed %d: the movements of account %d differ", seed, i)
			}
		}
		for _, e := range from.Entries(want) {
			if to.FindEntry(got, e.ID) < 0 {
				t.Fatalf("seed %d: entry %d is not found", seed, e.ID)
			}
		}
		if n := to.Named(); n.Kinds != 4 {
			t.Errorf("%d kinds are named, want 4", n.Kinds)
		}
	}
}

// TestSpansThatMakeNoSense are damaged, though they could be read.
func TestSpansThatMakeNoSense(t *testing.T) {
	for name, write := range map[string]func(x *codec.Coder){
		"an entry of another month": func(x *codec.Coder) {
			x.Len(1)
			x.Len(0)
			x.Len(1)
			day := uint16(1030)
			codec.Step(x, &day, 1000)
			codeEntry(&Entry{Day: day}, x)
		},
		"an entry of no account": func(x *codec.Coder) {
			x.Len(1)
			x.Len(0)
			x.Len(1)
			day := uint16(1001)
			codec.Step(x, &day, 1000)
			codeEntry(&Entry{Day: day, Account: 1}, x)
		},
		"a movement of another month": func(x *codec.Coder) {
			x.Len(1)
			x.Len(1)
			codeMove(&Move{Value: 1030}, 1000, x)
			x.Len(0)
		},
		"movements out of order": func(x *codec.Coder) {
			x.Len(1)
			x.Len(2)
			codeMove(&Move{Value: 1005}, 1000, x)
			codeMove(&Move{Value: 1004}, 1005, x)
			x.Len(0)
		},
		"too many accounts": func(x *codec.Coder) { x.Len(MaxAccounts + 1); x.Len(0) },
	} {
		w := codec.Writer(nil)
		write(&w)
		for range MaxAccounts + 1 { // a list is never longer than what is left
			x := uint8(0)
			codec.Unsigned(&w, &x)
		}
		x, err := codec.Open(w.Seal(0))
		if err != nil {
			t.Fatal(err)
		}
		var s Store
		slot, _ := s.Make("C")
		if s.ReadSpan(s.At(slot), monthSpan(0), true, &x); !errors.Is(x.Err(), codec.ErrDamaged) {
			t.Errorf("%s was read: %v", name, x.Err())
		}
	}
}
