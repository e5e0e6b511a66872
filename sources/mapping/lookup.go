package mapping

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"

	"gopkg.in/yaml.v3"

	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/file"
	"github.com/tierwatch/tierwatch/sources/mapping/jsonscan"
)

// table is a lookup: a file held in memory, one row a key.
type table struct {
	name    string
	columns []string
	rows    map[string][][]byte
}

func tableNames(tables map[string]*table) []string {
	names := make([]string, 0, len(tables))
	for n := range tables {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// lookups loads the tables; a row that contradicts an earlier one of its key is
// a problem unless the mapping says which counts.
func (c *compiler) lookups(n *yaml.Node) {
	for _, kv := range pairs(n) {
		c.lookup(kv.key.Value, kv.value, "lookups."+kv.key.Value)
	}
}

// lookup compiles one and reads its file, which is a file like a mapping's own: with
// its own columns. A problem of what is said of it does not hide that it is missing.
func (c *compiler) lookup(name string, n *yaml.Node, at string) {
	sub := &compiler{file: c.file, plain: true, slots: map[string]int{}, style: c.style, program: &Program{fileName: c.file}}
	sub.format(get(n, "format"), at+".format")
	load := &tableLoad{c: sub, key: sub.fromText(get(n, "key"), at+".key"), duplicates: text(get(n, "duplicates"))}
	t := &table{name: name, rows: map[string][][]byte{}}
	for _, v := range items(get(n, "values")) {
		t.columns = append(t.columns, text(v))
		load.values = append(load.values, sub.column(v, at+".values", text(v)))
	}
	if w := get(n, "where"); w != nil {
		load.where = sub.when(w, at+".where")
	}
	c.tables[name] = t
	if path := text(get(n, "file")); path != "" {
		err := c.load(load, t, c.find(path))
		if err == nil && len(t.rows) == 0 && load.left > 0 {
			sub.bad(get(n, "where"), at+".where", "leaves out all %d rows of the file: look how its values are written", load.left)
		}
		if missing, ok := errors.AsType[Problems](err); ok {
			sub.problems = append(sub.problems, missing...)
		} else if err != nil {
			sub.bad(get(n, "file"), at+".file", "%v", err)
		}
	}
	c.problems = append(c.problems, sub.problems...)
}

func (c *compiler) load(l *tableLoad, t *table, path string) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("%w; it is looked for beside the mapping, then beside the data", err)
	}
	if len(l.c.problems) > 0 {
		return nil
	}
	err := l.run(t, path)
	if _, damaged := errors.AsType[*file.Error](err); damaged {
		return fmt.Errorf("%w; look whether the lookup's format names its separator, header and encoding", err)
	}
	return err
}

// find is the first place where a lookup file is, else the first where it might
// be, for the error.
func (c *compiler) find(path string) string {
	if filepath.IsAbs(path) || len(c.dirs) == 0 {
		return path
	}
	for _, dir := range c.dirs {
		if _, err := os.Stat(filepath.Join(dir, path)); err == nil {
			return filepath.Join(dir, path)
		}
	}
	return filepath.Join(c.dirs[0], path)
}

type tableLoad struct {
	c          *compiler
	key        source
	values     []int
	where      when
	duplicates string
	// left counts the rows that where leaves out.
	left int
}

func (l *tableLoad) run(t *table, path string) error {
	r, err := file.Open(path, l.c.program.Format)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // only read
	l.c.finish()
	m := &Mapper{program: l.c.program, values: make([]jsonscan.Value, len(l.c.program.columns)+extraSlots), max: l.c.program.Format.MaxBytes}
	if l.c.json {
		m.scanner = l.c.program.plan.Scanner(extraSlots)
		m.values = m.scanner.Values
	} else if err := m.Bind(r.Header()); err != nil {
		return err
	}
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := l.add(t, m, &row); err != nil {
			return fmt.Errorf("%s line %d: %w", row.Name, row.Position, err)
		}
	}
}

func (l *tableLoad) add(t *table, m *Mapper, row *event.Row) error {
	rej := row.Bad
	if rej == nil {
		rej = m.read(row)
	}
	if rej != nil {
		return rej
	}
	ok, rej := l.where.holds(m.values)
	if rej != nil {
		return rej
	}
	key, _, rej := m.source(&l.key, "key")
	if rej != nil {
		return rej
	}
	if !ok {
		l.left++
	}
	if !ok || blank(key) {
		return nil
	}
	fields := make([][]byte, len(l.values))
	same := true
	old, twice := t.rows[string(key.Bytes)]
	for i, slot := range l.values {
		fields[i] = append([]byte(nil), textOf(m.values[slot])...)
		same = same && twice && string(old[i]) == string(fields[i])
	}
	switch {
	case !twice || l.duplicates == "last":
		t.rows[string(key.Bytes)] = fields
	case same || l.duplicates == "first":
	default:
		return fmt.Errorf("the key %q has two rows that differ; say where, or duplicates: first or last", key.Bytes)
	}
	return nil
}
