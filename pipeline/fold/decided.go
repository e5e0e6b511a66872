package fold

import (
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/project"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// deciding follows the pending policies that come into force by the open period's
// last day: the period is then the one under the new rules that holds their first
// day. nil: the scheme ends.
func (p *Partition) deciding(w *idle, st tier.State, end int32) (u *idle, at tier.State, start, stop int32) {
	u = w
	for _, next := range p.plans.pending {
		if next.from > end {
			break
		}
		i := schemeNamed(next.plan, u.sc.Name)
		if i < 0 {
			start, _ = tier.Period(u.sc, end)
			return nil, st, start, end
		}
		to := &next.plan.Schemes[i]
		mapState(&st, u.sc, to)
		u = &idle{p: p, slot: w.slot, ap: next, sc: to}
		start, end = tier.Period(to, next.from)
	}
	return u, st, start, end
}

// opened is the first day of the period that is decided next, of rules to come where they
// begin before its end.
func (p *Partition) opened(slot ledger.Slot, s int) int32 {
	pl, ap := &p.places(slot)[s], p.plans.active
	sc := &ap.plan.Schemes[s]
	start, end, _ := p.ending(sc, pl.nextEnd)
	if len(p.plans.pending) > 0 && p.plans.pending[0].from <= end {
		_, _, start, _ = p.deciding(&idle{p: p, slot: slot, ap: ap, sc: sc}, pl.State, end)
	}
	return start
}

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

// missProjected tells whether the first undecided period will be a miss under no
// activity, by asking the machine itself.
func missProjected(w *idle, st tier.State, start, end int32) bool {
	if st.Tier == 0 {
		return false
	}
	sc := w.sc
	decided := end + sc.LagDays
	if w.ap == w.p.plans.active {
		_, _, decided = w.p.ending(sc, end)
	}
	if leaves := w.p.leavesAt(w.slot); leaves != 0 && leaves <= decided || w.p.goneBy(sc, decided) {
		return false
	}
	a := w.Assess(start, end, decided)
	if sc = w.judged(&st, &a, decided); st.Tier == 0 {
		return false
	}
	before := st.Misses
	if before == 255 {
		before = 254
		st.Misses = 254
	}
	ch, ok := st.Assess(sc, a)
	return st.Misses > before || ok && (ch.Kind == pb.ChangeKind_DOWNGRADED || ch.Kind == pb.ChangeKind_DOWN_PROPOSED)
}

// spared tells that a lift until the end of the open period, which will be a miss, brings
// a guarantee that ignores it.
func (p *Partition) spared(w *idle, st tier.State, today, start, end int32) bool {
	if w.sc.GuaranteeMonths == 0 || w.sc.GuaranteeCounted || int(st.Tier)+1 == len(w.sc.Tiers) {
		return false
	}
	project.Lift(&st, w.sc, w, p.unclosed(today), end)
	return !missProjected(w, st, start, end)
}

// judged carries a state, and what a period came to, over to the rules that are in force
// when the CLOSE of a day decides it (rules R91, R177).
func (w *idle) judged(st *tier.State, a *tier.Assessed, decided int32) *policy.Scheme {
	sc, ahead := w.sc, w.ap == w.p.plans.active
	for _, next := range w.p.plans.pending {
		if ahead && next.from <= decided {
			to := &next.plan.Schemes[schemeNamed(next.plan, sc.Name)]
			mapState(st, sc, to)
			a.Reached, a.Point = mapTier(a.Reached, sc, to), mapTier(a.Point, sc, to)
			sc = to
		}
		ahead = ahead || next == w.ap
	}
	return sc
}
