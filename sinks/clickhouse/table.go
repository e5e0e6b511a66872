package clickhouse

import (
	"context"
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

// rowSet gathers the rows of one table of a batch, by columns.
type rowSet[R any] struct {
	table   *table[R]
	fillers []filler[R]
	origins []origin
}

// rows is a rowSet of any row type.
type rows interface {
	name() string
	// columns are the names of the table's columns.
	columns() []string
	// kinds are their types, without what SQL adds to them.
	kinds() []string
	// statement is the insert of all columns.
	statement() string
	count() int
	// origin returns the record behind row i.
	origin(i int) origin
	// insert sends rows lo to hi as one block.
	insert(ctx context.Context, conn driver.Conn, db string, lo, hi int) error
}

func (t *table[R]) newRows() *rowSet[R] {
	s := &rowSet[R]{table: t, fillers: make([]filler[R], len(t.columns))}
	for i, c := range t.columns {
		s.fillers[i] = c.make()
	}
	return s
}

func (s *rowSet[R]) add(row *R, from origin) {
	for _, f := range s.fillers {
		f.add(row)
	}
	s.origins = append(s.origins, from)
}

// set replaces row i by a newer one of the same key.
func (s *rowSet[R]) set(i int, row *R, from origin) {
	for _, f := range s.fillers {
		f.set(i, row)
	}
	s.origins[i] = from
}

func (s *rowSet[R]) name() string      { return s.table.name }
func (s *rowSet[R]) columns() []string { return s.table.columnNames() }
func (s *rowSet[R]) kinds() []string {
	return pick(s.table.columns, func(c column[R]) string { return c.kind })
}
func (s *rowSet[R]) count() int          { return len(s.origins) }
func (s *rowSet[R]) origin(i int) origin { return s.origins[i] }

// insert leaves out columns that hold nothing but defaults: most records use few
// of the many columns, and an absent one costs neither side anything.
func (s *rowSet[R]) insert(ctx context.Context, conn driver.Conn, db string, lo, hi int) error {
	used := make([]int, 0, len(s.fillers))
	for i, f := range s.fillers {
		if i == 0 || !f.plain() {
			used = append(used, i)
		}
	}
	batch, err := conn.PrepareBatch(ctx, s.into("`"+db+"`.", used))
	if err != nil {
		return fmt.Errorf("prepare insert into %s: %w", s.table.name, err)
	}
	for i, c := range used {
		if err := batch.Column(i).Append(s.fillers[c].values(lo, hi)); err != nil {
			_ = batch.Abort() // the append error is what matters
			return fmt.Errorf("append column %s of %s: %w", s.table.columns[c].name, s.table.name, err)
		}
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("insert into %s: %w", s.table.name, err)
	}
	return nil
}

func (s *rowSet[R]) statement() string {
	all := make([]int, len(s.fillers))
	for i := range all {
		all[i] = i
	}
	return s.into("", all)
}

func (s *rowSet[R]) into(db string, used []int) string {
	names := make([]string, len(used))
	for i, c := range used {
		names[i] = "`" + s.table.columns[c].name + "`"
	}
	return "INSERT INTO " + db + "`" + s.table.name + "` (" + strings.Join(names, ", ") + ")"
}

// columnNames is the whole list, in order.
func (t *table[R]) columnNames() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}
