package logrows

import (
	"context"
	"fmt"
)

// unsure is a text that may be any.
const unsure = "\x00"

// keyed is a comparison of rows that stand for many records: one for each entity E.
type keyed[E any] struct {
	where string
	cells []cell
	// query gives two parts of a key, the offset of the newest record, and texts; it takes
	// what the texts are, and the partition.
	query string
	// want are the entities, by both parts of the key with a zero byte between.
	want map[string]E
	// of is an entity's row: its newest offset and its texts; nil: it has none.
	of func(E) (int64, []string)
	// told: what came before the beginning of the comparison is in want too, so that rows
	// are compared whole.
	told bool
	// label gives customer and name of a key.
	label func(a, b string) (customer, name string)
}

// compareKeyed returns how many rows there should be. What came before the beginning of
// the comparison or after its end is in a row too: then it is only seen that the row is
// there and not older than it must be.
func compareKeyed[E any](ctx context.Context, p *Partition, k keyed[E]) (int64, error) {
	seen := map[string]bool{}
	tell := func(a, b string, offset int64, what string) {
		customer, name := k.label(a, b)
		p.found(k.where, offset, customer, "%s: %s", name, what)
	}
	rows, err := p.o.Conn.Query(ctx, fmt.Sprintf(k.query, texts(k.cells), p.o.Partition))
	if err != nil {
		return 0, fmt.Errorf("compare %s: %w", k.where, err)
	}
	defer rows.Close()
	for rows.Next() {
		var a, b string
		var offset int64
		var have []string
		if err := rows.Scan(&a, &b, &offset, &have); err != nil {
			return 0, fmt.Errorf("compare %s: %w", k.where, err)
		}
		key := accountKey(a, b)
		if seen[key] {
			tell(a, b, offset, "the row is there twice")
		} else if at, what := k.differs(p, key, offset, have); what != "" {
			tell(a, b, at, what)
		}
		seen[key] = true
	}
	if err := rows.Err(); err != nil {
		return 0, fmt.Errorf("compare %s: %w", k.where, err)
	}
	n := int64(0)
	for key, e := range k.want {
		newest, want := k.of(e)
		if want == nil {
			continue
		}
		if n++; !seen[key] {
			a, b := parts(key)
			tell(a, b, newest, "a row is missing")
		}
	}
	return n, nil
}

// differs says what of a row is not as the log says, and at which offset.
func (k *keyed[E]) differs(p *Partition, key string, offset int64, have []string) (int64, string) {
	var newest int64
	var want []string
	if e, ok := k.want[key]; ok {
		newest, want = k.of(e)
	}
	within := offset >= p.o.From && offset < p.o.End
	switch {
	case want == nil && within:
		return offset, "the log gives no such row"
	case want == nil:
		return 0, ""
	case offset < newest:
		return newest, fmt.Sprintf("the row is of offset %d, the newest record is missing in it", offset)
	case within && offset > newest:
		return offset, fmt.Sprintf("the row is of offset %d, the newest record is at %d", offset, newest)
	case !k.told && (!within || p.o.From > 0), offset >= p.o.End:
		return 0, ""
	}
	for i, text := range want {
		if text == unsure {
			have[i] = unsure
		}
	}
	if what := differing(k.cells, have, want); what != "" {
		return offset, "the row is not what the log says: " + what
	}
	return 0, ""
}

func parts(key string) (a, b string) {
	for i := range len(key) {
		if key[i] == 0 {
			return key[:i], key[i+1:]
		}
	}
	return key, ""
}
