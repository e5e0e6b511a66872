// Package offsets keeps sets of offsets of a partition: a bit each, where there are any.
package offsets

import (
	"iter"
	"maps"
	"math/bits"
	"slices"
)

// Set is a set, in pieces of 4096.
type Set map[int64]*[64]uint64

// Add takes an offset in.
func (s Set) Add(at int64) {
	piece := s[at>>12]
	if piece == nil {
		piece = new([64]uint64)
		s[at>>12] = piece
	}
	piece[at>>6&63] |= 1 << (at & 63)
}

// Delete takes an offset out.
func (s Set) Delete(at int64) {
	if piece := s[at>>12]; piece != nil {
		piece[at>>6&63] &^= 1 << (at & 63)
	}
}

// Has tells whether an offset is in the set.
func (s Set) Has(at int64) bool {
	piece := s[at>>12]
	return piece != nil && piece[at>>6&63]&(1<<(at&63)) != 0
}

// Count is the number of offsets.
func (s Set) Count() (n int64) {
	for _, piece := range s {
		for _, word := range piece {
			n += int64(bits.OnesCount64(word))
		}
	}
	return n
}

// All are the offsets in ascending order.
func (s Set) All() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for _, at := range slices.Sorted(maps.Keys(s)) {
			for i, word := range s[at] {
				for ; word != 0; word &= word - 1 {
					if !yield(at<<12 + int64(i<<6+bits.TrailingZeros64(word))) {
						return
					}
				}
			}
		}
	}
}
