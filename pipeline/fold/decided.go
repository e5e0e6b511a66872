package fold

import (
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/project"
	"github.com/tierwatch/tierwatch/pipeline/tier"
)

// decidedAs is the state in which the period that deciding found will be decided: the
// one at, or a lower one, where rules to come make the tier to which the days until
// then lift him a lower one than his own (rule R145). u holds the rules of that period,
// which ends on end.
func (p *Partition) decidedAs(w, u *idle, at tier.State, today, end int32) tier.State {
	if u == nil || !p.crossed(w.sc, u.ap) {
		return at
	}
	st, from := p.places(w.slot)[w.index()].State, p.unclosed(today)
	x := w
	for _, next := range p.plans.pending {
		project.Lift(&st, x.sc, x, from, next.from-1)
		to := &next.plan.Schemes[schemeNamed(next.plan, x.sc.Name)]
		mapState(&st, x.sc, to)
		from, x = next.from, &idle{p: p, slot: w.slot, ap: next, sc: to}
		if next == u.ap {
			break
		}
	}
	if st.Tier < at.Tier {
		project.Lift(&st, x.sc, x, from, end)
	}
	if st.Tier < at.Tier {
		return st
	}
	return at
}

// unclosed is the first day whose CLOSE may still lift a customer: those behind his newest
// event do.
func (p *Partition) unclosed(today int32) int32 {
	if last := p.clock.LastClose; last != 0 {
		return min(today, last+1)
	}
	return today
}

// crossed tells whether the rules to come, through those of last, make one of two tiers
// of a scheme that is the higher today the lower.
func (p *Partition) crossed(sc *policy.Scheme, last *activePlan) bool {
	for _, next := range p.plans.pending {
		to := &next.plan.Schemes[schemeNamed(next.plan, sc.Name)]
		for t := 1; t < len(sc.Tiers); t++ {
			if mapTier(uint8(t), sc, to) < mapTier(uint8(t-1), sc, to) {
				return true
			}
		}
		if sc = to; next == last {
			break
		}
	}
	return false
}
