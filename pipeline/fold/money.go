package fold

import (
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/metric"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/project"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	"github.com/tierwatch/tierwatch/pipeline/wide"
)

// moneyTerm is the balance term of a tier's condition: the scheme's lead if it is
// one, else the first; nil if no term is about a balance.
func moneyTerm(ap *activePlan, sc *policy.Scheme, t uint8) *policy.Term {
	var found *policy.Term
	terms := sc.Tiers[t].Cond.Terms
	for i := range terms {
		if m := terms[i].Metric; m >= 0 && ap.plan.Metrics[m].Balancing() && (found == nil || m == sc.Lead) {
			found = &terms[i]
		}
	}
	return found
}

// money computes what keeps tier t through the period that ends on end.
func (p *Partition) money(w *idle, t uint8, today, end int32) project.Money {
	var m project.Money
	ap, sc := w.ap, w.sc
	term := moneyTerm(ap, sc, t)
	v := w.view(ap, end)
	if term == nil {
		p.search(&m, v.opened(today), sc, t, today, end)
		return m
	}
	if severally(sc, t) {
		m = p.ofSeveral(v, sc, t, term, today, end)
	} else {
		m = p.ofTerm(v, sc, t, term, today, end)
		v = v.opened(today)
		if m.TopUp > 0 && v.reached(sc) >= t {
			m.TopUp, m.WaitOn, m.WaitTopUp = 0, [2]int32{}, [2]int64{} // a higher tier holds already
		}
	}
	m.AtRisk = ap.eval.Worth(v.c, term.Metric, today).HalfEven(metric.Scale).Clamp()
	return m
}

// ofTerm are the amounts of one balance term of tier t's condition, as if that were all
// that it asks for.
func (p *Partition) ofTerm(v view, sc *policy.Scheme, t uint8, term *policy.Term, today, end int32) project.Money {
	mt := &v.ap.plan.Metrics[term.Metric]
	m := project.Money{Metric: term.Metric, Threshold: term.From, Estimate: v.metric(term.Metric)}
	v = v.opened(today)
	g := v.gap(term, today, end)
	if !g.Point {
		g.SoFar = v.ap.eval.Sum(v.c, term.Metric, g.From, min(today-1, end))
	}
	g.Levers(&m)
	if g.Point && today <= end {
		m.Daily = m.Threshold
		if g.WeightBP != 0 {
			m.Daily = project.HoldAfter(m.Threshold, 1, 1, g.WeightBP)
		}
	}
	m.HoldAfter = holdAfter(sc, mt, t, term.From, end)
	return m
}

// gap is what the period that ends on end lacks of a balance term. The days so far are
// left out.
func (v *view) gap(term *policy.Term, today, end int32) project.Gap {
	mt := &v.ap.plan.Metrics[term.Metric]
	g := project.Gap{Scale: metric.Scale, Today: today, End: end, WeightBP: int64(mt.DepositWeight)}
	if mt.Kind != policy.ADB {
		g.Divisor, g.Point = 1, true
		g.Estimate = v.worth(term.Metric)
		g.Need = metric.Need(1, term.From)
		return g
	}
	g.Estimate, g.Divisor = v.sum(term.Metric)
	g.Need = metric.Need(g.Divisor, term.From)
	if mt.RoundHalfUp {
		g.Need = roundedNeed(g.Divisor, term.From)
	}
	g.From, _ = metric.Span(mt, end)
	return g
}

// roundedNeed is the smallest sum whose average rounds half up to the threshold:
// Dv·(T − ½).
func roundedNeed(divisor, t int64) wide.Int {
	return wide.Mul(metric.Scale/2*divisor, 2*t-1)
}

// severally tells whether tier t, or one above it, asks for anything but one amount of one
// metric: then no term alone says what sum of money is enough.
func severally(sc *policy.Scheme, t uint8) bool {
	own := sc.Tiers[t].Cond.Terms
	for i := range sc.Tiers[t:] {
		terms := sc.Tiers[int(t)+i].Cond.Terms
		if len(terms) != 1 || terms[0].Metric != own[0].Metric {
			return true
		}
	}
	return false
}

// ofSeveral are the amounts where several things decide (rule R187): top_up and what
// waiting costs are those of the whole condition; shortfall, daily and hold_after each the
// most that a term asks, with `any` the least; threshold and estimate those of the term
// whose shortfall it is.
func (p *Partition) ofSeveral(v view, sc *policy.Scheme, t uint8, lead *policy.Term, today, end int32) project.Money {
	cond := &sc.Tiers[t].Cond
	lever := false // of some term
	for i := range cond.Terms {
		lever = lever || v.balances(&cond.Terms[i]) && v.ap.plan.Metrics[cond.Terms[i].Metric].DepositWeight != 0
	}
	m := p.ofTerm(v, sc, t, lead, today, end)
	some := !lever || v.ap.plan.Metrics[lead.Metric].DepositWeight != 0
	from := end
	if some {
		from = v.counts(lead, end)
	}
	for i := range cond.Terms {
		term := &cond.Terms[i]
		if term == lead || !v.balances(term) || lever && v.ap.plan.Metrics[term.Metric].DepositWeight == 0 {
			continue
		}
		x := p.ofTerm(v, sc, t, term, today, end)
		from = min(from, v.counts(term, end))
		if !some {
			m, some = x, true
			continue
		}
		daily, hold := max(m.Daily, x.Daily), max(m.HoldAfter, x.HoldAfter)
		more := x.Shortfall > m.Shortfall
		if cond.Any {
			daily, hold = min(m.Daily, x.Daily), min(m.HoldAfter, x.HoldAfter)
			more = x.Shortfall < m.Shortfall
		}
		if more {
			m = x
		}
		m.Daily, m.HoldAfter = daily, hold
	}
	m.TopUp, m.WaitOn, m.WaitTopUp = 0, [2]int32{}, [2]int64{}
	if today > end {
		return m
	}
	v = v.opened(today)
	m.TopUp, m.Reachable = p.least(v, sc, t, today, end)
	m.Lever = lever || m.TopUp > 0
	m.Reachable = m.Reachable && m.Lever
	if !lever || m.TopUp == 0 {
		return m
	}
	left := end - max(today, from) + 1
	n := 0
	for _, days := range [2]int32{left / 2, 1} {
		on := end - days + 1
		if days < 1 || on <= today || n > 0 && m.WaitOn[n-1] == on {
			continue
		}
		if x, ok := p.least(v, sc, t, on, end); ok && x > 0 {
			m.WaitOn[n], m.WaitTopUp[n] = on, x
			n++
		}
	}
	return m
}

// balances tells whether a term is about a balance or an average of balances.
func (v *view) balances(term *policy.Term) bool {
	return term.Metric >= 0 && v.ap.plan.Metrics[term.Metric].Balancing()
}

// counts is the first day that a balance term of the period that ends on end looks at, 0
// for one that looks at the last day alone: then it is no matter when money comes.
func (v *view) counts(term *policy.Term, end int32) int32 {
	mt := &v.ap.plan.Metrics[term.Metric]
	if mt.Kind != policy.ADB {
		return 0
	}
	from, _ := metric.Span(mt, end)
	return from
}

// least is the smallest deposit on a day with which the period that ends on end qualifies
// for tier t, by the tier itself or by a higher one; false: no sum is enough. Where only
// balances move with money it is what one of them asks.
func (p *Partition) least(v view, sc *policy.Scheme, t uint8, on, end int32) (int64, bool) {
	if p.keeps(v, sc, t, supposed{}) {
		return 0, true
	}
	asks := p.scratch.asks[:0]
	for i := range sc.Tiers[t:] {
		terms := sc.Tiers[int(t)+i].Cond.Terms
		for k := range terms {
			if terms[k].Metric < 0 {
				return p.halved(v, sc, t, on)
			}
			if !v.balances(&terms[k]) {
				continue
			}
			if g := v.gap(&terms[k], on, end); g.WeightBP != 0 {
				asks = append(asks, g.Deposit())
			}
		}
	}
	p.scratch.asks = asks
	slices.Sort(asks)
	for i, x := range asks {
		if x > 0 && (i == 0 || x != asks[i-1]) && p.keeps(v, sc, t, supposed{deposit: x, on: on}) {
			return x, true
		}
	}
	return 0, false
}

// keeps tells whether the period qualifies for the tier under a supposition.
func (p *Partition) keeps(v view, sc *policy.Scheme, t uint8, what supposed) bool {
	v = v.suppose(what)
	return v.reached(sc) >= t
}

// search looks for the smallest deposit that keeps a tier that asks for no balance: money
// counts in its score, or for a higher tier.
func (p *Partition) search(m *project.Money, v view, sc *policy.Scheme, t uint8, today, end int32) {
	if today > end || p.keeps(v, sc, t, supposed{}) {
		return
	}
	if x, ok := p.halved(v, sc, t, today); ok {
		m.Lever, m.Reachable, m.TopUp = true, true, x
	}
}

// halved is the smallest deposit on a day that keeps a tier that is not kept without one:
// curves are monotone, so halving finds it.
func (p *Partition) halved(v view, sc *policy.Scheme, t uint8, on int32) (int64, bool) {
	lo, hi := int64(0), ledger.MaxBalance
	if !p.keeps(v, sc, t, supposed{deposit: hi, on: on}) {
		return 0, false
	}
	for hi-lo > 1 {
		mid := lo + (hi-lo)/2
		if p.keeps(v, sc, t, supposed{deposit: mid, on: on}) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi, true
}

// holdAfter is the balance to hold in the periods that follow: the largest of the
// next down_after ones (semantics 6).
func holdAfter(sc *policy.Scheme, mt *policy.Metric, t uint8, threshold int64, end int32) int64 {
	var most int64
	d := end + 1
	for range max(1, int(sc.Tiers[t].DownAfter)) {
		start, stop := tier.Period(sc, d)
		days, dv := int64(1), int64(1)
		if mt.Kind == policy.ADB {
			from, to := metric.Span(mt, stop)
			days = int64(to - from + 1)
			dv = metric.Divisor(mt, days)
		}
		most = max(most, project.HoldAfter(threshold, dv, days, int64(mt.DepositWeight)))
		d = max(stop, start) + 1
	}
	return most
}
