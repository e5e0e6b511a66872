package oracle

import (
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// restate runs the machines again from the earliest period of one of the days that was
// decided and ended at most `restate` days ago (R164).
func (c *Customer) restate(days ...Day) {
	if c.o.plan == nil {
		return
	}
	for i := range c.o.plan.Schemes {
		s := &c.o.plan.Schemes[i]
		m := c.machines[s.Name]
		if m == nil || m.state.Standing == pb.Standing_LEFT || s.Assess == policy.AssessEvent {
			continue
		}
		if from, ok := c.rerunFrom(m, days, s.RestateDays, s.Keep); ok {
			c.rerun(m, from)
		}
	}
}

// rerunFrom finds the assessment of the earliest period that holds one of the days and
// ended at most `restate` days ago (R127, R164). It looks at nothing that was decided
// before rules came into force that reset misses (R171).
func (c *Customer) rerunFrom(m *machine, days []Day, restate Day, keep int) (from int, ok bool) {
	kept := 0
	for i := len(m.past) - 1; i >= 0 && kept < keep; i-- {
		p := &m.past[i]
		if p.remap && p.plan.Schemes[p.scheme].ResetMisses {
			break
		}
		r := p.result
		if r == nil || p.plan.Schemes[p.scheme].Assess == policy.AssessEvent {
			continue // what events decided is not kept (R111)
		}
		kept++
		holds := func(d Day) bool { return r.Period.Start <= d && d <= r.Period.End }
		if c.Today()-r.Period.End <= restate && slices.ContainsFunc(days, holds) {
			from, ok = i, true
		}
	}
	return from, ok
}

// rerun decides again, from a step on, all that was decided since.
func (c *Customer) rerun(m *machine, from int) {
	was := m.state
	st := m.past[from].before.copy()
	since := c.Today()
	for i := from; i < len(m.past); i++ {
		p := &m.past[i]
		p.before = st.copy()
		if p.result == nil {
			st = p.again(st)
			continue
		}
		s := &p.plan.Schemes[p.scheme]
		told, last := was, c.o.lastClose
		if i+1 < len(m.past) {
			next := &m.past[i+1]
			if told, last = next.before, next.at; next.remap {
				last--
			}
		}
		var landing int
		p.result, landing = c.valued(p.rules, p.plan, s, p.result.Period, p.at, p.cut)
		p.result.Restated = true
		st, _ = verdictOn(s, st, p.result, landing, p.at, p.at+1)
		c.o.out.Results = append(c.o.out.Results, *p.result)
		if st.Standing == pb.Standing_NEW && told.Standing != pb.Standing_NEW {
			st = c.entersAgain(p, st, last)
		}
	}
	m.state = st
	if st.Standing == was.Standing && st.Tier == was.Tier && st.Misses == was.Misses {
		return
	}
	last := m.past[len(m.past)-1]
	tiers := c.o.plan.Schemes[last.scheme].Tiers
	switch {
	case st.Standing != was.Standing:
		// One of the two has no tier, and no day (R89).
		since = max(was.Since, st.Since)
	case st.Tier != was.Tier:
		since = st.Since
	}
	ch := Change{
		Scheme: c.o.plan.Schemes[last.scheme].Name, Kind: pb.ChangeKind_CORRECTED,
		From: tiers[was.Tier].Name, To: tiers[st.Tier].Name, FromRank: was.Tier, ToRank: st.Tier,
		Decided: c.Today(), Effective: since,
	}
	c.note([]Change{ch})
}

// entersAgain is a customer whom a correction left NEW, after the CLOSEs since the one
// that decided: with `entry: at_once` the first that gives him a tier does so (R130).
func (c *Customer) entersAgain(p *step, st State, last Day) State {
	s := &p.plan.Schemes[p.scheme]
	if s.Entry != policy.AtOnce {
		return st
	}
	for d := p.at + 1; d <= last; d++ {
		rank := c.reached(p.plan, s, moment{day: d, sec: p.cut + int64(d-p.at)*86400, entry: true})
		if rank > 0 || c.covered(p.plan, s, periodOf(s, d)) {
			return enter(s, st, rank, d+1)
		}
	}
	return st
}
