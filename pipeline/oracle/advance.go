package oracle

import (
	"fmt"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Apply takes one record of the log.
func (o *Oracle) Apply(offset int64, r *pb.LogRecord) error {
	o.offset, o.settled, o.accepted, o.repeated = offset, false, false, false
	o.from = len(o.out.Changes)
	if r.Tick == nil {
		for _, c := range o.customers {
			c.forget()
		}
	}
	err := o.apply(r)
	o.begin()
	o.settled = true
	side := r.Seed != nil || r.Override != nil || r.Credit != nil || r.Complaint != nil
	c := o.customers[customerOf(r)]
	switch {
	case c == nil, o.repeated:
	case o.accepted || c.tells() || side && o.plan != nil && c.intraday():
		c.judgeEvent()
	case r.Seed != nil || r.Override != nil:
		c.judgeStanding()
	}
	return err
}

// tells is true if the present record ended or corrected the customer's standing.
func (c *Customer) tells() bool {
	return slices.ContainsFunc(c.o.out.Changes[c.o.from:], func(ch Change) bool {
		return ch.Customer == c.ID && (ch.Kind == pb.ChangeKind_EXITED || ch.Kind == pb.ChangeKind_CORRECTED)
	})
}

// customerOf is the customer that a record is about, "" for control records.
func customerOf(r *pb.LogRecord) string {
	for _, id := range []string{
		r.Transaction.GetCustomerId(), r.Profile.GetCustomerId(), r.Lifecycle.GetCustomerId(), r.Balance.GetCustomerId(),
		r.Rm.GetCustomerId(), r.Seed.GetCustomerId(), r.Override.GetCustomerId(), r.Credit.GetCustomerId(), r.Complaint.GetCustomerId(),
	} {
		if id != "" {
			return id
		}
	}
	return ""
}

func (o *Oracle) apply(r *pb.LogRecord) error {
	switch {
	case r.Transaction != nil:
		o.transaction(r.Transaction)
		return nil
	case r.Policy != nil:
		return o.activation(r.Policy)
	case r.Engine != nil:
		if o.current(r.Engine.Term) {
			o.base, o.rates.fx, o.rates.nav = r.Engine.BaseCurrency, r.Engine.FxLagDays, r.Engine.NavLagDays
			o.eventClock = r.Engine.Clock == "event"
		}
	case r.Term != nil:
		if o.current(r.Term.Term) {
			o.term = r.Term.Term
		}
	case r.Tick != nil:
		if o.current(r.Tick.Term) && (!o.ticked || r.Tick.At > o.tickAt) {
			o.ticked, o.tickAt, o.tickDay = true, r.Tick.At, r.Tick.BusinessDay
			o.settled = true
			for _, id := range o.names {
				o.customers[id].judgeTimers()
			}
		}
	case r.Rates != nil:
		if o.current(r.Rates.Term) {
			o.rates.take(r.Rates, o.closed, o.lastClose)
			for _, c := range o.customers {
				c.forget()
			}
		}
	case r.Close != nil:
		if !o.current(r.Close.Term) || o.closed && r.Close.Day <= o.lastClose {
			return nil
		}
		o.close(r.Close.Day, r.Close.Cut)
	case r.Handover != nil, r.CutOffs != nil:
	default:
		o.fact(r)
	}
	return nil
}

// begin notes the day of customers who are new.
func (o *Oracle) begin() {
	for _, c := range o.customers {
		if c.first == never {
			c.first, c.came = c.Today(), c.Today()
		}
	}
	o.settled = true
}

// current refuses control records of an older writer of time.
func (o *Oracle) current(term int64) bool {
	return term >= o.term
}

// close closes the days up to a day, one by one (R1).
func (o *Oracle) close(day Day, cut int64) {
	first := day
	if o.closed {
		first = o.lastClose + 1
	} else {
		o.firstClose = day
	}
	o.closing, o.through = true, day
	defer func() { o.closing = false }()
	for d := first; d <= day; d++ {
		o.closed, o.lastClose, o.cut = true, d, cut-int64(day-d)*86400
		for _, id := range o.names {
			o.customers[id].closeDay(d, o.cut)
		}
		for before := len(o.out.Changes); o.activateNext(d + 1); before = len(o.out.Changes) {
			for _, id := range o.names {
				o.customers[id].ruled = true
			}
			o.judgeActivation(before)
		}
	}
}

// judgeActivation tells the lifts that new rules brought at once (R76), the changes from
// index before on, ends the news of falls that they took back, and judges the risks that
// tell misses which they wiped out (R147), or all where rules with a hold begin to (R160).
func (o *Oracle) judgeActivation(before int) {
	lifted := func(c *Customer) bool {
		return slices.ContainsFunc(o.out.Changes[before:], func(ch Change) bool {
			return ch.Customer == c.ID && ch.Kind == pb.ChangeKind_UPGRADED
		})
	}
	from, settled := o.from, o.settled
	o.from, o.closing, o.settled = before, false, true
	for _, id := range o.names {
		switch c := o.customers[id]; {
		case lifted(c):
			c.judgeEvent()
		case c.intraday():
			c.judgeRisks()
		default:
			c.judgeStanding()
		}
	}
	o.from, o.closing, o.settled = from, true, settled
}

// activation takes a policy: the first at once, others for their day.
func (o *Oracle) activation(a *pb.PolicyActivation) error {
	if !o.current(a.Term) {
		return nil
	}
	newest := uint32(0)
	if o.plan != nil {
		newest = o.plan.Version
	}
	for _, p := range o.pending {
		newest = max(newest, p.plan.Version)
	}
	if a.Version <= newest {
		return nil
	}
	plan, err := o.compile(a)
	if err != nil {
		return fmt.Errorf("compile policy version %d: %w", a.Version, err)
	}
	if o.plan == nil {
		o.plan = plan
		return nil
	}
	day := a.EffectiveDay
	for _, p := range o.pending {
		day = max(day, p.from) // no version overtakes one that waits (R178)
	}
	o.pending = append(o.pending, &pending{plan, day})
	return nil
}

// activate puts the plans in force that begin on a day.
func (o *Oracle) activate(day Day) {
	for o.activateNext(day) {
	}
}

// activateNext puts the next plan in force, if it begins by a day.
func (o *Oracle) activateNext(day Day) bool {
	if len(o.pending) == 0 || o.pending[0].from > day {
		return false
	}
	old, plan := o.plan, o.pending[0].plan
	o.plan, o.pending, o.settled = plan, o.pending[1:], false
	for _, id := range o.names {
		o.customers[id].remap(old, plan, day)
	}
	return true
}

// remap carries a customer's machines over to a new plan, tiers by name.
func (c *Customer) remap(old, plan *policy.Plan, day Day) {
	c.forget()
	c.looks = nil
	c.cooled(old, day)
	machines := map[string]*machine{}
	for i := range plan.Schemes {
		s := &plan.Schemes[i]
		was := schemeOf(old, s.Name)
		m := c.machines[s.Name]
		if m == nil || was == nil {
			machines[s.Name] = &machine{state: State{Standing: pb.Standing_NEW}, from: day, anew: day}
			continue
		}
		machines[s.Name] = m
		c.rerank(was, s)
		c.waitFor(m, old, was, day)
		m.waiting = slices.Clone(m.waiting)
		for k := range m.waiting {
			m.waiting[k].since = append(slices.Clip(m.waiting[k].since), s)
		}
		again := func(st State) State { return mapped(was, s, st) }
		before := m.state
		m.past = append(m.past, step{plan: plan, scheme: i, at: day, effective: day, before: before.copy(), again: again, remap: true})
		m.state = again(before)
		if before.Standing != pb.Standing_ACTIVE {
			continue
		}
		if from, to := was.Tiers[before.Tier].Name, s.Tiers[m.state.Tier].Name; from != to {
			c.note([]Change{{
				Scheme: s.Name, Kind: pb.ChangeKind_REMAPPED, From: from, To: to,
				FromRank: before.Tier, ToRank: m.state.Tier, Decided: day - 1, Effective: day,
				Threshold: max(asked(was, before.Tier), asked(s, m.state.Tier)),
			}})
		}
	}
	c.machines = machines
	c.dropped(plan)
	for i := range plan.Schemes {
		if plan.Schemes[i].Upgrade == policy.Immediate {
			c.liftBetween(plan, i, moment{day: day, sec: c.now()}, day)
		}
	}
}

// dropped ends the alerts of schemes that a plan does not have (R193).
func (c *Customer) dropped(plan *policy.Plan) {
	c.cases = slices.DeleteFunc(slices.Clone(c.cases), func(k *kase) bool {
		gone := k.scheme != "" && schemeOf(plan, k.scheme) == nil
		if gone && k.open() && !c.o.simulation {
			c.endCase(k, pb.AlertState_AUTO_RESOLVED, c.atPresent())
		}
		return gone
	})
}

// rerank carries what alerts told of tiers over, by name.
func (c *Customer) rerank(was, now *policy.Scheme) {
	if c.o.simulation {
		return
	}
	for _, k := range c.cases {
		if k.scheme != now.Name {
			continue
		}
		if k.told.tier, k.from = rankUnder(was, now, k.told.tier), rankUnder(was, now, k.from); k.told.lands >= 0 {
			k.told.lands = rankUnder(was, now, k.told.lands)
		}
	}
}

// waitFor remembers the periods that ended before a day and are not decided yet:
// their rules stay theirs (R91).
func (c *Customer) waitFor(m *machine, old *policy.Plan, was *policy.Scheme, day Day) {
	first := max(c.begins(), m.from)
	m.from = day
	if was.Assess == policy.AssessEvent || !c.o.closed {
		return
	}
	for end := day - was.LagDays; end < day; end++ {
		if p := periodOf(was, end); p.End == end && end >= first {
			at := end + was.LagDays
			if n := len(m.waiting); n > 0 {
				at = max(at, m.waiting[n-1].at) // in order, behind what waits
			}
			for i := range old.Schemes {
				if &old.Schemes[i] == was {
					m.waiting = append(slices.Clip(m.waiting), waiting{plan: old, scheme: i, period: p, at: at})
				}
			}
		}
	}
}

func schemeOf(p *policy.Plan, name string) *policy.Scheme {
	for i := range p.Schemes {
		if p.Schemes[i].Name == name {
			return &p.Schemes[i]
		}
	}
	return nil
}

func mapped(was, now *policy.Scheme, st State) State {
	st = st.copy()
	if st.Standing != pb.Standing_ACTIVE {
		return st
	}
	rank := func(old int) int { return rankUnder(was, now, old) }
	st.Tier = rank(st.Tier)
	for i, old := range st.missed {
		st.missed[i] = rank(old)
	}
	if now.ResetMisses {
		st.Misses, st.Watch, st.missed, st.Proposed = 0, false, nil, false
	}
	return st
}

// rankUnder is a tier's rank in a later version of its scheme.
func rankUnder(was, now *policy.Scheme, old int) int {
	name := was.Tiers[old].Name
	for i := range now.Tiers {
		if now.Tiers[i].Name == name {
			return i
		}
	}
	return now.Replaced[name]
}
