package clickhouse

import "github.com/ClickHouse/ch-go/proto"

// lists are arrays: where each ends, and all elements one after the other. get
// appends the elements of a row.
type lists[R, T any] struct {
	get  func(r *R, to []T) []T
	wire func([]T) payload
	ends []uint64
	all  []T
}

func (c *lists[R, T]) add(r *R) {
	c.all = c.get(r, c.all)
	c.ends = append(c.ends, uint64(len(c.all)))
}

func (c *lists[R, T]) repeat(other cells[R], i int) {
	o := other.(*lists[R, T])
	c.all = append(c.all, o.all[start(o.ends, i):o.ends[i]]...)
	c.ends = append(c.ends, uint64(len(c.all)))
}

func (c *lists[R, T]) some() bool { return len(c.all) > 0 }

func (c *lists[R, T]) part(lo, hi int) payload {
	first := start(c.ends, lo)
	last := start(c.ends, hi)
	return sequence{offsets64(c.ends[lo:hi], first), c.wire(c.all[first:last])}
}

func (c *lists[R, T]) reset() { c.ends, c.all = c.ends[:0], c.all[:0] }

// start is where the elements of row i begin.
func start(ends []uint64, i int) uint64 {
	if i == 0 {
		return 0
	}
	return ends[i-1]
}

// offsets64 are the ends of arrays, counted from first.
func offsets64(ends []uint64, first uint64) payload {
	if first == 0 {
		return plain{proto.ColUInt64(ends)}
	}
	moved := make([]uint64, len(ends))
	for i, end := range ends {
		moved[i] = end - first
	}
	return plain{proto.ColUInt64(moved)}
}

// strung are strings on the wire.
type strung []string

func (strung) prefix(*proto.Buffer) {}

func (s strung) encode(b *proto.Buffer) {
	for _, v := range s {
		b.PutString(v)
	}
}

// wordLists are arrays of LowCardinality(String).
type wordLists[R any] struct {
	get  func(*R) []string
	dict dictionary
	ends []uint64
	keys []uint32
}

func (c *wordLists[R]) add(r *R) {
	for _, w := range c.get(r) {
		c.keys = append(c.keys, c.dict.key([]byte(w)))
	}
	c.ends = append(c.ends, uint64(len(c.keys)))
}

func (c *wordLists[R]) repeat(other cells[R], i int) {
	o := other.(*wordLists[R])
	for _, k := range o.keys[start(o.ends, i):o.ends[i]] {
		c.keys = append(c.keys, c.dict.key([]byte(o.dict.words[k])))
	}
	c.ends = append(c.ends, uint64(len(c.keys)))
}

func (c *wordLists[R]) some() bool { return len(c.keys) > 0 }

func (c *wordLists[R]) part(lo, hi int) payload {
	first := start(c.ends, lo)
	return sequence{offsets64(c.ends[lo:hi], first), coded{c.dict.words, c.keys[first:start(c.ends, hi)]}}
}

func (c *wordLists[R]) reset() {
	c.dict.reset()
	c.ends, c.keys = c.ends[:0], c.keys[:0]
}
