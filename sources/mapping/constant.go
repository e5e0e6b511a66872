package mapping

import (
	"strings"

	"gopkg.in/yaml.v3"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// pendingConstant is a constant of a record that has yet to be checked: what an
// amount may be hangs on the currency, which may stand below it.
type pendingConstant struct {
	op  *op
	lit literal
	at  *yaml.Node
	// field is the path of the setting.
	field string
}

// In a sample record the currency that nobody has said is one with the most
// decimals there are, and the base currency is another, with as many: what these
// refuse, all refuse.
const (
	sampleCurrency = "UYW"
	sampleBase     = "CLF"
	sampleDay      = 20_000
)

// checkConstants puts each constant of the record into a sample record as a row
// would, and reports what every row would be rejected for. So nothing that is said
// of a field has to be said twice.
func (b *recordCompiler) checkConstants() {
	for i := range b.pending {
		c := &b.pending[i]
		if rej := b.reject(c); rej != nil {
			what := strings.TrimPrefix(rej.Detail, "\""+event.Show(c.lit.text)+"\"")
			what = strings.TrimPrefix(strings.TrimPrefix(what, ":"), " ")
			switch rej.Cause {
			case event.UnknownCurrency:
				what += ", such as CNY" + didYouMean(c.lit.text, event.Currencies())
			case event.TooPrecise:
				what = "has more decimals than its unit; write it with fewer"
			default:
			}
			b.bad(c.at, c.field, "%s", what)
		}
	}
}

// reject is what every row with the constant is rejected for, nil for nothing.
func (b *recordCompiler) reject(c *pendingConstant) *event.Reject {
	cal, err := event.NewCalendar("UTC", "", sampleBase)
	if err != nil {
		panic("mapping: the calendar of sample records: " + err.Error())
	}
	f := c.op.field
	m := Mapper{program: b.program, builder: &event.Builder{Calendar: cal}, times: cal}
	if b.kind != 0 { // the day of a marker belongs to no record
		m.rec = b.sample(f)
	}
	rej := m.setLiteral(c.op, &c.lit)
	if rej == nil && b.kind != 0 {
		rej = m.builder.Complete(m.rec)
	}
	switch {
	case rej == nil, rej.Field != f.Name:
		return nil // about another field of the sample
	case rej.Cause == event.ValueDateRange, rej.Cause == event.MissingField && f.Type != event.EventID:
		return nil // hangs on other fields
	case rej.Cause == event.AmountOverflow && c.op.decimal && !b.scaleKnown(f.Type):
		return nil
	}
	return rej
}

// scaleKnown tells whether the mapping says how many decimals a field has.
func (b *recordCompiler) scaleKnown(t event.Type) bool {
	switch {
	case t == event.BaseMoney:
		return false
	case b.constantOf("unit") != "" && (t == event.Units || b.kind != event.Transaction):
		return true
	case t == event.Units && b.mapped["unit"]:
		return false
	}
	return b.constantOf("currency") != ""
}

// constantOf is the constant that a field of text always has, empty if none.
func (b *recordCompiler) constantOf(name string) string {
	for i := range b.ops {
		if o := &b.ops[i].op; o.field.Name == name && o.src.kind == fromConst && o.src.other != nil {
			return o.src.other.text
		}
	}
	return ""
}

// sample is a complete record of the kind without the field: whatever is rejected
// once that is set, is the field's.
func (b *recordCompiler) sample(except *event.Field) *pb.LogRecord {
	r := event.NewDraft(b.kind)
	list := event.Fields(b.kind)
	for i := range list {
		f := &list[i]
		if !f.Required || f.Name == except.Name {
			continue
		}
		switch f.Type {
		case event.Text, event.Path, event.EventID, event.EventRef:
			f.SetText(r, "x")
		case event.EnumText:
			f.SetInt(r, 1)
		case event.Date:
			f.SetInt(r, sampleDay)
		case event.Instant:
			f.SetInt(r, sampleDay*86400)
		case event.Flag, event.Int, event.Money, event.BaseMoney, event.Units:
			f.SetInt(r, 0)
		}
	}
	currency, unit := b.constantOf("currency"), b.constantOf("unit")
	if _, ok := event.MinorUnits(currency); !ok {
		currency = sampleCurrency
	}
	switch {
	case r.Transaction != nil:
		b.sampleTransaction(r.Transaction, except.Name, currency, unit)
	case r.Lifecycle != nil && except.Name != "unit":
		r.Lifecycle.Unit = orSample(unit)
	case r.Balance != nil && except.Name != "unit":
		r.Balance.Unit = orSample(unit)
	}
	return r
}

func orSample(unit string) string {
	if unit == "" {
		return sampleCurrency
	}
	return unit
}

func (b *recordCompiler) sampleTransaction(t *pb.Transaction, except, currency, unit string) {
	if except != "currency" {
		t.Currency = currency
	}
	if except == "quantity" || except == "balance_after_minor" || except == "balance_tolerance_minor" {
		if t.Unit = unit; unit == "" && (b.mapped["unit"] || except == "quantity") {
			t.Unit = "F" // no currency: four decimals, as the most that one has
		}
	}
	if except == "balance_tolerance_minor" {
		t.BalanceKnown = true
	}
	if except != "event_id" && except != "source_system" {
		t.Source = "s"
	}
	if except != "event_id" && except != "txn_id" {
		t.TxnId = "x"
	}
	switch except {
	case "reversal_of":
		t.TxnType = pb.TxnType_REVERSAL
	case "reversal_kind":
		t.TxnType, t.ReversalOf = pb.TxnType_REVERSAL, "s:y"
	case "fx_rate":
		t.AmountMinor = 1
	}
}
