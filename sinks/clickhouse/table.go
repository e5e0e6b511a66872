package clickhouse

import (
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// table is the one ordered list of a table's columns, in the order of its DDL.
// Insert statement, values and the check against the real schema all come from it.
type table[R any] struct {
	name    string
	columns []column[R]
}

// origin is the Kafka record a row came from.
type origin struct {
	topic     string
	partition int32
	offset    int64
}

// rowSet gathers the rows of one table of a batch, column by column.
type rowSet[R any] struct {
	table *table[R]
	cells []cells[R]
	// sources are the partitions behind the rows, places which of them and where.
	sources []topicPartition
	places  []place
}

type place struct {
	source int32
	offset int64
}

// rows is a rowSet of any row type.
type rows interface {
	name() string
	// columns are the names of the table's columns, kinds their types without what
	// SQL adds to them.
	columns() []string
	kinds() []string
	count() int
	// origin returns the record behind row i.
	origin(i int) origin
	// insertion is rows lo to hi; valid until the next reset.
	insertion(db string, lo, hi int) *insertion
	// size is the memory of the rows, and of the room they have.
	size() (used, room int)
	reset()
}

func (t *table[R]) newRows() *rowSet[R] {
	s := &rowSet[R]{table: t, cells: make([]cells[R], len(t.columns))}
	for i, c := range t.columns {
		s.cells[i] = c.fresh()
	}
	return s
}

func (s *rowSet[R]) add(row *R, from origin) {
	for _, c := range s.cells {
		c.add(row)
	}
	s.came(from)
}

// repeat adds row i of other, a set with the same columns but for the last, which
// the caller adds.
func (s *rowSet[R]) repeat(other *rowSet[R], i int) {
	for n, c := range s.cells[:len(s.cells)-1] {
		c.repeat(other.cells[n], i)
	}
	s.came(other.origin(i))
}

// came notes where a row came from: mostly where the one before did.
func (s *rowSet[R]) came(from origin) {
	key := topicPartition{from.topic, from.partition}
	source := int32(len(s.sources) - 1)
	if n := len(s.places); n > 0 {
		source = s.places[n-1].source
	}
	if source < 0 || s.sources[source] != key {
		source = s.source(key)
	}
	s.places = append(s.places, place{source, from.offset})
}

func (s *rowSet[R]) source(key topicPartition) int32 {
	for i, known := range s.sources {
		if known == key {
			return int32(i)
		}
	}
	s.sources = append(s.sources, key)
	return int32(len(s.sources) - 1)
}

func (s *rowSet[R]) size() (used, room int) {
	used, room = sizeOf(s.places)
	for _, c := range s.cells {
		u, r := c.size()
		used, room = used+u, room+r
	}
	return used, room
}

func (s *rowSet[R]) reset() {
	for _, c := range s.cells {
		c.reset()
	}
	s.sources, s.places = s.sources[:0], s.places[:0]
}

func (s *rowSet[R]) name() string { return s.table.name }
func (s *rowSet[R]) count() int   { return len(s.places) }

func (s *rowSet[R]) origin(i int) origin {
	p := s.places[i]
	from := s.sources[p.source]
	return origin{from.topic, from.partition, p.offset}
}

func (s *rowSet[R]) columns() []string {
	return pick(s.table.columns, func(c column[R]) string { return c.name })
}

func (s *rowSet[R]) kinds() []string {
	return pick(s.table.columns, func(c column[R]) string { return c.kind })
}

// insertion leaves out columns that hold nothing but defaults: most records use few
// of the many columns, and an absent one costs neither side anything.
func (s *rowSet[R]) insertion(db string, lo, hi int) *insertion {
	var names []string
	var sent []cells[R]
	for i, c := range s.cells {
		if i == 0 || c.some() {
			names, sent = append(names, s.table.columns[i].name), append(sent, c)
		}
	}
	return &insertion{
		statement: into("`"+db+"`.", s.table.name, names),
		send: func(to driver.Batch) error {
			for i, c := range sent {
				if err := c.send(to.Column(i), lo, hi); err != nil {
					return fmt.Errorf("column %s: %w: %w", names[i], errForm, err)
				}
			}
			return nil
		},
	}
}

func into(db, table string, columns []string) string {
	return "INSERT INTO " + db + "`" + table + "` (`" + strings.Join(columns, "`, `") + "`)"
}

// pick lists one thing of each element; nil for none.
func pick[M, T any](list []M, get func(M) T) []T {
	if len(list) == 0 {
		return nil
	}
	out := make([]T, len(list))
	for i, m := range list {
		out[i] = get(m)
	}
	return out
}

// picked appends one thing of each element.
func picked[M, T any](to []T, list []M, get func(M) T) []T {
	for _, m := range list {
		to = append(to, get(m))
	}
	return to
}
