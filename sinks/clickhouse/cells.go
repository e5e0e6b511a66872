package clickhouse

import (
	"reflect"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// cells are the values of one column, row after row, in memory that the next batch
// uses again. What is added is copied, so the record behind it may go.
type cells[R any] interface {
	add(r *R)
	// repeat appends row i of other, which holds the same column.
	repeat(other cells[R], i int)
	// some tells whether any value is other than the type's default.
	some() bool
	// send gives rows lo to hi to the driver, which copies them.
	send(to driver.BatchColumn, lo, hi int) error
	// size is the memory of the values, and that of the room they have, bytes.
	size() (used, room int)
	reset()
}

// piece is how many values are put into the driver's form at a time where that is
// not the form in which they are kept: few enough to stay in the processor's cache.
const piece = 512

// pieces calls each for rows lo to hi, some at a time.
func pieces(lo, hi int, each func(lo, hi int) error) error {
	for ; lo < hi; lo += piece {
		if err := each(lo, min(lo+piece, hi)); err != nil {
			return err
		}
	}
	return nil
}

// sizeOf is the memory of a slice's elements, and of its room.
func sizeOf[T any](list []T) (used, room int) {
	each := int(reflect.TypeFor[T]().Size())
	return len(list) * each, cap(list) * each
}

// fixed are values of a fixed width, kept as the driver takes them.
type fixed[R any, T comparable] struct {
	get   func(*R) T
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
func (c *fixed[R, T]) size() (used, room int)       { return sizeOf(c.list) }
func (c *fixed[R, T]) reset()                       { c.list, c.other = c.list[:0], false }

func (c *fixed[R, T]) send(to driver.BatchColumn, lo, hi int) error {
	return to.Append(c.list[lo:hi])
}

// changed are values that the driver takes as another type V.
type changed[R any, T comparable, V any] struct {
	fixed[R, T]
	as func(T) V
}

func (c *changed[R, T, V]) repeat(other cells[R], i int) {
	c.put(other.(*changed[R, T, V]).list[i])
}

func (c *changed[R, T, V]) send(to driver.BatchColumn, lo, hi int) error {
	values := make([]V, 0, min(piece, hi-lo))
	return pieces(lo, hi, func(lo, hi int) error {
		values = values[:0]
		for _, v := range c.list[lo:hi] {
			values = append(values, c.as(v))
		}
		return to.Append(values)
	})
}

// nullable are values that may be absent. The driver takes them as pointers.
type nullable[R any, T, V any] struct {
	get    func(*R) (T, bool)
	as     func(T) V
	list   []T
	absent []bool
	other  bool
}

func (c *nullable[R, T, V]) add(r *R) { c.put(c.get(r)) }

func (c *nullable[R, T, V]) put(v T, ok bool) {
	c.other = c.other || ok
	c.list, c.absent = append(c.list, v), append(c.absent, !ok)
}

func (c *nullable[R, T, V]) repeat(other cells[R], i int) {
	o := other.(*nullable[R, T, V])
	c.put(o.list[i], !o.absent[i])
}

func (c *nullable[R, T, V]) some() bool { return c.other }

func (c *nullable[R, T, V]) size() (used, room int) {
	used, room = sizeOf(c.list)
	return used + len(c.absent), room + cap(c.absent)
}

func (c *nullable[R, T, V]) reset() { c.list, c.absent, c.other = c.list[:0], c.absent[:0], false }

func (c *nullable[R, T, V]) send(to driver.BatchColumn, lo, hi int) error {
	values, pointers := make([]V, min(piece, hi-lo)), make([]*V, min(piece, hi-lo))
	return pieces(lo, hi, func(lo, hi int) error {
		for i := range hi - lo {
			if pointers[i] = nil; !c.absent[lo+i] {
				values[i] = c.as(c.list[lo+i])
				pointers[i] = &values[i]
			}
		}
		return to.Append(pointers[:hi-lo])
	})
}

// single are values that the driver has no slices for and takes one at a time. row
// makes what it takes; that is valid until the next call.
type single[R any, T comparable] struct {
	fixed[R, T]
	row func(*T) any
}

func (c *single[R, T]) repeat(other cells[R], i int) { c.put(other.(*single[R, T]).list[i]) }

func (c *single[R, T]) send(to driver.BatchColumn, lo, hi int) error {
	for i := lo; i < hi; i++ {
		if err := to.AppendRow(c.row(&c.list[i])); err != nil {
			return err
		}
	}
	return nil
}
