package mapping

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/internal/decimal"
	"github.com/tierwatch/tierwatch/sources/internal/words"
)

// recordCompiler compiles the fields of one output.
type recordCompiler struct {
	*compiler
	kind   event.Kind
	at     string
	node   *yaml.Node
	ops    []orderedOp
	mapped map[string]bool // by fields, by the canonical name
	preset map[string]bool // by a setting of the record or of the mapping
	signed bool            // an amount decides the direction
}

type orderedOp struct {
	order int
	op    op
}

// lookupField finds a field by either of its spellings.
func (b *recordCompiler) lookupField(name string) (f *event.Field, order int, decimals bool) {
	list := event.Fields(b.kind)
	for i := range list {
		switch name {
		case list[i].Name:
			return &list[i], i, false
		case list[i].Decimal():
			return &list[i], i, true
		}
	}
	return nil, 0, false
}

// constants turns the record's own settings into fields set before all others.
func (b *recordCompiler) constants() {
	if b.kind == event.Transaction && b.source != nil {
		b.constant("source_system", b.source)
	}
	for setting, name := range map[string]string{
		"balance_after": "balance_trust", "tolerance": "balance_tolerance", "unique": "unique",
	} {
		n := get(b.node, setting)
		if n == nil {
			continue
		}
		if b.kind != event.Transaction {
			b.bad(n, b.at+"."+setting, "only a transaction has it")
			continue
		}
		value := *n
		if setting == "balance_after" {
			value.Value = strings.ToUpper(value.Value)
		}
		b.constant(name, &value)
	}
}

func (b *recordCompiler) constant(name string, n *yaml.Node) {
	f, order, decimals := b.lookupField(name)
	o := op{field: f, decimal: decimals, style: decimal.Plain}
	lit := b.literal(&o, n, b.at+"."+name)
	o.src = source{kind: fromConst, other: &lit}
	b.ops = append(b.ops, orderedOp{order, o})
	b.preset[f.Name] = true
}

// field compiles one entry of fields.
func (b *recordCompiler) field(key, n *yaml.Node) {
	at := b.at + ".fields." + key.Value
	f, order, decimals := b.lookupField(key.Value)
	if f == nil {
		b.bad(key, at, "a %s has no such field%s", event.Kinds[b.kind-1], b.nearest(key.Value))
		return
	}
	o := op{field: f, decimal: decimals, required: f.Required, style: b.style}
	if f.Type == event.Date || f.Type == event.Instant {
		o.layout = b.timeLayout(get(n, "format"), get(n, "pivot"), f.Type, at)
	} else if format := get(n, "format"); format != nil {
		b.bad(format, at+".format", "only dates and times have a format")
	}
	b.settings(&o, n, at)
	o.src = b.sourceOf(&o, n, at)
	if b.mapped[f.Name] || b.preset[f.Name] && f.Name == "source_system" {
		b.bad(key, at, "%s is mapped twice", f.Name)
	}
	b.mapped[f.Name] = true
	b.ops = append(b.ops, orderedOp{order, o})
}

// canonical maps every field that is not mapped from a column of its own name,
// where the input has one.
func (b *recordCompiler) canonical() {
	list := event.Fields(b.kind)
	for i := range list {
		f := &list[i]
		if b.mapped[f.Name] || b.preset["source_system"] && f.Name == "source_system" {
			continue
		}
		names := []string{f.Name}
		if f.Decimal() == "units" {
			names = append(names, "units")
		}
		for _, name := range names {
			o := op{field: f, decimal: name != f.Name, required: f.Required, style: b.style}
			if f.Type == event.Date || f.Type == event.Instant {
				o.layout = b.timeLayout(nil, nil, f.Type, b.at)
			}
			_, known := b.slots[name]
			o.src = source{kind: fromSlot, slot: b.column(get(b.node, "canonical"), b.at+".canonical", name)}
			if !known && !f.Required {
				b.program.columns[o.src.slot].optional = true
			}
			b.ops = append(b.ops, orderedOp{i, o})
		}
		b.mapped[f.Name] = true
	}
}

func (b *recordCompiler) nearest(name string) string {
	best, distance := "", 4
	for _, f := range event.Fields(b.kind) {
		for _, candidate := range []string{f.Name, f.Decimal()} {
			if d := editDistance(name, candidate); candidate != "" && d < distance {
				best, distance = candidate, d
			}
		}
	}
	if best == "" {
		return "; docs/mapping.md lists them"
	}
	return "; did you mean " + best + "?"
}

func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func (b *recordCompiler) timeLayout(n, pivot *yaml.Node, t event.Type, at string) *layout {
	if list := items(n); len(list) > 1 {
		var chain *layout
		for _, n := range slices.Backward(list) {
			l := b.oneLayout(n, text(n), pivot, at)
			l.next, chain = chain, l
		}
		return chain
	}
	format := text(n)
	if format == "" {
		format = "YYYY-MM-DD"
		if t == event.Instant {
			format = "rfc3339"
		}
	}
	return b.oneLayout(n, format, pivot, at)
}

func (b *recordCompiler) oneLayout(n *yaml.Node, format string, pivot *yaml.Node, at string) *layout {
	l, err := parseLayout(format, int(integer(pivot, -1)))
	if err != nil {
		b.bad(n, at+".format", "%v", err)
		return &layout{rfc: true}
	}
	return l
}

// settings compiles what a field says besides its source.
func (b *recordCompiler) settings(o *op, n *yaml.Node, at string) {
	if get(n, "decimal") != nil || get(n, "thousands") != nil {
		o.style = b.numbers(n, at, o.style)
	}
	if nulls := items(get(n, "null_values")); nulls != nil {
		var list []string
		for _, v := range nulls {
			list = append(list, text(v))
		}
		o.nulls = words.New(list)
	}
	if d := get(n, "default"); d != nil {
		lit := b.literal(o, d, at+".default")
		o.blank = &lit
	}
	b.dictionary(o, n, at)
	switch text(get(n, "round")) {
	case "half_even":
		o.round = decimal.HalfEven
	case "half_up":
		o.round = decimal.HalfUp
	case "down":
		o.round = decimal.Down
	}
	o.negate = text(get(n, "negate")) == "true"
	if s := get(n, "sign"); s != nil {
		o.sign = map[string]sign{"credit_positive": signCredit, "debit_positive": signDebit, "absolute": signAbs}[text(s)]
		if o.field.Name != "amount_minor" {
			b.bad(s, at+".sign", "only the amount of a transaction has a sign rule; a balance can be negated (negate: true)")
		}
		b.signed = b.signed || o.sign == signCredit || o.sign == signDebit
	}
}

func (b *recordCompiler) dictionary(o *op, n *yaml.Node, at string) {
	m := get(n, "map")
	if u := get(n, "unmapped"); u != nil && text(u) != "reject" {
		lit := b.literal(o, u, at+".unmapped")
		o.unmapped = &lit
	}
	if m == nil {
		return
	}
	var keys []string
	seen := map[string]bool{}
	for _, kv := range pairs(m) {
		k := text(kv.key)
		if seen[k] {
			b.bad(kv.key, at+".map", "%q stands twice", k)
			continue
		}
		seen[k] = true
		keys = append(keys, k)
		o.entries = append(o.entries, b.literal(o, kv.value, at+".map."+k))
	}
	o.dict = words.New(keys)
}

// literal converts a constant of the mapping for its field, now if it can.
func (b *recordCompiler) literal(o *op, n *yaml.Node, at string) literal {
	l := literal{text: text(n)}
	if n == nil || n.Kind != yaml.ScalarNode {
		b.bad(n, at, "want a constant")
		return l
	}
	switch o.field.Type {
	case event.EnumText:
		num, ok := o.field.Enum.Number([]byte(l.text))
		if !ok {
			b.bad(n, at, "want one of %s", strings.Join(o.field.Enum.Names(), ", "))
		}
		l.num, l.converted = num, true
	case event.Flag:
		num, ok := flag(stringValue(l.text))
		if !ok {
			b.bad(n, at, "want true or false")
		}
		l.num, l.converted = num, true
	case event.Int, event.Money, event.BaseMoney, event.Units:
		d, err := decimal.Parse([]byte(l.text), decimal.Plain)
		if err == nil && !o.decimal {
			l.num, err = d.Scaled(0, decimal.Exact)
			l.converted = true
		}
		if err != nil {
			b.bad(n, at, "want a number, as 1234.56")
		}
	case event.Date, event.Instant:
		if o.layout != nil {
			if _, err := o.layout.parse([]byte(l.text)); err != nil {
				b.bad(n, at, "%v", err)
			}
		}
	case event.Text, event.EventID, event.EventRef, event.Path:
		if l.text == "" {
			b.bad(n, at, "is empty")
		}
	}
	return l
}

func (b *recordCompiler) has(name string) bool { return b.mapped[name] || b.preset[name] }

// required reports what the record needs and nothing maps.
func (b *recordCompiler) required() {
	var missing []string
	for _, f := range event.Fields(b.kind) {
		if f.Required && !b.has(f.Name) && !(f.Name == "direction" && b.signed) {
			name := f.Name
			if d := f.Decimal(); d != "" {
				name = d + " or " + name
			}
			missing = append(missing, name)
		}
	}
	if b.kind == event.Transaction && !b.mapped["event_id"] {
		if !b.mapped["txn_id"] {
			missing = append(missing, "txn_id (or event_id)")
		}
		if !b.has("source_system") {
			missing = append(missing, "source_system (or source at the top)")
		}
	}
	if len(missing) > 0 {
		b.bad(get(b.node, "record"), b.at+".fields", "a %s also needs: %s", event.Kinds[b.kind-1], strings.Join(missing, ", "))
	}
	if b.signed && b.mapped["direction"] {
		b.bad(get(get(b.node, "fields"), "direction"), b.at+".fields.direction", "the sign of the amount decides the direction already")
	}
	if t := get(b.node, "tolerance"); t != nil && !b.mapped["balance_after_minor"] {
		b.bad(t, b.at+".tolerance", "no balance_after is mapped")
	}
	if t := get(b.node, "balance_after"); t != nil && !b.mapped["balance_after_minor"] && text(t) != "none" {
		b.bad(t, b.at+".balance_after", "no balance_after is mapped in fields")
	}
	if b.mapped["balance_after_minor"] && !b.has("balance_trust") {
		b.bad(get(b.node, "record"), b.at+".balance_after", "say how far the balance can be trusted: balance_after: ordered, day or none")
	}
}
