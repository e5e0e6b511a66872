package fold

import (
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/tier"
)

// rules are a scheme as a policy has it. What was decided keeps the tiers of the rules
// that decided it, and is decided again by them (rule R177).
type rules struct {
	ap *activePlan
	sc *policy.Scheme
}

// versioned are the rules of a scheme in a version of the policy; the present ones where
// it is of none that were in force.
func (p *Partition) versioned(sc *policy.Scheme, version uint16) rules {
	for i := len(p.plans.past) - 1; i >= 0; i-- {
		if ap := p.plans.past[i]; uint16(ap.plan.Version) == version {
			if k := schemeNamed(ap.plan, sc.Name); k >= 0 {
				return rules{ap, &ap.plan.Schemes[k]}
			}
		}
	}
	return rules{p.plans.active, sc}
}

// decider are the rules that decided a period.
func (p *Partition) decider(sc *policy.Scheme, k *tier.Kept) rules {
	return p.versioned(sc, k.Version())
}

// valuing are the rules that value a period: those of its last day or, where a CLOSE that
// skipped days had the older ones decide it (rule R148), those that decide it.
func (p *Partition) valuing(by rules, end int32) rules {
	if ap, sc := p.rulesOf(by.sc, end); ap == by.ap || p.planNumber(ap) < p.planNumber(by.ap) {
		return rules{ap, sc}
	}
	return by
}

// assessedBy is a period as it is valued, in the tiers of the rules that decide it (rule
// R179).
func (p *Partition) assessedBy(slot ledger.Slot, by rules, start, end, decided int32) tier.Assessed {
	of := p.valuing(by, end)
	a := p.assessed(slot, of.ap, of.sc, start, end, decided)
	if of.sc == by.sc {
		return a
	}
	if byBalance(by.sc) && !byBalance(of.sc) {
		a.Point = p.pointTier(slot, of.ap, of.sc, decided)
	}
	a.Reached, a.Point = p.called(a.Reached, of, by), p.called(a.Point, of, by)
	return a
}

// planNumber is how many policies came into force before one.
func (p *Partition) planNumber(of *activePlan) int {
	for i, ap := range p.plans.past {
		if ap == of {
			return i
		}
	}
	return len(p.plans.past)
}

// carried is a state under later rules, by each of those that came in between.
func (p *Partition) carried(st tier.State, from, to rules) tier.State {
	if from.ap == to.ap {
		return st
	}
	was := from.sc
	for i := p.planNumber(from.ap) + 1; i <= p.planNumber(to.ap); i++ {
		if k := schemeNamed(p.planAt(i).plan, was.Name); k >= 0 {
			now := &p.planAt(i).plan.Schemes[k]
			mapState(&st, was, now)
			was = now
		}
	}
	return st
}

// called is a tier under later rules.
func (p *Partition) called(t uint8, from, to rules) uint8 {
	return p.carried(tier.State{Standing: tier.Active, Tier: t}, from, to).Tier
}

// presently is a state under the present rules.
func (p *Partition) presently(st tier.State, by rules, sc *policy.Scheme) tier.State {
	return p.carried(st, by, rules{p.plans.active, sc})
}

// resultPresently is a kept result in the tiers of the present rules.
func (p *Partition) resultPresently(sc *policy.Scheme, k *tier.Kept) tier.Result {
	r, by, present := k.Result(), p.decider(sc, k), rules{p.plans.active, sc}
	r.Before = p.carried(r.Before, by, present)
	r.Reached, r.Point = p.called(r.Reached, by, present), p.called(r.Point, by, present)
	return r
}

// formerly is what a tier was called by earlier rules: of those that have become it the
// highest, or the highest that has become a lower one.
func (p *Partition) formerly(t uint8, now, of rules) uint8 {
	best, at := uint8(0), uint8(0)
	for was := range of.sc.Tiers {
		if is := p.called(uint8(was), of, now); is == t || is < t && at != t {
			best, at = uint8(was), is
		}
	}
	return best
}
