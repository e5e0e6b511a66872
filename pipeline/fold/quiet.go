package fold

import (
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/metric"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// quietUntil is a day, that of the view or later, up to which the closed days surely
// differ from the view's in the sums of averages only: nothing of the customer has
// its day there, no window loses an entry, no period ends. It may be too early.
func (p *Partition) quietUntil(v *view, last int32) int32 {
	d, ap := v.at.Day, v.ap
	if last == p.clock.LastClose {
		last-- // it says what lies ahead
	}
	if ap.byBook {
		return d
	}
	before := func(day int32) {
		if day > d {
			last = min(last, day-1)
		}
	}
	as := p.store.Accounts(v.c)
	for i := range as {
		a := &as[i]
		if a.Unit != ledger.Base {
			return d // rates
		}
		before(a.Opened)
		before(a.FirstDay)
		before(a.Known)
		before(a.Closed)
		mv := p.store.Moves(a)
		for j := len(mv) - 1; j >= 0 && int32(mv[j].Value) > d; j-- {
			before(int32(mv[j].Value))
		}
	}
	es := p.store.Entries(v.c)
	for i := len(es) - 1; i >= 0 && int32(es[i].Day) > d; i-- {
		before(int32(es[i].Day))
	}
	before(v.c.Since)
	for s := range v.again.schemes {
		x := &v.again.schemes[s]
		_, end := tier.Period(&ap.plan.Schemes[s], d)
		last = min(last, x.until, end)
		before(x.from)
	}
	for m := 0; last > d && m < len(ap.plan.Metrics); m++ {
		last = min(last, ap.eval.Steady(v.c, m, d, v.totals))
	}
	return max(d, last)
}

// quietDay moves a snapshot by one day on which nothing but sums moves.
func (p *Partition) quietDay(out *pb.Snapshot) {
	w := &p.scratch.again
	out.Day++
	p.scratch.days.begin(out.Day)
	for i, s := range w.shown {
		x := &w.schemes[s]
		if !x.averaged {
			continue
		}
		x.sum = x.sum.Add(x.worth)
		out.Schemes[i].AdbSumMinor = x.sum.HalfEven(metric.Scale).Clamp()
		p.scratch.days.put(out.AdbSumColumn(i), out.Schemes[i].AdbSumMinor)
	}
	p.scratch.days.end()
}
