package ledger

import "unsafe"

// Table is a list that only grows, by a value for each new customer. It lies in chunks,
// so that growing copies nothing: doubling a slice of a million customers would take
// longer than an event may wait, and hold the old values beside the new for that time.
// A value never moves.
type Table[T any] struct {
	chunks [][]T
	n      int
}

const (
	tableShift = 11
	tableChunk = 1 << tableShift
)

// Add puts a value behind the others.
func (t *Table[T]) Add(v T) {
	if t.n&(tableChunk-1) == 0 {
		t.chunks = append(t.chunks, make([]T, tableChunk))
	}
	t.n++
	*t.At(Slot(t.n - 1)) = v
}

// At is the value in a slot; it stays valid.
func (t *Table[T]) At(s Slot) *T { return &t.chunks[s>>tableShift][s&(tableChunk-1)] }

// Len is the number of values: they have the slots from 0 on.
func (t *Table[T]) Len() int { return t.n }

// Bytes is the memory that the chunks hold.
func (t *Table[T]) Bytes() int64 {
	var v T
	return int64(len(t.chunks)) * tableChunk * int64(unsafe.Sizeof(v))
}
