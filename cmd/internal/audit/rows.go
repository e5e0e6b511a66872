package audit

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// rows are what ClickHouse must hold of a partition.
type rows struct {
	views     map[clickhouse.View][]row
	customers map[string]uint32
	names     []string
}

// row is one expected row of a view, small: there may be millions.
type row struct {
	key      uint64 // of customer and key
	version  uint64
	hash     uint64
	day      uint32 // the greater half of the version
	customer uint32
}

// Parts of a row version (semantics 2).
const (
	offsetBits = 40
	subBits    = 8
)

func (r *row) offset() int64 { return int64(r.version >> subBits & (1<<offsetBits - 1)) }

func (r *row) sub() uint8 { return uint8(r.version) }

func (r *rows) expect(id topics.ID, o *fold.Output) error {
	if o.Kind == fold.KindDeadLetter {
		return nil
	}
	list, err := clickhouse.Expect(id, o.Value)
	if err != nil {
		return err
	}
	if r.views == nil {
		r.views, r.customers = map[clickhouse.View][]row{}, map[string]uint32{}
	}
	for i := range list {
		e := &list[i]
		n, ok := r.customers[e.Customer]
		if !ok {
			n = uint32(len(r.names))
			name := strings.Clone(e.Customer)
			r.customers[name] = n
			r.names = append(r.names, name)
		}
		r.views[e.View] = append(r.views[e.View], row{
			key: keyOf(e.Customer, e.Key), version: e.Version[1], hash: e.Hash, day: uint32(e.Version[0]), customer: n,
		})
	}
	return nil
}

func keyOf(customer, key string) uint64 { return xxhash.Sum64String(customer + "\x00" + key) }

// newest keeps of each key the row with the greatest version, sorted by key.
func newest(list []row) []row {
	slices.SortFunc(list, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(b.day, a.day), cmp.Compare(b.version, a.version))
	})
	return slices.CompactFunc(list, func(a, b row) bool { return a.key == b.key })
}

// compareRows compares every audited view with what the partition's outputs make
// of it.
func (p *partition) compareRows(ctx context.Context) error {
	for _, view := range clickhouse.Views() {
		list := newest(p.rows.views[view])
		delete(p.rows.views, view)
		if err := p.compareView(ctx, view, list); err != nil {
			return err
		}
		p.a.report.Rows[string(view)] += int64(len(list))
	}
	return nil
}

func (p *partition) compareView(ctx context.Context, view clickhouse.View, list []row) error {
	seen := make([]bool, len(list))
	at := func(d Difference) Difference {
		d.Where, d.Partition = "table "+string(view), p.id
		return d
	}
	for e, err := range p.a.rows.PartitionEntries(ctx, view, uint16(p.id)) {
		if err != nil {
			return fmt.Errorf("compare %s: %w", view, err)
		}
		i, ok := slices.BinarySearchFunc(list, keyOf(e.Customer, e.Key), func(r row, key uint64) int { return cmp.Compare(r.key, key) })
		after := int64(e.Offset) >= p.end // a record after the end of the audit
		before := int64(e.Offset) < p.from
		switch {
		case !ok && (after || before):
		case before && e.Day > list[i].day: // a day written again since does not hide a later one
		case !ok:
			p.a.found.add(at(Difference{Offset: int64(e.Offset), Customer: e.Customer, What: "the log gives no row " + e.Key}))
		case seen[i]:
			p.a.found.add(at(Difference{Offset: int64(e.Offset), Customer: e.Customer, What: "row " + e.Key + " is there twice"}))
		case list[i].hash != e.Hash && !after:
			p.a.found.add(at(Difference{Offset: int64(e.Offset), Customer: e.Customer, What: "row " + e.Key + " is not what the log gives"}))
		}
		if ok {
			seen[i] = true
		}
	}
	for i, ok := range seen {
		if !ok {
			p.a.found.add(at(Difference{Offset: list[i].offset(), Customer: p.rows.names[list[i].customer], What: fmt.Sprintf("a row is missing (sub-index %d)", list[i].sub())}))
		}
	}
	return nil
}
