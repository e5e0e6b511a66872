package mapping

import (
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/internal/decimal"
	"github.com/tierwatch/tierwatch/sources/internal/words"
	"github.com/tierwatch/tierwatch/sources/mapping/jsonscan"
)

func stringValue(s string) jsonscan.Value {
	return jsonscan.Value{Kind: jsonscan.String, Bytes: []byte(s)}
}

// sourceOf compiles where a field's value comes from: a column or template as a
// plain scalar, or one of from, const, product, cases and lookup.
func (b *recordCompiler) sourceOf(o *op, n *yaml.Node, at string) source {
	if n.Kind == yaml.ScalarNode {
		s := b.fromText(n, at)
		if s.kind == fromSlot && s.slot < len(b.program.columns) {
			b.program.columns[s.slot].word = vocabulary(o.field, text(n))
		}
		return s
	}
	var given []string
	for _, k := range []string{"from", "const", "product", "cases", "lookup"} {
		if get(n, k) != nil {
			given = append(given, k)
		}
	}
	if len(given) != 1 {
		b.bad(n, at, "want exactly one of from, const, product, cases and lookup; there is %s", orNone(given))
		return source{kind: fromConst, other: &literal{}}
	}
	switch given[0] {
	case "const":
		lit := b.literal(o, get(n, "const"), at+".const")
		return source{kind: fromConst, other: &lit}
	case "product":
		return b.product(o, get(n, "product"), at+".product")
	case "cases":
		return b.cases(o, n, at)
	case "lookup":
		return b.lookupSource(o, n, at)
	}
	return b.fromText(get(n, "from"), at+".from")
}

// vocabulary tells whether a text is a word that a field may hold.
func vocabulary(f *event.Field, word string) bool {
	if f.Enum != nil {
		_, ok := f.Enum.Number([]byte(word))
		return ok
	}
	_, ok := event.MinorUnits(word)
	return ok && (f.Name == "currency" || f.Name == "unit")
}

func orNone(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

// fromText is a column, or a template if there are braces in it.
func (c *compiler) fromText(n *yaml.Node, at string) source {
	v := text(n)
	if !strings.ContainsAny(v, "{}") {
		return source{kind: fromSlot, slot: c.column(n, at, v)}
	}
	s := source{kind: fromTemplate}
	columns := 0
	for v != "" {
		open := strings.IndexByte(v, '{')
		if open < 0 {
			open = len(v)
		}
		if open > 0 {
			if strings.IndexByte(v[:open], '}') >= 0 {
				c.bad(n, at, "a closing brace without an opening one")
			}
			s.parts = append(s.parts, part{text: v[:open], slot: -1})
			v = v[open:]
			continue
		}
		end := strings.IndexByte(v, '}')
		if end < 0 {
			c.bad(n, at, "an opening brace without a closing one")
			return s
		}
		if strings.IndexByte(v[1:end], '{') >= 0 {
			c.bad(n, at, "an opening brace without a closing one")
			return s
		}
		s.parts = append(s.parts, part{slot: c.column(n, at, v[1:end])})
		columns++
		v = v[end+1:]
	}
	if columns == 0 {
		c.bad(n, at, "a template without a column; write {const: ...}")
	}
	return s
}

func (b *recordCompiler) product(o *op, n *yaml.Node, at string) source {
	switch o.field.Type {
	case event.Money, event.BaseMoney, event.Units, event.Int:
	default:
		b.bad(n, at, "%s is no number", o.field.Name)
	}
	s := source{kind: fromProduct}
	for _, f := range items(n) {
		v := text(f)
		if d, err := decimal.Parse([]byte(v), decimal.Plain); err == nil {
			s.factors = append(s.factors, factor{slot: -1, value: d, text: v})
			continue
		}
		s.factors = append(s.factors, factor{slot: b.column(f, at, v)})
	}
	if len(s.factors) < 2 {
		b.bad(n, at, "want two factors or more: columns or numbers")
	}
	return s
}

func (b *recordCompiler) cases(o *op, n *yaml.Node, at string) source {
	s := source{kind: fromCases}
	for i, c := range items(get(n, "cases")) {
		place := at + ".cases[" + strconv.Itoa(i) + "]"
		w := get(c, "when")
		if w == nil {
			b.bad(c, place, "a case needs when and then")
			continue
		}
		s.cases = append(s.cases, oneCase{b.when(w, place+".when"), b.literal(o, get(c, "then"), place+".then")})
	}
	if e := get(n, "else"); e != nil && text(e) != "reject" {
		lit := b.literal(o, e, at+".else")
		s.other = &lit
	}
	s.strict = s.other == nil && (o.required || get(n, "else") != nil)
	return s
}

func (b *recordCompiler) lookupSource(o *op, n *yaml.Node, at string) source {
	name := get(n, "lookup")
	t := b.tables[text(name)]
	if t == nil {
		b.bad(name, at+".lookup", "no such lookup: define it under lookups at the top, which has %s%s",
			orNone(tableNames(b.tables)), didYouMean(text(name), tableNames(b.tables)))
		return source{kind: fromConst, other: &literal{}}
	}
	s := source{kind: fromLookup, table: t, blank: o.blank != nil || text(get(n, "missing")) == "blank"}
	key := get(n, "key")
	if key == nil {
		b.bad(n, at+".key", "say the column whose value is looked up")
		return s
	}
	k := b.fromText(key, at+".key")
	s.key = &k
	col := get(n, "column")
	switch {
	case col == nil && len(t.columns) == 1:
	case col == nil:
		b.bad(n, at+".column", "say which: %s", strings.Join(t.columns, ", "))
	default:
		s.column = -1
		for i, c := range t.columns {
			if c == text(col) {
				s.column = i
			}
		}
		if s.column < 0 {
			b.bad(col, at+".column", "the lookup's values are only %s%s", strings.Join(t.columns, ", "), didYouMean(text(col), t.columns))
			s.column = 0
		}
	}
	return s
}

// when compiles a condition: a mapping (all hold) or a list of them (any).
func (c *compiler) when(n *yaml.Node, at string) when {
	n = resolve(n)
	if n != nil && n.Kind == yaml.MappingNode {
		return when{c.tests(n, at)}
	}
	var w when
	for i, alt := range items(n) {
		w = append(w, c.tests(alt, at+"["+strconv.Itoa(i)+"]"))
	}
	if len(w) == 0 {
		c.bad(n, at, "want a condition, as {column: value}")
	}
	return w
}

func (c *compiler) tests(n *yaml.Node, at string) []test {
	var list []test
	for _, kv := range pairs(n) {
		t := test{slot: c.column(kv.key, at, kv.key.Value), column: kv.key.Value, style: c.style}
		place := at + "." + kv.key.Value
		if kv.value.Kind == yaml.MappingNode {
			for _, cmp := range pairs(kv.value) {
				list = append(list, c.comparison(t, cmp, place))
			}
			continue
		}
		t.op, t.set = isIn, c.texts(kv.value)
		list = append(list, t)
	}
	if len(list) == 0 {
		c.bad(n, at, "want a condition, as {column: value}")
	}
	return list
}

func (c *compiler) texts(n *yaml.Node) *words.Table {
	var list []string
	seen := map[string]bool{}
	for _, v := range items(n) {
		if s := text(v); !seen[s] {
			seen[s] = true
			list = append(list, s)
		}
	}
	return words.New(list)
}

func (c *compiler) comparison(t test, kv pair, at string) test {
	switch kv.key.Value {
	case "in":
		t.op, t.set = isIn, c.texts(kv.value)
	case "not":
		t.op, t.set, t.not = isIn, c.texts(kv.value), true
	case "blank":
		t.op, t.not = isBlank, text(kv.value) == "false"
	case "prefix":
		t.op, t.text = hasPrefix, []byte(text(kv.value))
	case "suffix":
		t.op, t.text = hasSuffix, []byte(text(kv.value))
	default:
		t.op = map[string]testOp{"below": isBelow, "above": isAbove, "at_least": isAtLeast, "at_most": isAtMost}[kv.key.Value]
		if t.op == 0 {
			c.bad(kv.key, at+"."+kv.key.Value, "want in, not, blank, prefix, suffix, below, above, at_least or at_most")
			t.op = isBlank
			return t
		}
		d, err := decimal.Parse([]byte(text(kv.value)), decimal.Plain)
		if err != nil {
			c.bad(kv.value, at+"."+kv.key.Value, "want a number, as 1234.56")
		}
		t.number = d
	}
	return t
}
