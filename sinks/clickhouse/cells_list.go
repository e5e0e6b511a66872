package clickhouse

import "github.com/ClickHouse/clickhouse-go/v2/lib/driver"

// lists are arrays: all elements one after the other, and where each row ends. get
// appends the elements of a row. The driver takes arrays a row at a time.
type lists[R, T any] struct {
	get  func(r *R, to []T) []T
	all  []T
	ends []int
}

func (c *lists[R, T]) add(r *R) {
	c.all = c.get(r, c.all)
	c.ends = append(c.ends, len(c.all))
}

func (c *lists[R, T]) repeat(other cells[R], i int) {
	o := other.(*lists[R, T])
	c.all = append(c.all, o.all[start(o.ends, i):o.ends[i]]...)
	c.ends = append(c.ends, len(c.all))
}

func (c *lists[R, T]) some() bool { return len(c.all) > 0 }

// size takes texts among the elements for short ones.
func (c *lists[R, T]) size() (used, room int) {
	used, room = sizeOf(c.ends)
	values, space := sizeOf(c.all)
	return used + values, room + space
}

func (c *lists[R, T]) reset() {
	clear(c.all) // strings are of the batch
	c.all, c.ends = c.all[:0], c.ends[:0]
}

func (c *lists[R, T]) send(to driver.BatchColumn, lo, hi int) error {
	for i := lo; i < hi; i++ {
		if err := to.AppendRow(c.all[start(c.ends, i):c.ends[i]]); err != nil {
			return err
		}
	}
	return nil
}

// numbers are arrays whose elements go as pointers: of values, the driver would
// allocate every one.
type numbers[R, T any] struct{ lists[R, T] }

func (c *numbers[R, T]) repeat(other cells[R], i int) {
	c.lists.repeat(&other.(*numbers[R, T]).lists, i)
}

func (c *numbers[R, T]) send(to driver.BatchColumn, lo, hi int) error {
	var pointers []*T
	for i := lo; i < hi; i++ {
		pointers = pointers[:0]
		for n := start(c.ends, i); n < c.ends[i]; n++ {
			pointers = append(pointers, &c.all[n])
		}
		if err := to.AppendRow(pointers); err != nil {
			return err
		}
	}
	return nil
}
