package fold

import (
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/metric"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/score"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	"github.com/tierwatch/tierwatch/pipeline/wide"
)

const secondsPerDay = 86_400

// moment is the last second of day d: before the known cut for closed days, else a
// day's length on from the last one (rule R58). The second of the cut is of the day
// that begins there.
func (p *Partition) moment(d int32) metric.At {
	return metric.At{Day: d, Until: p.clock.Cut + int64(d-p.clock.LastClose)*secondsPerDay - 1}
}

// view is a customer under one plan at one moment.
type view struct {
	p    *Partition
	ap   *activePlan
	slot ledger.Slot
	c    *ledger.Customer
	at   metric.At
	// from and to override the span of averages that end with the period (first
	// periods, sums so far); divisor 0: that of the metric.
	from, to, divisor int32
	// opens is the day on which a deposit would open a customer whom nothing has
	// opened yet (rule R93), 0: none is thought of.
	opens int32
	// totals may serve windows as of now.
	totals []metric.Total
	// values are all metrics at the moment, where they have been computed.
	values []int64
	// what is a supposed deposit or drift on top of the ledger.
	what supposed
	// again serves days that are written again in turn.
	again *again
	// flat serves sums of days to come, where balances no longer change.
	flat *flat
	last *lastDays
	// The last sum and the last score, since every tier asks for the same.
	lastSum   wide.Int
	lastDv    int64
	lastScore int32
	summed    uint8
	scored    uint8
}

// opened gives the view with an opening day at the latest.
func (v view) opened(on int32) view {
	v.opens, v.summed, v.scored = on, 0, 0
	return v
}

// suppose gives the view with a supposition.
func (v view) suppose(w supposed) view {
	v.what, v.summed, v.scored = w, 0, 0
	return v
}

// flat is a customer's worth a day under each balance metric from the day on from
// which nothing he holds changes any more (base currency only).
type flat struct {
	from  int32
	known uint64
	worth [metric.MaxMetrics]wide.Int
}

// supposed is what a projection adds to the ledger: a deposit made on a day and
// held, or a drift of the assets a day (run rate). Base minor units.
type supposed struct {
	deposit    int64
	on         int32
	driftFrom  int32
	driftDaily int64
}

// over is what the supposition adds to a sum of days from … to, times Scale.
func (w *supposed) over(mt *policy.Metric, from, to int32) wide.Int {
	var sum wide.Int
	if w.deposit != 0 && to >= w.on {
		days := int64(to - max(from, w.on) + 1)
		sum = wide.Mul(ledger.RateOne*int64(mt.DepositWeight), w.deposit).Times(days)
	}
	if w.driftDaily != 0 && to > w.driftFrom {
		// Day driftFrom + k has drifted k times.
		a, b := int64(max(from, w.driftFrom+1)-w.driftFrom), int64(to-w.driftFrom)
		sum = sum.Add(wide.Mul(metric.Scale, w.driftDaily).Times((a + b) * (b - a + 1) / 2))
	}
	return sum
}

func (p *Partition) viewAt(slot ledger.Slot, ap *activePlan, d int32) view {
	return view{p: p, ap: ap, slot: slot, c: p.store.At(slot), at: p.moment(d)}
}

// metric is the value of metric m for display and curves.
func (v *view) metric(m int) int64 {
	if v.values != nil {
		return v.values[m]
	}
	mt := &v.ap.plan.Metrics[m]
	switch mt.Kind {
	case policy.ADB:
		sum, dv := v.sum(m)
		if mt.RoundHalfUp {
			return sum.HalfUp(metric.Scale * dv).Clamp()
		}
		return sum.HalfEven(metric.Scale * dv).Clamp()
	case policy.Balance:
		return v.worth(m).HalfEven(metric.Scale).Clamp()
	case policy.Distinct:
		if v.last != nil && mt.WindowDays > 0 && v.at.Day >= v.c.Day {
			return v.last.distinct(v, m)
		}
	default: // what the ledger says
	}
	return v.ap.eval.Value(v.c, m, v.at, v.totals)
}

// sum is S of an average and its divisor Dv.
func (v *view) sum(m int) (wide.Int, int64) {
	if int(v.summed) != m+1 {
		if v.again != nil {
			v.lastSum, v.lastDv = v.again.sum(v, m)
		} else {
			v.lastSum, v.lastDv = v.freshSum(m)
		}
		v.summed = uint8(m + 1)
	}
	return v.lastSum, v.lastDv
}

func (v *view) freshSum(m int) (wide.Int, int64) {
	mt := &v.ap.plan.Metrics[m]
	from, to := metric.Span(mt, v.at.Day)
	dv := metric.Divisor(mt, int64(to-from+1))
	if mt.SinceOpen {
		first := v.ap.eval.FirstDay(v.c)
		if v.opens != 0 && (first == 0 || first > v.opens) {
			first = v.opens
		}
		known, _ := v.ap.eval.KnownFrom(v.c)
		if first >= from && first <= to && known <= from && v.firstPeriod(mt) && v.ap.eval.Newcomer(v.c) {
			dv = min(dv, int64(to-first+1))
		}
	}
	if v.to != 0 {
		to = min(to, v.to)
	}
	if v.from != 0 {
		from = max(from, v.from)
	}
	if v.divisor != 0 {
		dv = int64(v.divisor)
	}
	return v.span(m, from, to).Add(v.what.over(mt, from, to)), dv
}

// span is the ledger's sum of days from … to.
func (v *view) span(m int, from, to int32) wide.Int {
	f := v.flat
	if f == nil || from < f.from || to < from {
		return v.ap.eval.Sum(v.c, m, from, to)
	}
	if f.known>>m&1 == 0 {
		f.worth[m] = v.ap.eval.Worth(v.c, m, f.from)
		f.known |= 1 << m
	}
	return f.worth[m].Times(int64(to - from + 1))
}

// worth is the point value of balance metric m, times Scale.
func (v *view) worth(m int) wide.Int {
	d := v.at.Day
	return v.span(m, d, d).Add(v.what.over(&v.ap.plan.Metrics[m], d, d))
}

// firstPeriod: since_open is for calendar spans; a day count of 30 gives way to the
// days there were.
func (v *view) firstPeriod(mt *policy.Metric) bool {
	return mt.Over == policy.OverMonth || mt.Over == policy.OverQuarter
}

// reaches tells whether a term holds.
func (v *view) reaches(t *policy.Term) bool {
	if t.Metric < 0 {
		return int64(v.score(t.Score)) >= t.From
	}
	mt := &v.ap.plan.Metrics[t.Metric]
	switch mt.Kind {
	case policy.ADB:
		sum, dv := v.sum(t.Metric)
		return metric.Meets(mt, sum, dv, t.From)
	case policy.Balance:
		return v.worth(t.Metric).Cmp(metric.Need(1, t.From)) >= 0
	default:
		return v.metric(t.Metric) >= t.From
	}
}

// holds tells whether a tier's condition holds.
func (v *view) holds(c *policy.Cond) bool {
	for i := range c.Terms {
		ok := v.reaches(&c.Terms[i])
		if ok && c.Any {
			return true
		}
		if !ok && !c.Any {
			return false
		}
	}
	return !c.Any || len(c.Terms) == 0
}

// reached is the highest tier whose condition holds (rule R26).
func (v *view) reached(s *policy.Scheme) uint8 {
	for t := len(s.Tiers) - 1; t > 0; t-- {
		if v.holds(&s.Tiers[t].Cond) {
			return uint8(t)
		}
	}
	return 0
}

// score is a score in basis points.
func (v *view) score(s int) int32 {
	if int(v.scored) != s+1 {
		v.lastScore = score.Sum(&v.ap.plan.Scores[s], v.pointsOf(s))
		v.scored = uint8(s + 1)
	}
	return v.lastScore
}

// pointsOf are the points of the dimensions that a score takes; others are 0.
func (v *view) pointsOf(s int) []int32 {
	ds := v.ap.plan.Dimensions
	pts := v.p.scratch.points[:0]
	for range ds {
		pts = append(pts, 0)
	}
	for _, part := range v.ap.plan.Scores[s].Parts {
		d := &ds[part.Dimension]
		pts[part.Dimension] = score.Points(&d.Curve, v.metric(d.Metric))
	}
	v.p.scratch.points = pts
	return pts
}

// points are the dimensions' points at the moment.
func (v *view) points() []int32 {
	ds := v.ap.plan.Dimensions
	pts := v.p.scratch.points[:0]
	for d := range ds {
		pts = append(pts, score.Points(&ds[d].Curve, v.metric(ds[d].Metric)))
	}
	v.p.scratch.points = pts
	return pts
}

// covered tells whether all balances that the period rests on are known: those of
// the spans of its averages (rule R37), or of the period itself.
func (v *view) covered(s *policy.Scheme, start, end int32) bool {
	known, some := v.ap.eval.KnownFrom(v.c)
	if !some {
		return false
	}
	if known == 0 {
		return true
	}
	from, averages := start, false
	for t := range s.Tiers {
		for _, term := range s.Tiers[t].Cond.Terms {
			if term.Metric < 0 || v.ap.plan.Metrics[term.Metric].Kind != policy.ADB {
				continue
			}
			first, _ := metric.Span(&v.ap.plan.Metrics[term.Metric], end)
			if !averages {
				from, averages = first, true
			}
			from = min(from, first)
		}
	}
	return known <= from
}

// assessed is the period as its rules decide it.
func (p *Partition) assessed(slot ledger.Slot, ap *activePlan, s *policy.Scheme, start, end, decided int32) tier.Assessed {
	v := p.viewAt(slot, ap, end)
	a := tier.Assessed{Start: start, End: end, Decided: decided, Reached: v.reached(s), Covered: v.covered(s, start, end)}
	if byBalance(s) {
		a.Point = p.pointTier(slot, ap, s, decided)
	}
	return a
}

// pointTier is the tier by today's value instead of the average (by_balance).
func (p *Partition) pointTier(slot ledger.Slot, ap *activePlan, s *policy.Scheme, d int32) uint8 {
	v := p.viewAt(slot, ap, d)
	v.from, v.to, v.divisor = d, d, 1
	return v.reached(s)
}

// valuedNow has the values at the CLOSE of day d; secured: what the open period's closed
// days secure already, whatever comes.
func (p *Partition) valuedNow(slot ledger.Slot, ap *activePlan, s *policy.Scheme, d int32, secured bool) view {
	v := p.viewAt(slot, ap, d)
	if secured {
		_, end := tier.Period(s, d)
		v.at = p.moment(end)
		v.to = d
	}
	return v
}

// sinceOpen is the CLOSE of day d with averages since opening (at_once).
func (p *Partition) sinceOpen(slot ledger.Slot, ap *activePlan, s *policy.Scheme, d int32) view {
	v := p.viewAt(slot, ap, d)
	start, _ := tier.Period(s, d)
	known, _ := ap.eval.KnownFrom(v.c)
	first := min(d, max(start, ap.eval.FirstDay(v.c), known))
	v.from, v.to, v.divisor = first, d, max(1, d-first+1)
	return v
}
