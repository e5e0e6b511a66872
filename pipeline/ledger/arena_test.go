package ledger

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestArenaAgainstSlices holds the arena against a map of plain slices: what a
// block holds never changes by what happens to others.
func TestArenaAgainstSlices(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var a Arena[int64]
		naive := map[Ref][]int64{}
		var refs []Ref
		next := int64(1)
		fill := func(b, want []int64) {
			for i := range want {
				next++
				b[i], want[i] = next, next
			}
		}
		check := func(op string) {
			t.Helper()
			for r, want := range naive {
				if got := a.Block(r)[:len(want)]; !slices.Equal(got, want) {
					t.Fatalf("seed %d after %s: block %x holds %v, want %v", seed, op, r, got, want)
				}
			}
		}
		for range 400 {
			switch k := rng.IntN(4); {
			case k == 0 || len(refs) == 0:
				n := 1 + rng.IntN(1+rng.IntN(300))
				r := a.Alloc(n)
				if _, live := naive[r]; live {
					t.Fatalf("seed %d: Alloc gave the live block %x", seed, r)
				}
				b := a.Block(r)
				if len(b) < n || a.Cap(r) != len(b) || cap(b) != len(b) {
					t.Fatalf("Alloc(%d): block of %d, cap %d, Cap %d", n, len(b), cap(b), a.Cap(r))
				}
				if slices.ContainsFunc(b, func(x int64) bool { return x != 0 }) {
					t.Fatalf("seed %d: Alloc(%d) is not zeroed", seed, n)
				}
				naive[r] = make([]int64, len(b))
				fill(b, naive[r])
				refs = append(refs, r)
				check("alloc")
			case k == 1:
				i := rng.IntN(len(refs))
				r := refs[i]
				n := rng.IntN(len(naive[r]) + 1)
				need := n + rng.IntN(2*len(naive[r])+2)
				kept := slices.Clone(naive[r][:n])
				delete(naive, r)
				g := a.Grow(r, n, max(need, 1))
				if got := a.Block(g)[:n]; !slices.Equal(got, kept) {
					t.Fatalf("seed %d: Grow lost content: %v, want %v", seed, got, kept)
				}
				if a.Cap(g) < need {
					t.Fatalf("seed %d: Grow to %d gave %d", seed, need, a.Cap(g))
				}
				naive[g] = make([]int64, a.Cap(g))
				fill(a.Block(g), naive[g])
				refs[i] = g
				check("grow")
			default:
				i := rng.IntN(len(refs))
				a.Free(refs[i])
				delete(naive, refs[i])
				refs = slices.Delete(refs, i, i+1)
				check("free")
			}
		}
	}
}

func TestArenaClassesWasteAtMostAHalf(t *testing.T) {
	var a Arena[uint16]
	for n := 1; n < 1<<18; n = n + 1 + n/7 {
		if c := a.Cap(a.Alloc(n)); c < n || 2*c > 3*n+1 {
			t.Errorf("a block for %d holds %d", n, c)
		}
	}
}

func TestArenaZeroRef(t *testing.T) {
	var a Arena[int]
	a.Free(0)
	if a.Block(0) != nil || a.Cap(0) != 0 || a.Bytes() != 0 {
		t.Error("the zero Ref is no block")
	}
	r := a.Grow(0, 0, 5)
	if a.Cap(r) < 5 {
		t.Errorf("Grow of the zero Ref gave %d", a.Cap(r))
	}
	before := a.Bytes()
	a.Free(r)
	if a.Alloc(5) != r || a.Bytes() != before {
		t.Error("a freed block is used again by its class")
	}
}

// TestArenaGivesBackWhatIsOutgrown: blocks that grow in step leave the smaller
// classes empty, and a block taken and freed in turn costs nothing.
func TestArenaGivesBackWhatIsOutgrown(t *testing.T) {
	var a Arena[int64]
	refs := make([]Ref, 700)
	for n := 1; n <= 1000; n++ {
		for i := range refs {
			refs[i] = a.Grow(refs[i], n-1, n)
		}
	}
	live := int64(0)
	for _, r := range refs {
		live += int64(a.Cap(r)) * 8
	}
	if a.Bytes() > live+live/20 {
		t.Errorf("%d bytes are held for blocks of %d", a.Bytes(), live)
	}
	for _, r := range refs {
		a.Free(r)
	}
	if spare := int64(20 * chunkElems * 8); a.Bytes() > spare {
		t.Errorf("%d bytes are held although all is free", a.Bytes())
	}
	r := a.Alloc(5)
	held := a.Bytes()
	for range 100 {
		a.Free(r)
		r = a.Alloc(5)
		if a.Bytes() != held {
			t.Fatal("a block freed and taken again costs a chunk")
		}
	}
}
