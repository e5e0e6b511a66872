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

// rowSet gathers the rows of one table of a batch. They become columns one at a
// time when they are sent, so that a batch is never held twice.
type rowSet[R any] struct {
	table   *table[R]
	list    []R
	origins []origin
}

// rows is a rowSet of any row type.
type rows interface {
	name() string
	// columns are the names of the table's columns, kinds their types without what
	// SQL adds to them.
	columns() []string
	kinds() []string
	// statement is the insert of all columns.
	statement() string
	count() int
	// origin returns the record behind row i.
	origin(i int) origin
	// insert sends rows lo to hi as one block.
	insert(ctx context.Context, conn driver.Conn, db string, lo, hi int) error
}

func (t *table[R]) newRows() *rowSet[R] { return &rowSet[R]{table: t} }

func (s *rowSet[R]) add(row *R, from origin) {
	s.list = append(s.list, *row)
	s.origins = append(s.origins, from)
}

// set replaces row i by a newer one of the same key.
func (s *rowSet[R]) set(i int, row *R, from origin) {
	s.list[i], s.origins[i] = *row, from
}

func (s *rowSet[R]) name() string        { return s.table.name }
func (s *rowSet[R]) count() int          { return len(s.list) }
func (s *rowSet[R]) origin(i int) origin { return s.origins[i] }
func (s *rowSet[R]) statement() string   { return into("", s.table.name, s.table.columns) }

func (s *rowSet[R]) columns() []string {
	return pick(s.table.columns, func(c column[R]) string { return c.name })
}

func (s *rowSet[R]) kinds() []string {
	return pick(s.table.columns, func(c column[R]) string { return c.kind })
}

// insert leaves out columns that hold nothing but defaults: most records use few
// of the many columns, and an absent one costs neither side anything.
func (s *rowSet[R]) insert(ctx context.Context, conn driver.Conn, db string, lo, hi int) error {
	list := s.list[lo:hi]
	var used []column[R]
	for i, c := range s.table.columns {
		if i == 0 || c.used(list) {
			used = append(used, c)
		}
	}
	batch, err := conn.PrepareBatch(ctx, into("`"+db+"`.", s.table.name, used))
	if err != nil {
		return fmt.Errorf("prepare insert into %s: %w", s.table.name, err)
	}
	defer func() { _ = batch.Close() }() // nothing left to do after Send; gives the connection back before it
	for i, c := range used {
		if err := batch.Column(i).Append(c.values(list)); err != nil {
			return fmt.Errorf("append column %s of %s: %w", c.name, s.table.name, err)
		}
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("insert into %s: %w", s.table.name, err)
	}
	return nil
}

func into[R any](db, table string, columns []column[R]) string {
	names := pick(columns, func(c column[R]) string { return "`" + c.name + "`" })
	return "INSERT INTO " + db + "`" + table + "` (" + strings.Join(names, ", ") + ")"
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
