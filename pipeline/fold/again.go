package fold

import (
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/metric"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	"github.com/tierwatch/tierwatch/pipeline/wide"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// again keeps, while days of one customer are written again in turn, what is the same
// from one day to the next: a late event writes a fortnight of days, in which the
// customer himself did nothing on most.
type again struct {
	spans   []span
	schemes []standing
	// values are the metrics of the day before.
	values []int64
	// shown are the schemes of the day, and what it says of them.
	shown  []int
	shapes []*pb.SchemeSnapshot
}

// span is the sum of an average's span, and its divisor.
type span struct {
	from, to int32
	sum      wide.Int
	dv       int64
}

// standing is a scheme's state from day from to day until. If it goes by an average:
// the worth of the last day, and the sum of worths from day begin to it.
type standing struct {
	state       tier.State
	from, until int32
	begin       int32
	averaged    bool
	worth, sum  wide.Int
}

func (w *again) reset(metrics, schemes int) {
	w.spans = append(w.spans[:0], make([]span, metrics)...)
	w.schemes = append(w.schemes[:0], make([]standing, schemes)...)
	w.values = w.values[:0]
}

// writeAgain writes the days first to last, all closed, of a customer again
// (semantics 8): something came into them late.
func (p *Partition) writeAgain(slot ledger.Slot, first, last int32) {
	ap := p.plans.active
	if ap == nil {
		return
	}
	w := &p.scratch.again
	w.reset(len(ap.plan.Metrics), len(ap.plan.Schemes))
	// Windows only move forward from day to day: totals of their own follow them.
	p.scratch.totals = append(p.scratch.totals[:0], p.totalsOf(slot)...)
	clear(p.scratch.totals)
	out := p.blank(ap)
	all := out.Schemes
	for d := first; d <= last; d++ {
		quiet := p.dayAgain(slot, ap, d, last, out, all)
		p.addDay(ap, out)
		for ; d < quiet; d++ {
			p.quietDay(out)
		}
	}
	out.Schemes = all
	p.endDays()
}

// dayAgain fills one day, and tells up to which day nothing but sums changes. A scheme
// whose standing of that day is not known any more has no part in it: its row of that
// day stays as it was decided.
func (p *Partition) dayAgain(slot ledger.Slot, ap *activePlan, d, last int32, out *pb.Snapshot, all []*pb.SchemeSnapshot) int32 {
	w := &p.scratch.again
	v := p.viewAt(slot, ap, d)
	v.totals, v.again = p.scratch.totals, w
	p.measure(&v, out)
	v.values = p.scratch.values
	if len(w.values) == 0 || !slices.Equal(w.values, v.values) { // else the scores are those of the day before
		for s := range ap.plan.Scores {
			v.scoreValue(s, out.Scores[s])
		}
		w.values = append(w.values[:0], v.values...)
	}
	w.shown, w.shapes = w.shown[:0], w.shapes[:0]
	for s := range all {
		x := &w.schemes[s]
		if d > x.until {
			x.state, x.from, x.until = p.standingOn(slot, s, d)
		}
		if d < x.from {
			x.begin = 0
			continue
		}
		p.schemeSnapshot(&v, s, &x.state, all[s])
		if d == p.clock.LastClose {
			p.ahead(&v, s, all[s])
		}
		w.shown, w.shapes = append(w.shown, s), append(w.shapes, all[s])
	}
	out.Schemes = w.shapes
	return p.quietUntil(&v, last)
}

// sum is view.sum, found once for the days of a span.
func (w *again) sum(v *view, m int) (wide.Int, int64) {
	x := &w.spans[m]
	from, to := metric.Span(&v.ap.plan.Metrics[m], v.at.Day)
	if x.to != to || x.from != from || to == 0 {
		x.sum, x.dv = v.freshSum(m)
		x.from, x.to = from, to
	}
	return x.sum, x.dv
}

// sofar is the sum of the worths of scheme s from day from to day d, that of d given.
func (w *again) sofar(v *view, s int, from int32, worth wide.Int) wide.Int {
	x := &w.schemes[s]
	if x.begin == from && from < v.at.Day {
		x.sum = x.sum.Add(worth)
	} else {
		x.sum = v.ap.eval.Sum(v.c, v.ap.plan.Schemes[s].Lead, from, v.at.Day)
	}
	x.begin, x.worth, x.averaged = from, worth, true
	return x.sum
}
