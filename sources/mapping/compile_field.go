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
	// pending are the constants to check once all fields are known.
	pending []pendingConstant
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
		b.constant("source_system", b.source, "source")
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
		b.constant(name, &value, b.at+"."+setting)
	}
}

func (b *recordCompiler) constant(name string, n *yaml.Node, at string) {
	f, order, decimals := b.lookupField(name)
	o := op{field: f, decimal: decimals, style: decimal.Plain}
	lit := b.literal(&o, n, at)
	o.src = source{kind: fromConst, other: &lit}
	b.ops = append(b.ops, orderedOp{order, o})
	b.preset[f.Name] = true
}

// field compiles one entry of fields.
func (b *recordCompiler) field(key, n *yaml.Node) {
	at := b.at + ".fields." + key.Value
	f, order, decimals := b.lookupField(key.Value)
	if f == nil {
		known := b.fieldNames()
		near := didYouMean(key.Value, known)
		if near == "" {
			near = "; docs/mapping.md lists them"
		}
		b.bad(key, at, "a %s has no such field%s", event.Kinds[b.kind-1], near)
		// What it must mean is looked at too: its mistakes are told with this one.
		if f, order, decimals = b.lookupField(guess(key.Value, known)); f == nil || b.taken(f) {
			return
		}
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

// taken tells whether the record maps a field under one of its right names.
func (b *recordCompiler) taken(f *event.Field) bool {
	fields := get(b.node, "fields")
	return get(fields, f.Name) != nil || f.Decimal() != "" && get(fields, f.Decimal()) != nil
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

// fieldNames are the names of the kind's fields, in both spellings.
func (b *recordCompiler) fieldNames() []string {
	var names []string
	for _, f := range event.Fields(b.kind) {
		names = append(names, f.Name)
		if d := f.Decimal(); d != "" {
			names = append(names, d)
		}
	}
	return names
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
		b.bad(n, at+".format", "%v%s", err, layoutNear(format))
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
	seen := map[string]bool{}
	for _, kv := range pairs(m) {
		k := text(kv.key)
		if seen[k] {
			b.bad(kv.key, at+".map", "%q stands twice", k)
			continue
		}
		seen[k] = true
		o.keys = append(o.keys, k)
		o.entries = append(o.entries, b.literal(o, kv.value, at+".map."+k))
	}
	o.dict = words.New(o.keys)
}

// literal converts a constant of the mapping for its field, now if it can.
func (b *recordCompiler) literal(o *op, n *yaml.Node, at string) literal {
	l := literal{text: text(n)}
	if n == nil || n.Kind != yaml.ScalarNode {
		b.bad(n, at, "want a constant")
		return l
	}
	known := len(b.problems)
	switch o.field.Type {
	case event.EnumText:
		num, ok := o.field.Enum.Number([]byte(l.text))
		if !ok {
			b.bad(n, at, "%s", oneOf(l.text, o.field.Enum.Names()))
		}
		l.num, l.converted = num, true
	case event.Flag:
		num, ok := flag(stringValue(l.text))
		if !ok {
			b.bad(n, at, "want true or false")
		}
		l.num, l.converted = num, true
	case event.Int, event.Money, event.BaseMoney, event.Units:
		b.number(&l, o, n, at)
	case event.Date, event.Instant:
		if o.layout != nil {
			if _, err := o.layout.parse([]byte(l.text)); err != nil {
				b.bad(n, at, "%v%s", err, layoutNote(o))
			}
		}
	case event.Text, event.EventID, event.EventRef, event.Path:
		if l.text == "" {
			b.bad(n, at, "is empty")
		}
	}
	if len(b.problems) == known {
		b.pending = append(b.pending, pendingConstant{o, l, n, at})
	}
	return l
}

// number converts a constant for a field that holds one.
func (b *recordCompiler) number(l *literal, o *op, n *yaml.Node, at string) {
	var err error
	if l.dec, err = decimal.Parse([]byte(l.text), decimal.Plain); err != nil {
		b.bad(n, at, "want a number, as 1234.56")
		return
	}
	l.number = true
	if _, err := l.dec.Scaled(0, decimal.Exact); err != nil && !o.decimal {
		what := "want a whole number"
		if d := o.field.Decimal(); d != "" {
			what += ", or the field " + d + ", which takes decimals"
		}
		b.bad(n, at, "%s", what)
	}
}

// layoutNote says how a constant of a field is read that has no format of its own.
func layoutNote(o *op) string {
	switch {
	case o.field.Type == event.Instant && o.layout.rfc:
		return "; want it as 2025-06-21T14:05:00+08:00, or say format"
	case o.field.Type == event.Date:
		return "; want it as 2025-06-21, or as format says"
	}
	return ""
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
			if name == "direction" {
				name += " (or sign at amount)"
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
		b.lacks(get(b.node, "record"), b.at+".fields", "a %s also needs: %s", event.Kinds[b.kind-1], strings.Join(missing, ", "))
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
		b.lacks(get(b.node, "record"), b.at+".balance_after",
			"is missing beside record: say how far the balance can be trusted: balance_after: ordered, day or none")
	}
}
