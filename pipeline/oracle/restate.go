package oracle

import (
	"math"
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
		if from, ok := c.rerunFrom(m, days, s.RestateDays); ok {
			c.rerun(m, from)
		}
	}
}

// rerunFrom finds the assessment of the earliest period that holds one of the days and
// ended at most `restate` days ago (R127, R164). It looks at nothing that was decided
// before rules came into force that reset misses or go by events (R171, R186).
func (c *Customer) rerunFrom(m *machine, days []Day, restate Day) (from int, ok bool) {
	kept, keep := 0, math.MaxInt
	for i := len(m.past) - 1; i >= 0 && kept < keep; i-- {
		p := &m.past[i]
		if s := &p.plan.Schemes[p.scheme]; s.Assess == policy.AssessEvent || p.remap && s.ResetMisses {
			break
		}
		r := p.result
		if r == nil {
			continue
		}
		keep = min(keep, kept+p.plan.Schemes[p.scheme].Keep) // each decision let go of what was too much
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
	if !c.valueAgain(m, from) {
		return
	}
	was := m.state
	st := m.past[from].before.copy()
	var stood []State // between the steps, by the rules so far
	for i := from; i < len(m.past); i++ {
		p := &m.past[i]
		p.before = st.copy()
		stood = append(stood, p.before)
		told, last := was, c.o.lastClose
		if i+1 < len(m.past) {
			told, last = m.past[i+1].before, min(last, m.past[i+1].effective-1)
		}
		if p.result == nil {
			st = p.again(st)
			if p.remap {
				for k := range stood {
					stood[k] = p.again(stood[k])
				}
			}
		} else {
			st, _ = verdictOn(&p.plan.Schemes[p.scheme], st, p.result, p.landing, p.at, p.effective)
		}
		if st.Standing == pb.Standing_NEW && told.Standing != pb.Standing_NEW {
			st = c.entersAgain(p, st, p.effective, last)
		}
	}
	m.state = st
	if st.Standing == was.Standing && st.Tier == was.Tier && st.Misses == was.Misses {
		return
	}
	c.corrected(m, was, stood)
}

// corrected tells that a machine is at another tier, standing or count of misses than it
// was. stood are the states that it was in between, by what is known now.
func (c *Customer) corrected(m *machine, was State, stood []State) {
	st, since := m.state, c.Today()
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
		Scheme: c.o.plan.Schemes[last.scheme].Name, Kind: pb.ChangeKind_CORRECTED, FromRank: -1, ToRank: -1,
		Decided: c.Today(), Effective: since,
	}
	for i := range m.past {
		if r := m.past[i].result; r != nil {
			ch.Period, ch.Value = r.Period, r.Value
		}
	}
	if was.Standing == pb.Standing_ACTIVE {
		ch.From, ch.FromRank = tiers[was.Tier].Name, was.Tier
	}
	if st.Standing == pb.Standing_ACTIVE {
		ch.To, ch.ToRank = tiers[st.Tier].Name, st.Tier
	}
	stands := func(x State) bool {
		return x.Standing == pb.Standing_ACTIVE && x.Tier == was.Tier && x.Since == was.Since
	}
	if (st.Standing != was.Standing || st.Tier != was.Tier) && !slices.ContainsFunc(stood, stands) {
		ch.Supersedes = was.Since // R184
	}
	c.note([]Change{ch})
}

// valueAgain values all periods from a step on anew, and tells whether one came out as
// another tier of the present rules than it was, or with other days known: tiers that
// have become one are one (R176).
func (c *Customer) valueAgain(m *machine, from int) (differs bool) {
	for i := from; i < len(m.past); i++ {
		p := &m.past[i]
		if p.result == nil {
			continue
		}
		s, old, landed := &p.plan.Schemes[p.scheme], p.result, p.landing
		p.result, p.landing = c.valued(p.rules, p.plan, s, old.Period, p.at, p.cut)
		p.result.Restated = true
		c.o.out.Results = append(c.o.out.Results, *p.result)
		balance := slices.ContainsFunc(s.Tiers, func(t policy.Tier) bool { return t.Lands == policy.ByBalance })
		differs = differs || p.result.Covered != old.Covered || m.present(i, p.result.Reached) != m.present(i, old.Reached) ||
			balance && m.present(i, p.landing) != m.present(i, landed)
	}
	return differs
}

// present is what a tier of the rules of step i has become since.
func (m *machine) present(i, rank int) int {
	was := &m.past[i].plan.Schemes[m.past[i].scheme]
	for _, p := range m.past[i+1:] {
		if p.remap {
			now := &p.plan.Schemes[p.scheme]
			was, rank = now, rankUnder(was, now, rank)
		}
	}
	return rank
}

// entersAgain is a customer whom a correction left NEW behind a step, after the CLOSEs of
// days since: with `entry: at_once` the first that gives him a tier does so (R130).
func (c *Customer) entersAgain(p *step, st State, first, last Day) State {
	s := &p.plan.Schemes[p.scheme]
	if s.Entry != policy.AtOnce {
		return st
	}
	for d := first; d <= last; d++ {
		rank := c.reached(p.plan, s, moment{day: d, sec: c.o.cut - int64(c.o.lastClose-d)*86400, entry: true})
		if rank > 0 || c.covered(p.plan, s, periodOf(s, d)) {
			return enter(s, st, rank, d+1)
		}
	}
	return st
}
