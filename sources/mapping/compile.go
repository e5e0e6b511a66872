package mapping

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/file"
	"github.com/tierwatch/tierwatch/sources/internal/decimal"
	"github.com/tierwatch/tierwatch/sources/mapping/jsonscan"
)

// Load compiles a mapping file. Its lookup files are looked for in its own
// directory, then in the others, such as that of the data.
func Load(path string, others ...string) (*Program, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open mapping: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	text, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("read mapping %s: %w", path, err)
	}
	return Compile(path, text, append([]string{filepath.Dir(path)}, others...)...)
}

// Compile compiles the text of a mapping; name stands in the problems, lookup
// files are looked for in dirs, in their order. The error is Problems: all there
// are.
func Compile(name string, text []byte, dirs ...string) (*Program, error) {
	c := &compiler{
		file: name, dirs: dirs, slots: map[string]int{}, tables: map[string]*table{}, style: decimal.Plain,
		program: &Program{fileName: name},
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, yamlProblems(name, text, err)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, Problems{{File: name, Line: 1, Col: 1, Field: "mapping", What: "the file is empty"}}
	}
	root := doc.Content[0]
	checkSchema(&c.problems, name, root)
	c.compile(root)
	if err := c.problems.sorted(); err != nil {
		return nil, err
	}
	return c.program, nil
}

// compiler collects columns and problems on the way through the YAML. It is
// tolerant of shapes that checkSchema reported.
type compiler struct {
	file     string
	dirs     []string
	problems Problems
	program  *Program
	slots    map[string]int
	tables   map[string]*table
	style    decimal.Style
	json     bool
	source   *yaml.Node
	// plain forbids $line and the like, which a lookup's rows do not have.
	plain bool
}

// extraBase marks the slots of $line and the like until finish moves them behind
// the columns'.
const extraBase = 1 << 20

func (c *compiler) bad(n *yaml.Node, field, format string, args ...any) {
	c.problems.add(c.file, n, field, fmt.Sprintf(format, args...))
}

// lacks reports what is missing beside a node, whose value is not at fault.
func (c *compiler) lacks(beside *yaml.Node, field, format string, args ...any) {
	c.bad(&yaml.Node{Line: beside.Line, Column: beside.Column}, field, format, args...)
}

func (c *compiler) compile(root *yaml.Node) {
	p := c.program
	p.Name = text(get(root, "mapping"))
	p.Version = int(integer(get(root, "version"), 1))
	c.zone(get(root, "zone"))
	c.source = get(root, "source")
	c.format(get(root, "format"), "format")
	c.style = c.numbers(get(root, "numbers"), "numbers", c.style)
	c.lookups(get(root, "lookups"))
	p.first = text(get(root, "select")) == "first"
	c.marker(get(root, "end_of_day"))
	c.rules(get(root, "rules"))
	for i, n := range items(get(root, "records")) {
		c.record(n, fmt.Sprintf("records[%d]", i))
	}
	c.finish()
}

// zone checks the zone of local times.
func (c *compiler) zone(n *yaml.Node) {
	c.program.Zone = text(n)
	if c.program.Zone == "" {
		return
	}
	if _, err := event.NewCalendar(c.program.Zone, "", sampleBase); err != nil {
		c.bad(n, "zone", "want a zone of the IANA database, as Asia/Shanghai")
	}
}

// finish numbers the slots and makes the scanner's plan.
func (c *compiler) finish() {
	p := c.program
	base := len(p.columns)
	move := func(slot *int) {
		if *slot >= extraBase {
			*slot += base - extraBase
		}
	}
	moveWhen := func(w when) {
		for _, tests := range w {
			for i := range tests {
				move(&tests[i].slot)
			}
		}
	}
	var moveSource func(s *source)
	moveSource = func(s *source) {
		if s.kind == fromSlot {
			move(&s.slot)
		}
		for i := range s.parts {
			move(&s.parts[i].slot)
		}
		for i := range s.factors {
			move(&s.factors[i].slot)
		}
		for i := range s.cases {
			moveWhen(s.cases[i].when)
		}
		if s.key != nil {
			moveSource(s.key)
		}
	}
	if p.marker != nil {
		moveWhen(p.marker.when)
		moveSource(&p.marker.day.src)
	}
	for i := range p.rules {
		moveWhen(p.rules[i].when)
	}
	for i := range p.outputs {
		moveWhen(p.outputs[i].when)
		for j := range p.outputs[i].ops {
			o := &p.outputs[i].ops[j]
			o.plain = o.src.kind == fromSlot && o.src.slot < extraBase && o.dict == nil && o.blank == nil && !o.required
			moveSource(&o.src)
			p.outputs[i].short = append(p.outputs[i].short, p.shorten(o))
		}
	}
	if c.json {
		for i := range p.outputs {
			p.outputs[i].index(base + extraSlots)
		}
		paths := make([]string, len(p.columns))
		for i := range p.columns {
			paths[i] = p.columns[i].name
		}
		p.plan = jsonscan.Compile(paths)
	}
}

// column gives a column its slot.
func (c *compiler) column(n *yaml.Node, field, name string) int {
	name = strings.TrimSpace(name)
	if strings.HasPrefix(name, "$") {
		if extra, ok := extraNames[name]; ok && !c.plain {
			c.program.extras = true
			return extraBase + extra
		}
		c.bad(n, field, "no such thing as %s; there are $line, $number, $file and $partition", name)
		return 0
	}
	if name == "" {
		c.bad(n, field, "want the name of a column")
		return 0
	}
	if slot, ok := c.slots[name]; ok {
		return slot
	}
	if strings.Contains(name, "..") || c.json && strings.Trim(name, ".") != name {
		c.bad(n, field, "want a path of keys, as a.b.c")
	}
	if cols := c.program.Format.Columns; c.program.Format.NoHeader && !slices.Contains(cols, name) {
		c.bad(n, field, "no column %q; %s.columns names %q%s", name, c.program.formatField, cols, didYouMean(name, cols))
	}
	slot := len(c.program.columns)
	c.slots[name] = slot
	c.program.columns = append(c.program.columns, column{name: name, place: n, field: field})
	return slot
}

func (c *compiler) format(n *yaml.Node, at string) {
	f := &c.program.Format
	c.program.formatAt, c.program.formatField = n, at
	switch kind := text(get(n, "type")); kind {
	case "json", "jsonl":
		c.json = true
		f.Kind = file.JSONL
	case "parquet":
		f.Kind = file.Parquet
	default:
		f.Kind = file.CSV
	}
	if s := get(n, "separator"); s != nil {
		c.program.formatAt = s
		v := text(s)
		if v == "tab" || v == `\t` {
			v = "\t"
		}
		if len(v) != 1 || v == "\"" || v == "\n" || v == "\r" {
			c.bad(s, at+".separator", "want one ASCII character other than a quote, or tab%s", separatorNear(v))
		} else {
			f.Separator = v[0]
		}
	}
	f.NoHeader = text(get(n, "header")) == "false"
	for _, col := range items(get(n, "columns")) {
		f.Columns = append(f.Columns, text(col))
	}
	if f.NoHeader && len(f.Columns) == 0 && f.Kind == file.CSV {
		c.bad(get(n, "header"), at+".header", "a file without header needs columns beside it")
	}
	if e := text(get(n, "encoding")); e != "utf-8" {
		f.Encoding = e
	}
	f.MaxBytes = int(integer(get(n, "max_bytes"), event.DefaultMaxBytes))
	c.program.trim = f.Kind == file.CSV && text(get(n, "trim")) != "false"
}

func (c *compiler) numbers(n *yaml.Node, field string, style decimal.Style) decimal.Style {
	if d := get(n, "decimal"); d != nil {
		if v := text(d); v == "." || v == "," {
			style.Point = v[0]
		} else {
			c.bad(d, field+".decimal", "want \".\" or \",\"")
		}
	}
	if t := get(n, "thousands"); t != nil {
		switch v := text(t); {
		case v == "":
			style.Thousands = 0
		case len(v) == 1 && strings.Contains(",.' _", v):
			style.Thousands = v[0]
		default:
			c.bad(t, field+".thousands", "want one of . , ' _ and a space, or nothing")
		}
	}
	if style.Thousands == style.Point {
		c.bad(n, field, "decimal and thousands separator are the same")
	}
	return style
}

func (c *compiler) rules(n *yaml.Node) {
	for i, r := range items(n) {
		at := fmt.Sprintf("rules[%d]", i)
		var out rule
		for name, v := range map[string]verb{"drop_when": drop, "keep_when": keep, "reject_when": reject} {
			if w := get(r, name); w != nil {
				out.verb = v
				out.when = c.when(w, at+"."+name)
			}
		}
		out.reason = text(get(r, "reason"))
		if out.verb == reject {
			out.reject = event.Reject{
				Cause: event.Cause(text(get(r, "cause"))), Field: text(get(r, "field")), Detail: "rejected by " + at + " of the mapping",
			}
		}
		c.program.rules = append(c.program.rules, out)
	}
}

// record compiles one output.
func (c *compiler) record(n *yaml.Node, at string) {
	name := text(get(n, "record"))
	kind := event.KindOf(name)
	if kind == 0 {
		c.bad(get(n, "record"), at+".record", "%s", oneOf(name, event.Kinds))
		return
	}
	out := output{kind: kind}
	if w := get(n, "when"); w != nil {
		out.when = c.when(w, at+".when")
	}
	b := &recordCompiler{compiler: c, kind: kind, at: at, node: n, mapped: map[string]bool{}, preset: map[string]bool{}}
	b.constants()
	for _, kv := range pairs(get(n, "fields")) {
		b.field(kv.key, kv.value)
	}
	if text(get(n, "canonical")) == "true" {
		b.canonical()
	}
	b.required()
	b.checkConstants()
	sort.SliceStable(b.ops, func(i, j int) bool { return b.ops[i].order < b.ops[j].order })
	for i := range b.ops {
		out.ops = append(out.ops, b.ops[i].op)
	}
	c.program.outputs = append(c.program.outputs, out)
}
