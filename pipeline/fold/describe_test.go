package fold

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
)

// Describe is what a partition knows of its customers as text: every field that is
// not zero by its name, so that neither a format of state records nor a field that is
// added changes it.
func (p *Partition) Describe() string {
	d := describer{p: p}
	fmt.Fprintf(&d.b, "moment %+v\n", p.Moment())
	for i := range p.kinds.Len() {
		d.line(fmt.Sprint("kind ", i), *p.kinds.At(uint16(i)))
	}
	for i := range p.rates.Units() {
		fmt.Fprintf(&d.b, "unit %d %s\n", i, p.rates.Name(uint16(i)))
	}
	slots := make([]ledger.Slot, p.store.Len())
	for i := range slots {
		slots[i] = ledger.Slot(i)
	}
	slices.SortFunc(slots, func(a, b ledger.Slot) int { return strings.Compare(p.id(p.store.At(a)), p.id(p.store.At(b))) })
	for _, slot := range slots {
		d.customer(slot)
	}
	return d.b.String()
}

type describer struct {
	p *Partition
	b strings.Builder
}

func (d *describer) customer(slot ledger.Slot) {
	p := d.p
	c, a := p.store.At(slot), p.extra.At(slot)
	d.line("customer", *c)
	d.line("  saved", *a)
	if c.Profile != 0 {
		d.line("  profile", p.profiles[c.Profile-1])
	}
	if a.outflow != 0 {
		d.line("  outflow", p.outflows.Block(a.outflow)[0])
	}
	for _, k := range p.casesOf(slot) {
		d.line("  case", k)
	}
	for i := range p.placesUnder(a) {
		pl := &p.schemes.Block(a.schemes)[i]
		d.line("  place", *pl)
		for _, r := range p.kept(pl) {
			d.line("    result", r)
		}
		for _, l := range p.liftsOf(pl) {
			d.line("    lift", l)
		}
	}
	as := p.store.Accounts(c)
	for i := range as {
		d.line("  account", as[i])
		for _, m := range p.store.Moves(&as[i]) {
			d.line("    move", m)
		}
	}
	for _, e := range p.store.Entries(c) {
		d.line("  entry", e)
		if x := p.store.Extra(c, &e); x != nil {
			d.line("    extra", *x)
		}
	}
	for _, w := range p.store.Waits(c) {
		d.line("  wait", w)
	}
	for _, q := range p.store.Pairs(c) {
		d.line("  pair", q)
	}
}

func (d *describer) line(name string, v any) {
	d.b.WriteString(name)
	d.fields(reflect.ValueOf(v))
	d.b.WriteByte('\n')
}

// notDescribed are fields that say where something lies, not what it is.
var notDescribed = []string{"_", "Profile", "head", "flags", "low"}

func (d *describer) fields(v reflect.Value) {
	for i := range v.NumField() {
		name, f := v.Type().Field(i).Name, v.Field(i)
		switch {
		case f.IsZero() || f.Type() == reflect.TypeFor[ledger.Ref]() || slices.Contains(notDescribed, name):
		case f.Kind() == reflect.Struct:
			d.fields(f)
		case f.Type() == reflect.TypeFor[ledger.Text]():
			fmt.Fprintf(&d.b, " %s=%q", name, d.p.store.Texts.Get(ledger.Text(f.Uint())))
		case f.Kind() == reflect.Array: // an id
			fmt.Fprintf(&d.b, " %s=", name)
			for j := 0; j < f.Len() && f.Index(j).Uint() != 0; j++ {
				d.b.WriteByte(byte(f.Index(j).Uint()))
			}
		case f.CanInt():
			fmt.Fprintf(&d.b, " %s=%d", name, f.Int())
		case f.CanUint():
			fmt.Fprintf(&d.b, " %s=%d", name, f.Uint())
		default:
			fmt.Fprintf(&d.b, " %s=%v", name, f)
		}
	}
}
