package fold

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
)

// TestRollIsInOrder: in ascending (hash, id), each customer once, whatever the
// number of buckets, and whatever was told twice.
func TestRollIsInOrder(t *testing.T) {
	p := New(Options{})
	var all []ledger.Slot
	for i := range 5_000 {
		all = append(all, p.customer(fmt.Sprint("C", i)))
	}
	var r roll
	for _, n := range []int{0, 1, 2, bucketOf - 1, bucketOf, 4 * bucketOf, 5_000, 3} {
		list := r.room()
		for _, slot := range all[:n] {
			list = append(list, p.rank(slot))
			if slot%3 == 0 {
				list = append(list, p.rank(slot))
			}
		}
		r.begin(list)
		var got []ledger.Slot
		for next := r.ahead(&p.store); len(next) > 0; next = r.ahead(&p.store) {
			got = append(got, next[0])
			r.pass()
		}
		want := slices.Clone(all[:n])
		slices.SortFunc(want, func(a, b ledger.Slot) int {
			if p.store.Less(a, b) {
				return -1
			}
			return 1
		})
		if !slices.Equal(got, want) {
			t.Errorf("%d customers: the roll is not in order or not whole: %d of %d", n, len(got), len(want))
		}
	}
}

// TestRollTellsSameRanksApart: customers whose hashes share the ranking half are
// ordered by the rest.
func TestRollTellsSameRanksApart(t *testing.T) {
	p := New(Options{})
	var list []ranked
	for i := range 300 {
		slot := p.customer(fmt.Sprint("C", i))
		p.store.At(slot).Hash = 7<<32 | uint64(299-i)
		list = append(list, p.rank(slot))
	}
	var r roll
	r.begin(list)
	for i := range 300 {
		if got := r.ahead(&p.store)[0]; got != ledger.Slot(299-i) {
			t.Fatalf("place %d is of customer %d", i, got)
		}
		r.pass()
	}
}
