package logrows

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/cespare/xxhash/v2"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// settings let a question about a piece of the log read no other column of other pieces,
// through views and FINAL too. It is safe: partition and offset are in the keys.
const settings = " SETTINGS optimize_move_to_prewhere_if_final = 1"

// relation is a table with its repeats merged away, or a view of it.
type relation struct {
	name, from string
	view       bool
	cells      []cell
}

func (p *Partition) relations(e *expected) []relation {
	list := []relation{{"table " + e.name, p.named(e.name) + " FINAL", false, e.cells}}
	if e.view != "" {
		list = append(list, relation{"view " + e.view, p.named(e.view), true, e.viewCells})
	}
	return list
}

func (p *Partition) named(table string) string { return "`" + p.o.Database + "`.`" + table + "`" }

// place is where a row comes from.
type place struct {
	offset int64
	key    uint64
}

// outcome is what was said of the table already, and so need not be said of its view.
type outcome struct {
	wrong []bool // by row: missing or other
	extra map[place]bool
}

// look compares the rows of a table, and of its view, up to an offset, and forgets them.
func (p *Partition) look(ctx context.Context, e *expected, before int64) error {
	slices.SortFunc(e.rows, func(a, b row) int { return cmp.Or(cmp.Compare(a.offset, b.offset), cmp.Compare(a.key, b.key)) })
	told := outcome{make([]bool, len(e.rows)), map[place]bool{}}
	for _, r := range p.relations(e) {
		if err := p.compare(ctx, e, r, before, &told); err != nil {
			return fmt.Errorf("compare %s: %w", r.name, err)
		}
	}
	e.rows, e.from = e.rows[:0], before
	return nil
}

func (p *Partition) compare(ctx context.Context, e *expected, r relation, before int64, told *outcome) error {
	seen := make([]bool, len(e.rows))
	err := p.each(ctx, e, r, before, func(at place, hash uint64) {
		i, ok := slices.BinarySearchFunc(e.rows, at, func(r row, at place) int {
			return cmp.Or(cmp.Compare(r.offset, at.offset), cmp.Compare(r.key, at.key))
		})
		if !ok {
			if !told.extra[at] {
				p.found(r.name, at.offset, "", "the log gives no such row")
			}
			told.extra[at] = true
			return
		}
		want := e.rows[i].hash
		if r.view {
			want = e.rows[i].view
			e.shown.Add(at.offset)
		}
		switch {
		case seen[i]:
			p.found(r.name, at.offset, p.whose(ctx, at.offset), "the row is there twice")
		case hash != want && !told.wrong[i]:
			told.wrong[i] = true
			p.differs(ctx, e, r, at)
		}
		seen[i] = true
	})
	if err != nil {
		return err
	}
	for i, ok := range seen {
		if ok || told.wrong[i] || r.view && e.part {
			continue
		}
		told.wrong[i] = true
		e.lost.Add(e.rows[i].offset)
		p.found(r.name, e.rows[i].offset, p.whose(ctx, e.rows[i].offset), "a row is missing")
	}
	return nil
}

// where is the piece of the log that a window stands for.
func (p *Partition) where(e *expected, from, before int64) string {
	piece := fmt.Sprintf(" WHERE offset >= %d AND offset < %d", from, before)
	if !e.everywhere {
		piece += fmt.Sprintf(" AND partition = %d", p.o.Partition)
	}
	return piece
}

// each calls take for every row of a window, in no order.
func (p *Partition) each(ctx context.Context, e *expected, r relation, before int64, take func(at place, hash uint64)) error {
	key := "toUInt64(0)"
	if e.key != "" {
		key = "xxHash64(toString(" + e.key + "))"
	}
	rows, err := p.o.Conn.Query(ctx, "SELECT toInt64(offset), "+key+", "+hashed(r.cells)+" FROM "+r.from+p.where(e, e.from, before)+settings)
	if err != nil {
		return fmt.Errorf("read rows: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var at place
		var hash uint64
		if err := rows.Scan(&at.offset, &at.key, &hash); err != nil {
			return fmt.Errorf("read rows: %w", err)
		}
		take(at, hash)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read rows: %w", err)
	}
	return nil
}

// capture takes what a record says of one table, as texts.
type capture struct {
	table      string
	key        uint64
	have, view []string
}

func (c *capture) offer(table, key string, texts func() (have, view []string)) {
	hash := uint64(0)
	if key != "" {
		hash = xxhash.Sum64String(key)
	}
	if table == c.table && hash == c.key {
		c.have, c.view = texts()
	}
}

// again reads a record of the log again; nil when enough was looked into.
func (p *Partition) again(ctx context.Context, offset int64) *pb.LogRecord {
	if p.details--; p.details < 0 || p.o.Record == nil {
		return nil
	}
	r, err := p.o.Record(ctx, offset)
	if err != nil {
		return nil // the difference is told all the same
	}
	return r
}

// differs tells what of a row is not as the log says.
func (p *Partition) differs(ctx context.Context, e *expected, r relation, at place) {
	const plain = "the row is not what the log says"
	rec := p.again(ctx, at.offset)
	if rec == nil {
		p.found(r.name, at.offset, "", plain)
		return
	}
	c := &capture{table: e.name, key: at.key}
	(&Partition{o: Options{Partition: p.o.Partition}, capture: c}).take(at.offset, rec)
	want := c.have
	if r.view {
		want = c.view
	}
	key := ""
	if e.key != "" {
		key = fmt.Sprintf(" AND xxHash64(toString(%s)) = %d", e.key, at.key)
	}
	var have []string
	err := p.o.Conn.QueryRow(ctx, "SELECT "+texts(r.cells)+" FROM "+r.from+p.where(e, at.offset, at.offset+1)+key+settings).Scan(&have)
	if what := differing(r.cells, have, want); err == nil && what != "" {
		p.found(r.name, at.offset, customerOf(rec), "%s: %s", plain, what)
		return
	}
	p.found(r.name, at.offset, customerOf(rec), plain)
}

// whose is the customer of a record, empty if it is nobody's or not looked for.
func (p *Partition) whose(ctx context.Context, offset int64) string {
	if r := p.again(ctx, offset); r != nil {
		return customerOf(r)
	}
	return ""
}

// customerOf is the customer that a record is about.
func customerOf(r *pb.LogRecord) string {
	for _, about := range []interface{ GetCustomerId() string }{
		r.Transaction, r.Profile, r.Lifecycle, r.Rm, r.Credit, r.Complaint, r.RmAction, r.Balance, r.Seed, r.Override,
	} {
		if id := about.GetCustomerId(); id != "" {
			return id
		}
	}
	return ""
}
