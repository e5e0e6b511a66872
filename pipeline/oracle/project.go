package oracle

import (
	"maps"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Projection is what comes about if nothing happens any more.
type Projection struct {
	// FallsOn is the effective day of the first fall (with review: of its
	// proposal), 0: none within the horizon. LandsOn is the rank after it, -1
	// without a fall or where no tier in force tells it.
	FallsOn Day
	LandsOn int
	// Deciding is the period whose miss causes the fall; ActBy its last day.
	Deciding Period
	ActBy    Day
	// Open is the period that holds the customer's day. Miss: it will be a miss.
	// LastChance: its miss causes the fall.
	Open             Period
	Miss, LastChance bool
	// FacingMiss and FacingLast are as Miss and LastChance, of the first period that is
	// not decided yet: the open one, or one that has ended and waits for its assessment.
	FacingMiss, FacingLast bool
}

// Project runs the partition ahead for this customer alone, day by day, with no
// record but the CLOSE of each day, until his first fall in the scheme.
func (c *Customer) Project(scheme string) Projection {
	key := lookKey{c.o.offset, c.o.lastClose, scheme}
	if p, ok := c.looks[key]; ok && c.o.settled {
		return p
	}
	p := c.project(scheme)
	if c.o.settled {
		if c.looks == nil || c.looksAt != c.o.offset {
			c.looks, c.looksAt = map[lookKey]Projection{}, c.o.offset
		}
		c.looks[key] = p
	}
	return p
}

// lookKey is the moment of a projection.
type lookKey struct {
	offset int64
	close  Day
	scheme string
}

func (c *Customer) project(scheme string) Projection {
	s := schemeOf(c.o.plan, scheme)
	today := c.Today()
	out := Projection{LandsOn: -1, Open: periodOf(s, today)}
	m := c.machines[scheme]
	if m == nil || m.state.Standing != pb.Standing_ACTIVE {
		return out
	}
	sim := c.alone()
	sim.only = scheme
	self := sim.customers[c.ID]
	first := today
	if c.o.closed {
		first = c.o.lastClose + 1
	}
	// What the CLOSE of the day before activates is not in force yet while that
	// CLOSE is being decided.
	present := m.state.Tier
	follow := func(plan *policy.Plan) {
		if plan != sim.plan && schemeOf(sim.plan, scheme) != nil {
			present = c.o.becomes(scheme, plan, sim.plan, present)
		}
	}
	sim.activate(first)
	if c.endsBy(scheme, first) {
		return out
	}
	follow(c.o.plan)
	// What rules in force from the first day on lift comes before all results.
	lifted := slices.ContainsFunc(sim.out.Changes, func(ch Change) bool { return ch.Scheme == scheme && ch.Kind == pb.ChangeKind_UPGRADED })
	end := max(today, m.state.Guarantee, m.state.Protect, m.state.Hold) + horizon(c.o.plan, s)
	seen := 0
	for d := first; d < end; d++ {
		plan := sim.plan
		sim.close(d, c.o.cut+int64(d-c.o.lastClose)*86400)
		for ; seen < len(sim.out.Changes); seen++ {
			ch := &sim.out.Changes[seen]
			lifted = lifted || ch.Scheme == scheme && ch.Kind == pb.ChangeKind_UPGRADED && firstResult(sim, scheme) == nil
			fell := ch.Kind == pb.ChangeKind_DOWNGRADED || ch.Kind == pb.ChangeKind_DOWN_PROPOSED
			if ch.Scheme != scheme || !fell || ch.ToRank >= present {
				continue
			}
			out.FallsOn, out.Deciding, out.ActBy = ch.Effective, ch.Period, ch.Period.End
			out.LandsOn = c.o.toldAs(plan, scheme, ch.ToRank, m.state.Tier)
			out.LastChance = ch.Period == out.Open
			out.Miss = out.Miss || out.LastChance
			first := firstResult(sim, scheme)
			out.FacingMiss, out.FacingLast = first.Missed, first.Period == ch.Period
			return out
		}
		if c.endsBy(scheme, d+1) {
			break // behind what its last CLOSE decided
		}
		follow(plan)
		out.Miss = out.Miss || missedOpen(self.machines[scheme], out.Open, d)
	}
	if first := firstResult(sim, scheme); first != nil {
		// A lift that is lost again is none (R65): the present tier is not missed by it.
		out.FacingMiss = first.Missed && (!lifted || first.Reached < present)
	}
	return out
}

// landsOn is the name of the tier on which a fall ends, "" without one.
func (p *Projection) landsOn(s *policy.Scheme) string {
	if p.LandsOn < 0 {
		return ""
	}
	return s.Tiers[p.LandsOn].Name
}

// endsBy tells that rules in force from a day on, or an earlier one, do not have a scheme:
// one of its name that comes later is another.
func (c *Customer) endsBy(scheme string, day Day) bool {
	return slices.ContainsFunc(c.o.pending, func(p *pending) bool { return p.from <= day && schemeOf(p.plan, scheme) == nil })
}

// becomes is what a tier of one of the plans in force or to come is in a later of them, by
// way of those between (R179).
func (o *Oracle) becomes(scheme string, from, to *policy.Plan, rank int) int {
	was := from
	begun := from == o.plan
	for _, p := range o.pending {
		if was == to {
			break
		}
		if begun && schemeOf(p.plan, scheme) != nil {
			rank, was = rankUnder(schemeOf(was, scheme), schemeOf(p.plan, scheme), rank), p.plan
		}
		begun = begun || p.plan == from
	}
	return rank
}

// toldAs is the tier in force as which one of rules to come is told: that of its name,
// or the highest that becomes no higher one; -1 where there is none, or it is his (R139).
func (o *Oracle) toldAs(plan *policy.Plan, scheme string, rank, his int) int {
	next, present := schemeOf(plan, scheme), schemeOf(o.plan, scheme)
	lower := -1
	for i := range present.Tiers {
		if present.Tiers[i].Name == next.Tiers[rank].Name {
			lower = i
			break
		}
		if o.becomes(scheme, o.plan, plan, i) <= rank {
			lower = i
		}
	}
	if lower == his {
		return -1
	}
	return lower
}

// firstResult is what the next assessment in a scheme came to, nil without one.
func firstResult(sim *Oracle, scheme string) *Result {
	for i := range sim.out.Results {
		if sim.out.Results[i].Scheme == scheme {
			return &sim.out.Results[i]
		}
	}
	return nil
}

// facing is the first period whose deciding CLOSE has not come.
func (c *Customer) facing(s *policy.Scheme) Period {
	if !c.o.closed {
		if c.first != never {
			return periodOf(s, max(c.Today(), c.first))
		}
		return periodOf(s, c.Today())
	}
	first := c.begins()
	if m := c.machines[s.Name]; m != nil {
		for _, w := range m.waiting {
			if w.at > c.o.lastClose {
				return w.period
			}
		}
		first = max(first, m.from)
	}
	if s.Assess == policy.AssessEvent && c.seen {
		// A CLOSE of a day before his newest event assesses nothing.
		first = max(first, c.newest)
	}
	p := periodOf(s, c.o.lastClose+1-s.LagDays)
	if p.End < first {
		// He came after its end, or no CLOSE did: it is never assessed.
		return periodOf(s, first)
	}
	return p
}

// missedOpen tells that the CLOSE of a day decided the open period, as a miss.
func missedOpen(m *machine, open Period, d Day) bool {
	for i := range m.past {
		r := m.past[i].result
		if r != nil && r.Period == open && m.past[i].at == d {
			return m.state.Misses > m.past[i].before.Misses
		}
	}
	return false
}

// horizon is how far a projection looks (R42).
func horizon(plan *policy.Plan, s *policy.Scheme) Day {
	misses := Day(0)
	for i := range s.Tiers {
		misses = max(misses, Day(s.Tiers[i].DownAfter))
	}
	period := Day(31)
	switch s.Assess {
	case policy.AssessQuarter:
		period = 92
	case policy.AssessDays:
		period = s.N
	case policy.AssessEvent:
		period = 1
	case policy.AssessMonth:
	}
	return min(plan.LongestWindow+(misses+2)*period+s.LagDays, 800)
}

// alone copies the partition with this customer only; the copy says nothing.
func (c *Customer) alone() *Oracle {
	o := *c.o
	o.simulation, o.out = true, Outcome{}
	o.pending = append([]*pending(nil), c.o.pending...)
	self := *c
	self.o = &o
	self.machines = map[string]*machine{}
	for name, m := range c.machines {
		self.machines[name] = &machine{state: m.state.copy(), from: m.from, waiting: m.waiting}
	}
	// Heals are due at the next CLOSE: accounts change in the copy.
	self.accounts = nil
	for _, a := range c.accounts {
		b := *a
		b.heals, b.looked = append([]*heal(nil), a.heals...), maps.Clone(a.looked)
		self.accounts = append(self.accounts, &b)
	}
	o.customers = map[string]*Customer{c.ID: &self}
	o.names = []string{c.ID}
	return &o
}
