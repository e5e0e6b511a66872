package logrows

import (
	"strings"
)

// table says what rows of a table a record M of the log makes.
type table[M any] struct {
	name    string
	columns []column[M]
	// apart are columns that are not compared.
	apart []string
	// view shows the rows to people; empty: a view of another kind does.
	view string
	// part: the view leaves rows out.
	part bool
	// viewColumns are what is compared in the view; nil: columns.
	viewColumns []column[M]
	// key is the column that tells rows of one record apart.
	key string
	// everywhere: the table has no column partition, it holds rows of partition 0.
	everywhere bool
}

// cell is a column in SQL.
type cell struct{ name, sql string }

// shape is a table of any kind of record.
type shape struct {
	name, view, key  string
	part, everywhere bool
	cells, viewCells []cell
	apart            []string
}

func (t *table[M]) shape() shape {
	s := shape{
		name: t.name, view: t.view, key: t.key, part: t.part, everywhere: t.everywhere,
		cells: cellsOf(t.columns), viewCells: cellsOf(t.viewColumns), apart: t.apart,
	}
	if t.viewColumns == nil {
		s.viewCells = s.cells
	}
	return s
}

func cellsOf[M any](columns []column[M]) []cell {
	list := make([]cell, len(columns))
	for i, c := range columns {
		list[i] = cell{c.name, c.sql}
	}
	return list
}

// shapes are the tables whose rows are compared one by one.
func shapes() []shape {
	return []shape{
		events.shape(), accountFacts.shape(), openingBalances.shape(), customerFacts.shape(), rmAssignments.shape(),
		creditStatus.shape(), complaints.shape(), rmActions.shape(), tierSeeds.shape(), tierOverrides.shape(),
		controls.shape(), rates.shape(),
	}
}

// Tables are the columns compared of each table that this package compares, and the
// columns that it leaves out. Partition and offset are a row's place.
func Tables() map[string][]string {
	all := map[string][]string{
		"accounts_raw": append([]string{"customer_id", "account_id", "partition", "last_offset"}, accountCells.named()...),
		"tiers_raw":    tierColumns,
	}
	for _, s := range shapes() {
		names := append([]string{"partition", "offset"}, s.apart...)
		for _, c := range s.cells {
			names = append(names, c.name)
		}
		all[s.name] = names
	}
	return all
}

// hashed is a row's texts as one hash, in SQL.
func hashed(list []cell) string {
	sql := make([]string, len(list))
	for i, c := range list {
		sql[i] = c.sql
	}
	return "xxHash64(concatWithSeparator('" + separator + "', " + strings.Join(sql, ", ") + "))"
}

// texts are a row's texts as a list, in SQL.
func texts(list []cell) string {
	sql := make([]string, len(list))
	for i, c := range list {
		sql[i] = c.sql
	}
	return "[" + strings.Join(sql, ", ") + "]"
}

// appendRow is what hashed hashes, of a record.
func appendRow[M any](to []byte, columns []column[M], m *M) []byte {
	for i := range columns {
		if i > 0 {
			to = append(to, separator...)
		}
		to = columns[i].put(to, m)
	}
	return to
}

// textsOf is what texts lists, of a record.
func textsOf[M any](columns []column[M], m *M) []string {
	list := make([]string, len(columns))
	for i := range columns {
		list[i] = string(columns[i].put(nil, m))
	}
	return list
}

// differing says which columns are not as the log says.
func differing(list []cell, have, want []string) string {
	var parts []string
	for i, c := range list {
		if i < len(have) && i < len(want) && have[i] != want[i] {
			parts = append(parts, c.name+" is "+shown(have[i])+", the log says "+shown(want[i]))
		}
	}
	return strings.Join(parts, "; ")
}

func shown(text string) string {
	if text == "" {
		return "empty"
	}
	return strings.ReplaceAll(text, listSeparator, "/")
}
