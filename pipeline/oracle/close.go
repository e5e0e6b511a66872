package oracle

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// closeDay lets the CLOSE of a day decide about the customer.
func (c *Customer) closeDay(d Day, cut int64) {
	plan, before := c.o.plan, len(c.o.out.Changes)
	c.settle(d)
	if c.allClosed(d + 1) {
		c.leaves(d, d+1)
	}
	if plan == nil {
		return
	}
	was, ruled := c.standings(plan), c.ruled
	c.ruled = false
	for i := range plan.Schemes {
		if c.o.only == "" || c.o.only == plan.Schemes[i].Name {
			c.decide(plan, i, d, cut)
		}
	}
	if !c.o.Sparse && !c.o.simulation {
		c.o.settled, c.o.dated = true, true
		c.point(d, cut, ruled || decides(c.o.out.Changes[before:]) || !slices.Equal(was, c.standings(plan)))
		c.judgeClose(d, cut)
		c.o.settled, c.o.dated = false, false
	}
}

// standings are the customer's places in the schemes, in words.
func (c *Customer) standings(plan *policy.Plan) (list []string) {
	if c.o.Sparse || c.o.simulation {
		return nil
	}
	for i := range plan.Schemes {
		st := c.Standing(plan.Schemes[i].Name)
		if st.Standing == pb.Standing_STANDING_UNSPECIFIED {
			st.Standing = pb.Standing_NEW // the first look at him makes it so
		}
		list = append(list, fmt.Sprint(st))
	}
	return list
}

// settle makes the heals that are due when a day closes.
func (c *Customer) settle(d Day) {
	for _, a := range c.accounts {
		for _, day := range c.unsettled(a, d) {
			if n := c.chain(a, day, c.pairs(a, day)); n != 0 {
				c.o.healed(c, a, day, n)
			}
			c.forget()
		}
		a.undone = slices.DeleteFunc(slices.Clone(a.undone), func(u undone) bool { return u.day <= d })
	}
}

// decide does all that a CLOSE decides in one scheme.
func (c *Customer) decide(plan *policy.Plan, i int, d Day, cut int64) {
	s := &plan.Schemes[i]
	m := c.machine(s)
	at := moment{day: d, sec: cut}
	if m.state.Standing == pb.Standing_NEW && s.Entry == policy.AtOnce && s.Assess != policy.AssessEvent {
		if c.enterAtOnce(plan, i, at, d, d+1) {
			// What ended before his tier is not assessed (R92).
			m.from, m.waiting = d+1, nil
			c.liftBetween(plan, i, at, d+1)
			return
		}
	}
	for _, w := range m.waiting {
		if w.at == d {
			c.assessBy(&w, plan, i, w.period, d, cut, d+1)
		}
	}
	if p := periodOf(s, d-s.LagDays); p.End == d-s.LagDays && p.End >= max(c.begins(), m.from) && (s.Assess != policy.AssessEvent || !c.seen || c.newest <= d) {
		if n := len(m.waiting); n > 0 && m.waiting[n-1].at > d {
			// In order, behind what waits.
			m.waiting = append(slices.Clip(m.waiting), waiting{plan: plan, scheme: i, period: p, at: m.waiting[n-1].at})
		} else {
			c.assess(plan, i, p, d, cut, d+1)
		}
	}
	c.liftBetween(plan, i, at, d+1)
}

// begins is the day whose period is the first that is assessed.
func (c *Customer) begins() Day { return max(c.first, c.o.firstClose) }

// enterAtOnce gives a NEW customer the tier of his average since opening.
func (c *Customer) enterAtOnce(plan *policy.Plan, i int, at moment, decided, effective Day) bool {
	s := &plan.Schemes[i]
	m := c.machine(s)
	at.entry = true
	p := periodOf(s, at.day)
	rank := c.reached(plan, s, at)
	if !c.covered(plan, s, p) && rank == 0 {
		return false
	}
	again := func(st State) State {
		if st.Standing == pb.Standing_NEW {
			return enter(s, st, rank, effective)
		}
		return st
	}
	m.past = append(m.past, step{plan: plan, scheme: i, at: at.day, effective: effective, before: m.state.copy(), again: again})
	m.state = again(m.state)
	c.note([]Change{{
		Scheme: s.Name, Kind: pb.ChangeKind_ENTERED, To: s.Tiers[rank].Name, FromRank: -1, ToRank: rank,
		Decided: decided, Effective: effective, Period: p, Value: c.shownLead(plan, s, at),
	}})
	return true
}

// assess decides about a period.
func (c *Customer) assess(plan *policy.Plan, i int, p Period, decided Day, cut int64, effective Day) {
	c.assessBy(nil, plan, i, p, decided, cut, effective)
}

// valued gives a period's result and the tier by the point value, by other rules
// than the scheme's if they are given.
func (c *Customer) valued(by *waiting, plan *policy.Plan, s *policy.Scheme, p Period, decided Day, cut int64) (*Result, int) {
	at := moment{day: decided, sec: cut}
	if by == nil {
		return c.result(plan, s, p, decided, cut), c.pointReached(plan, s, at)
	}
	old := &by.plan.Schemes[by.scheme]
	r := c.result(by.plan, old, p, decided, cut)
	r.Reached = by.became(r.Reached)
	return r, by.became(c.pointReached(by.plan, old, at))
}

func (c *Customer) assessBy(by *waiting, plan *policy.Plan, i int, p Period, decided Day, cut int64, effective Day) {
	s := &plan.Schemes[i]
	m := c.machine(s)
	if m.state.Standing == pb.Standing_LEFT {
		return
	}
	st := step{plan: plan, scheme: i, at: decided, cut: cut, effective: effective, before: m.state.copy(), rules: by}
	st.result, st.landing = c.valued(by, plan, s, p, decided, cut)
	after, changes := verdictOn(s, st.before, st.result, st.landing, decided, effective)
	m.state = after
	fell := after.Standing == pb.Standing_ACTIVE && st.before.Standing == pb.Standing_ACTIVE && after.Tier < st.before.Tier
	st.result.Missed = fell || after.Misses > st.before.Misses
	m.past = append(m.past, st)
	c.o.out.Results = append(c.o.out.Results, *st.result)
	c.note(changes)
}

// result computes a period as of its end, with all that is known now.
func (c *Customer) result(plan *policy.Plan, s *policy.Scheme, p Period, decided Day, cut int64) *Result {
	end := moment{day: p.End, sec: cut - int64(decided-p.End)*86400}
	r := &Result{
		Offset: c.o.offset, Customer: c.ID, Scheme: s.Name, Period: p, Version: plan.Version,
		Reached: c.reached(plan, s, end), Covered: c.covered(plan, s, p),
	}
	r.Sum, r.Divisor = c.lead(plan, s, end)
	r.Value = c.shownLead(plan, s, end)
	return r
}

// shownLead is the scheme's leading number as it is shown.
func (c *Customer) shownLead(plan *policy.Plan, s *policy.Scheme, at moment) int64 {
	switch {
	case s.LeadScore >= 0:
		return int64(c.score(plan, s.LeadScore, at))
	case s.Lead >= 0:
		return c.metric(plan, s.Lead, at).Int64()
	}
	return 0
}

// lead is the scheme's leading number: an average's sum and divisor, or a value.
func (c *Customer) lead(plan *policy.Plan, s *policy.Scheme, at moment) (*big.Int, int64) {
	switch {
	case s.LeadScore >= 0:
		return new(big.Int).Mul(big.NewInt(int64(c.score(plan, s.LeadScore, at))), unitScale), 1
	case s.Lead < 0:
		return new(big.Int), 1
	case plan.Metrics[s.Lead].Kind == policy.ADB:
		return c.average(&plan.Metrics[s.Lead], at)
	case plan.Metrics[s.Lead].Kind == policy.Balance:
		return c.DayValue(&plan.Metrics[s.Lead], at.day), 1
	}
	return new(big.Int).Mul(c.metric(plan, s.Lead, at), unitScale), 1
}

// pointReached is the tier of the point values: averages, those of scores too, count
// as of the day (semantics 5, by_balance).
func (c *Customer) pointReached(plan *policy.Plan, s *policy.Scheme, at moment) int {
	at.point = true
	return c.reached(plan, s, at)
}

// liftBetween does the lifts that need no assessment.
func (c *Customer) liftBetween(plan *policy.Plan, i int, at moment, effective Day) {
	s := &plan.Schemes[i]
	m := c.machine(s)
	rank := 0
	p := periodOf(s, at.day)
	switch s.Upgrade {
	case policy.WhenSecured:
		rank = c.secured(plan, s, p, at.day)
	case policy.Immediate:
		rank = c.reached(plan, s, at)
	case policy.AtClose, policy.NextPeriod:
	}
	st := m.state
	if st.Standing != pb.Standing_ACTIVE || rank <= st.Tier || st.Hold != 0 && at.day <= st.Hold {
		return
	}
	from, value := st.Tier, c.shownLead(plan, s, at)
	if s.Upgrade == policy.WhenSecured { // an average (R29)
		m := &plan.Metrics[s.Lead]
		over := span(m, p.End)
		value = shown(m, c.ADBSum(m, over.Start, at.day), c.Divisor(m, over)).Int64()
	}
	again := func(st State) State {
		if st.Standing == pb.Standing_ACTIVE && rank > st.Tier {
			return lift(s, st.copy(), rank, effective)
		}
		return st
	}
	m.past = append(m.past, step{plan: plan, scheme: i, at: at.day, effective: effective, before: st.copy(), again: again})
	m.state = again(st)
	c.note([]Change{{
		Scheme: s.Name, Kind: pb.ChangeKind_UPGRADED, From: s.Tiers[from].Name, To: s.Tiers[rank].Name,
		FromRank: from, ToRank: rank, Decided: at.day, Effective: effective, Period: p, Value: value,
	}})
}

// atEvent evaluates the schemes that look at every event.
func (c *Customer) atEvent() {
	plan := c.o.plan
	if plan == nil {
		return
	}
	d := c.Today()
	at := moment{day: d, sec: c.now()}
	for i := range plan.Schemes {
		s := &plan.Schemes[i]
		if s.Assess == policy.AssessEvent {
			c.assess(plan, i, Period{d, d}, d, at.sec, d)
		}
		if s.Upgrade == policy.Immediate {
			c.liftBetween(plan, i, at, d)
		}
	}
}

// now is the second up to which hour windows look at an event: no earlier than the
// cut of the day closed last.
func (c *Customer) now() int64 {
	now := max(c.o.tickAt, c.o.cut)
	for _, e := range c.entries {
		now = max(now, e.tx.EventTime+1)
	}
	return now
}
