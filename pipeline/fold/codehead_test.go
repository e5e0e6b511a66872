package fold

import (
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/codec/codectest"
)

func TestCodeHeadIsWhole(t *testing.T) {
	p := New(Options{})
	codectest.Whole(t, func(pl *place, x *codec.Coder) {
		pl.nResults, pl.results, pl.nLifts, pl.lifts = 0, 0, 0, 0
		p.codePlace(pl, x)
	}, "nResults", "results", "nLifts", "lifts")
	codectest.Whole(t, (*lift).code)
	codectest.Whole(t, func(m *past, x *codec.Coder) {
		var from, customers int64
		codeProgress(&from, &customers, m, x)
	}, "offset")
	slot := p.customer("C")
	codectest.Whole(t, func(a *attached, x *codec.Coder) {
		a.totals, a.schemes, a.cases, a.outflow, a.nCases = 0, 0, 0, 0, 0
		*p.extra.At(slot) = *a
		p.codeHead(slot, x)
		*a = *p.extra.At(slot)
	}, "totals", "schemes", "cases", "outflow", "nCases", "flags", "low", "parts")
	p.outflows.Alloc(1)
	codectest.Whole(t, func(o *outflow, x *codec.Coder) {
		o.id[o.n] = 'x' // what lies behind the id is nothing
		*p.extra.At(slot) = attached{outflow: p.outflows.Alloc(1)}
		b := &p.outflows.Block(p.extra.At(slot).outflow)[0]
		*b = *o
		p.codeOutflow(slot, x)
		*o = *b
	}, "id")
}
