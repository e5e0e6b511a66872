package fold

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
)

// ranked is a customer with the upper half of the hash that ranks him.
type ranked struct {
	rank uint32
	slot ledger.Slot
}

// rank is the customer in a slot with his rank.
func (p *Partition) rank(slot ledger.Slot) ranked {
	return ranked{uint32(p.store.At(slot).Hash >> 32), slot}
}

// roll gives the customers of a drain in ascending (hash, id), each once. A million
// are not sorted in one step, while others wait: begin only deals them into buckets
// of rank, each some hundred long, and a bucket is sorted when its turn comes.
type roll struct {
	list, spare []ranked
	// ends[b] is where bucket b ends in list; next is the first that is not in now.
	ends []uint32
	next int
	// now are the customers of one bucket, in order; those before at have been given.
	now []ledger.Slot
	at  int
}

// bucketOf is how many customers a bucket holds on average, at most.
const bucketOf = 256

// begin takes over list, whose memory the roll then owns.
func (r *roll) begin(list []ranked) {
	r.list, r.next, r.now, r.at = list, 0, r.now[:0], 0
	width := min(bits.Len(uint(len(list)/bucketOf)), 16)
	shift := 32 - width
	ends := append(r.ends[:0], make([]uint32, 1<<width)...)
	r.ends = ends
	if width == 0 {
		ends[0] = uint32(len(list))
		return
	}
	for i := range list {
		ends[list[i].rank>>shift]++
	}
	sum := uint32(0)
	for b := range ends {
		sum, ends[b] = sum+ends[b], sum
	}
	if cap(r.spare) < len(list) {
		r.spare = make([]ranked, len(list), cap(list))
	}
	dealt := r.spare[:len(list)]
	for _, x := range list {
		b := x.rank >> shift
		dealt[ends[b]] = x
		ends[b]++
	}
	r.list, r.spare = dealt, list
}

// ahead gives the customers that come next without a step of sorting in between,
// none at the end. They are valid until the next call of ahead after they were
// passed.
func (r *roll) ahead(s *ledger.Store) []ledger.Slot {
	for r.at == len(r.now) && r.next < len(r.ends) {
		r.sort(s)
	}
	return r.now[r.at:]
}

// pass goes on by one customer.
func (r *roll) pass() { r.at++ }

// sort puts the next bucket in order.
func (r *roll) sort(s *ledger.Store) {
	first := uint32(0)
	if r.next > 0 {
		first = r.ends[r.next-1]
	}
	bucket := r.list[first:r.ends[r.next]]
	r.next++
	slices.SortFunc(bucket, func(a, b ranked) int {
		switch {
		case a.rank != b.rank:
			return cmp.Compare(a.rank, b.rank)
		case a.slot == b.slot:
			return 0
		case s.Less(a.slot, b.slot):
			return -1
		}
		return 1
	})
	r.now, r.at = r.now[:0], 0
	for i := range bucket {
		if i == 0 || bucket[i].slot != bucket[i-1].slot {
			r.now = append(r.now, bucket[i].slot)
		}
	}
}

// room is an empty list to collect the next customers in.
func (r *roll) room() []ranked { return r.list[:0] }
