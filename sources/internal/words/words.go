// Package words finds a byte string in a small fixed vocabulary without hashing
// through a map: one multiply, one probe, one compare. Enum names and JSON keys
// are looked up a dozen times per event.
package words

import (
	"encoding/binary"
	"math/bits"
)

// Table is an immutable vocabulary; safe for concurrent use.
type Table struct {
	seed  uint64
	mask  uint64
	slots []int32 // index+1 into keys, 0 empty
	keys  []string
}

// New builds a table of distinct keys; Find returns an index into keys.
func New(keys []string) *Table {
	size := uint64(4)
	for size < 4*uint64(len(keys)) {
		size *= 2
	}
	t := &Table{mask: size - 1, keys: keys}
	// A seed without collisions makes every Find a single probe; without one the
	// linear probing still finds every key.
	for seed := uint64(1); seed < 200; seed++ {
		if t.fill(seed * 0x9e3779b97f4a7c15) {
			break
		}
	}
	return t
}

func (t *Table) fill(seed uint64) (perfect bool) {
	t.seed, perfect = seed, true
	t.slots = make([]int32, t.mask+1)
	for i, k := range t.keys {
		at := t.hash([]byte(k)) & t.mask
		for t.slots[at] != 0 {
			perfect = false
			at = (at + 1) & t.mask
		}
		t.slots[at] = int32(i) + 1
	}
	return perfect
}

// Find returns the index of b in the keys given to New, or -1.
func (t *Table) Find(b []byte) int {
	for at := t.hash(b) & t.mask; ; at = (at + 1) & t.mask {
		i := t.slots[at]
		if i == 0 {
			return -1
		}
		if t.keys[i-1] == string(b) {
			return int(i) - 1
		}
	}
}

// Len is the size of the vocabulary.
func (t *Table) Len() int { return len(t.keys) }

func (t *Table) hash(b []byte) uint64 {
	var lo, hi uint64
	n := len(b)
	switch {
	case n >= 8:
		lo = binary.LittleEndian.Uint64(b)
		hi = binary.LittleEndian.Uint64(b[n-8:])
	case n >= 4:
		lo = uint64(binary.LittleEndian.Uint32(b))
		hi = uint64(binary.LittleEndian.Uint32(b[n-4:]))
	case n > 0:
		lo = uint64(b[0]) | uint64(b[n/2])<<8 | uint64(b[n-1])<<16
	}
	h, l := bits.Mul64(lo^t.seed, hi^t.seed^uint64(n)*0xff51afd7ed558ccd)
	return h ^ l
}
