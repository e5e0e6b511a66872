package clickhouse

import (
	"github.com/ClickHouse/ch-go/proto"
)

// cells are the values of one column, row after row, kept as ClickHouse takes them:
// without pointers, in memory that the next batch uses again. What is added is
// copied, so the record behind it may go.
type cells[R any] interface {
	add(r *R)
	// repeat appends row i of other, which holds the same column.
	repeat(other cells[R], i int)
	// some tells whether any value is other than the type's default.
	some() bool
	// part is rows lo to hi for the wire; it is valid until the next add or reset.
	part(lo, hi int) payload
	reset()
}

// payload is a column of a block in ClickHouse's Native format.
type payload interface {
	// prefix writes what the format puts before the values of some types.
	prefix(b *proto.Buffer)
	encode(b *proto.Buffer)
}

// plain is a column without a prefix, in the encoding of the driver's library.
type plain struct{ proto.ColInput }

func (plain) prefix(*proto.Buffer)     {}
func (p plain) encode(b *proto.Buffer) { p.EncodeColumn(b) }

// fixed are values of a fixed width.
type fixed[R any, T comparable] struct {
	get   func(*R) T
	wire  func([]T) proto.ColInput
	list  []T
	other bool
}

func (c *fixed[R, T]) add(r *R) { c.put(c.get(r)) }

func (c *fixed[R, T]) put(v T) {
	var zero T
	c.other = c.other || v != zero
	c.list = append(c.list, v)
}

func (c *fixed[R, T]) repeat(other cells[R], i int) { c.put(other.(*fixed[R, T]).list[i]) }
func (c *fixed[R, T]) some() bool                   { return c.other }
func (c *fixed[R, T]) part(lo, hi int) payload      { return plain{c.wire(c.list[lo:hi])} }
func (c *fixed[R, T]) reset()                       { c.list, c.other = c.list[:0], false }

// nullable are values of a fixed width that may be absent.
type nullable[R any, T comparable] struct {
	get    func(*R) (T, bool)
	wire   func([]T) proto.ColInput
	list   []T
	absent []uint8
	other  bool
}

func (c *nullable[R, T]) add(r *R) {
	v, ok := c.get(r)
	c.put(v, ok)
}

func (c *nullable[R, T]) put(v T, ok bool) {
	missing := uint8(1)
	if ok {
		missing, c.other = 0, true
	}
	c.list, c.absent = append(c.list, v), append(c.absent, missing)
}

func (c *nullable[R, T]) repeat(other cells[R], i int) {
	o := other.(*nullable[R, T])
	c.put(o.list[i], o.absent[i] == 0)
}

func (c *nullable[R, T]) some() bool { return c.other }

func (c *nullable[R, T]) part(lo, hi int) payload {
	return sequence{plain{proto.ColUInt8(c.absent[lo:hi])}, plain{c.wire(c.list[lo:hi])}}
}

func (c *nullable[R, T]) reset() { c.list, c.absent, c.other = c.list[:0], c.absent[:0], false }

// sequence is columns that the format writes one after the other, as those of a
// tuple, or offsets and elements of an array.
type sequence []payload

func (s sequence) prefix(b *proto.Buffer) {
	for _, p := range s {
		p.prefix(b)
	}
}

func (s sequence) encode(b *proto.Buffer) {
	for _, p := range s {
		p.encode(b)
	}
}

// texts are strings, end to end in one buffer. get appends to it.
type texts[R any] struct {
	get   func(r *R, to []byte) []byte
	col   proto.ColStr
	other bool
}

func (c *texts[R]) add(r *R) {
	start := len(c.col.Buf)
	c.col.Buf = c.get(r, c.col.Buf)
	c.ended(start)
}

func (c *texts[R]) ended(start int) {
	end := len(c.col.Buf)
	c.other = c.other || end > start
	c.col.Pos = append(c.col.Pos, proto.Position{Start: start, End: end})
}

func (c *texts[R]) repeat(other cells[R], i int) {
	start := len(c.col.Buf)
	c.col.Buf = append(c.col.Buf, other.(*texts[R]).col.RowBytes(i)...)
	c.ended(start)
}

func (c *texts[R]) some() bool { return c.other }

func (c *texts[R]) part(lo, hi int) payload {
	return plain{&proto.ColStr{Buf: c.col.Buf, Pos: c.col.Pos[lo:hi]}}
}

func (c *texts[R]) reset() {
	c.col.Reset()
	c.other = false
}

// tuple are several columns that ClickHouse knows as one.
type tuple[R any] struct{ parts []cells[R] }

func (c *tuple[R]) add(r *R) {
	for _, p := range c.parts {
		p.add(r)
	}
}

func (c *tuple[R]) repeat(other cells[R], i int) {
	for n, p := range c.parts {
		p.repeat(other.(*tuple[R]).parts[n], i)
	}
}

func (c *tuple[R]) some() bool {
	for _, p := range c.parts {
		if p.some() {
			return true
		}
	}
	return false
}

func (c *tuple[R]) part(lo, hi int) payload {
	var s sequence
	for _, p := range c.parts {
		s = append(s, p.part(lo, hi))
	}
	return s
}

func (c *tuple[R]) reset() {
	for _, p := range c.parts {
		p.reset()
	}
}
