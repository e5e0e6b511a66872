package oracle

import (
	"math/big"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Money is the money side of a projection, base minor units.
type Money struct {
	// HasLever: a balance that counts a deposit is asked for, or some deposit makes the
	// period qualify. Reachable: a deposit today makes the present period qualify.
	HasLever, Reachable bool
	TopUp               *big.Int
	// Of the balance or average of the tier that lacks the most, or with `any` the least
	// (R187); nil, where it asks for none. Threshold is told also behind the period's end.
	Threshold, Estimate, Shortfall *big.Int
	// of is that term.
	of *policy.Term
	// The most that such a term asks for, with `any` the least.
	Daily, HoldAfter *big.Int
	AtRisk           *big.Int
	Wait             []WaitFor
}

// WaitFor is what the deposit is on a later day.
type WaitFor struct {
	On    Day
	TopUp *big.Int
}

// Money works out the four amounts for the open period and the present tier.
func (c *Customer) Money(scheme string) Money {
	s := schemeOf(c.o.plan, scheme)
	m := c.machines[scheme]
	if m == nil || m.state.Standing != pb.Standing_ACTIVE {
		return Money{}
	}
	return c.foreseen().money(s, m.state.Tier, c.facing(s))
}

// foreseen is the customer with the heals that are due at the next CLOSEs.
func (c *Customer) foreseen() *Customer {
	self := c.alone().customers[c.ID]
	self.settle(never)
	return self
}

// moneyAhead is the money of the period that is decided next, by the rules in
// force on its last day.
func (c *Customer) moneyAhead(s *policy.Scheme) Money {
	p := c.facing(s)
	self := c.foreseen()
	sim := self.o
	rank := self.machine(s).state.Tier // the tier he has, whatever these rules lift him to
	for _, next := range c.o.pending {
		if next.from > p.End {
			break
		}
		was := s
		if s = schemeOf(next.plan, s.Name); s == nil {
			return Money{} // no rule of the scheme is in force on the last day (R74)
		}
		rank = rankUnder(was, s, rank)
		old := sim.plan
		sim.plan = next.plan
		self.remap(old, next.plan, next.from)
		p = periodOf(s, next.from)
	}
	return self.money(s, rank, p)
}

func (c *Customer) money(s *policy.Scheme, rank int, p Period) Money {
	today := c.Today()
	tier := &s.Tiers[rank]
	out := Money{}
	terms := c.moneyTerms(tier)
	for _, t := range terms {
		c.amounts(&out, s, tier, t, p, today)
	}
	if len(terms) > 0 {
		at := c.balanceTerm(s, rank)
		out.AtRisk = Minor(c.DayValue(at, today))
	}
	if p.End < today {
		return out
	}
	out.TopUp, out.Reachable = c.topUp(s, rank, p, today)
	out.HasLever = c.hasLever(tier) || out.Reachable && out.TopUp.Sign() > 0
	out.Reachable = out.Reachable && out.HasLever
	// What waiting costs is worked out for balances alone.
	if !c.hasLever(tier) {
		return out
	}
	from := p.End
	for _, t := range terms {
		from = min(from, c.countsFrom(t, p))
	}
	for _, on := range waitDays(max(today, from), p.End) {
		if x, ok := c.topUp(s, rank, p, on); ok && x.Sign() > 0 {
			out.Wait = append(out.Wait, WaitFor{on, x})
		}
	}
	return out
}

// moneyTerms are the terms of a tier about balances and averages: those that count a
// deposit, if there are such.
func (c *Customer) moneyTerms(tier *policy.Tier) []*policy.Term {
	var levers, others []*policy.Term
	for i := range tier.Cond.Terms {
		t := &tier.Cond.Terms[i]
		switch {
		case t.Metric < 0 || !c.o.plan.Metrics[t.Metric].Balancing():
		case c.o.plan.Metrics[t.Metric].DepositWeight > 0:
			levers = append(levers, t)
		default:
			others = append(others, t)
		}
	}
	if len(levers) > 0 {
		return levers
	}
	return others
}

// amounts adds what one of the terms asks for.
func (c *Customer) amounts(out *Money, s *policy.Scheme, tier *policy.Tier, t *policy.Term, p Period, today Day) {
	m := &c.o.plan.Metrics[t.Metric]
	over, div, asked := Period{p.End, p.End}, int64(1), int64(1)
	if m.Kind == policy.ADB {
		over = span(m, p.End)
		div, asked = c.Divisor(m, over), c.divisor(m, over, today)
	}
	atEnd := c.ADBSum(m, over.Start, over.End)
	threshold, estimate := big.NewInt(t.From), shown(m, atEnd, div)
	// The threshold less the estimate as shown (R66).
	shortfall := perWeight(new(big.Int).Mul(new(big.Int).Sub(threshold, estimate), unitScale), m, 1)
	if needed(m, asked, t.From).Cmp(atEnd) <= 0 {
		shortfall = new(big.Int)
	}
	// further tells that an amount of this term counts, not that of those before it: of
	// equals the leading one, then the first.
	further := func(n, before *big.Int) bool {
		if before == nil {
			return true
		}
		if tier.Cond.Any {
			return n.Cmp(before) < 0
		}
		return n.Cmp(before) > 0
	}
	if further(shortfall, out.Shortfall) || shortfall.Cmp(out.Shortfall) == 0 && t.Metric == s.Lead {
		out.Threshold, out.Estimate, out.Shortfall, out.of = threshold, estimate, shortfall, t
	}
	if first := max(today, over.Start); first <= p.End {
		soFar := c.ADBSum(m, over.Start, first-1)
		if daily := perWeight(new(big.Int).Sub(needed(m, asked, t.From), soFar), m, Period{first, p.End}.Days()); further(daily, out.Daily) {
			out.Daily = daily
		}
	}
	if hold := c.holdAfter(s, tier, t, p); further(hold, out.HoldAfter) {
		out.HoldAfter = hold
	}
}

// Lack is what a metric or score lacks at the end of a period.
type Lack struct {
	Of         string
	Have, Need int64
}

// lacks are the terms of the present tier that fail at the end of the period that is
// decided next, but for those that money is asked for; none where rules to come decide it.
func (c *Customer) lacks(s *policy.Scheme, m *Money) (list []Lack) {
	p := c.facing(s)
	if len(c.o.pending) > 0 && c.o.pending[0].from <= p.End {
		return nil
	}
	self, plan := c.foreseen(), c.o.plan
	at := moment{day: p.End, sec: c.o.cut + int64(p.End-c.o.lastClose)*86400}
	terms := s.Tiers[c.machine(s).state.Tier].Cond.Terms
	for i := range terms {
		t := &terms[i]
		switch {
		case self.term(plan, t, at):
		case t.Score >= 0:
			list = append(list, Lack{plan.Scores[t.Score].Name, int64(self.score(plan, t.Score, at)), t.From})
		case plan.Metrics[t.Metric].Balancing() && (plan.Metrics[t.Metric].DepositWeight > 0 || m.of != nil && m.of.Metric == t.Metric):
		default:
			list = append(list, Lack{plan.Metrics[t.Metric].Name, self.metric(plan, t.Metric, at).Int64(), t.From})
		}
	}
	return list
}

// holdAfter is what one term asks to be held in the periods that follow, the most.
func (c *Customer) holdAfter(s *policy.Scheme, tier *policy.Tier, t *policy.Term, p Period) *big.Int {
	m, most := &c.o.plan.Metrics[t.Metric], new(big.Int)
	if m.DepositWeight == 0 {
		return most
	}
	next := periodOf(s, p.End+1)
	for range max(int(tier.DownAfter), 1) {
		hold := perWeight(exactly(1, t.From), m, 1)
		if m.Kind == policy.ADB {
			span := span(m, next.End)
			hold = perWeight(exactly(c.Divisor(m, span), t.From), m, span.Days())
		}
		if hold.Cmp(most) > 0 {
			most = hold
		}
		next = periodOf(s, next.End+1)
	}
	return most
}

// perWeight is an exact sum as a deposit held for some days, rounded up; at
// least 0.
func perWeight(sum *big.Int, m *policy.Metric, days int64) *big.Int {
	if sum.Sign() <= 0 {
		return new(big.Int)
	}
	weight := int64(m.DepositWeight)
	if weight == 0 {
		weight = 10_000 // no deposit counts: the amount as it is
	}
	return divideUp(sum, new(big.Int).Mul(e12, big.NewInt(days*weight)))
}

// topUp is the smallest deposit on a day, held to the end of the period, that makes it
// qualify for the tier, by its own condition or that of a higher one (R146, R187).
func (c *Customer) topUp(s *policy.Scheme, rank int, p Period, on Day) (x *big.Int, ok bool) {
	for i := rank; i < len(s.Tiers); i++ {
		if n, can := c.ownTopUp(&s.Tiers[i], p, on); can && (!ok || n.Cmp(x) < 0) {
			x, ok = n, true
		}
	}
	if !ok {
		x = new(big.Int)
	}
	return x, ok
}

// hasLever tells that money counts for the tier also where none is missing; a score
// needs none then.
func (c *Customer) hasLever(tier *policy.Tier) bool {
	return slices.ContainsFunc(tier.Cond.Terms, func(t policy.Term) bool {
		return t.Metric >= 0 && c.o.plan.Metrics[t.Metric].Balancing() && c.o.plan.Metrics[t.Metric].DepositWeight > 0
	})
}

// ownTopUp is what a tier's own condition asks.
func (c *Customer) ownTopUp(tier *policy.Tier, p Period, on Day) (x *big.Int, ok bool) {
	best, met := new(big.Int), 0
	for i := range tier.Cond.Terms {
		need, can := c.deposit(&tier.Cond.Terms[i], p, on)
		if !can {
			continue
		}
		if tier.Cond.Any && (met == 0 || need.Cmp(best) < 0) || !tier.Cond.Any && need.Cmp(best) > 0 {
			best = need
		}
		met++
	}
	return best, met == len(tier.Cond.Terms) || tier.Cond.Any && met > 0
}

// deposit is what one term asks; a term that money does not move asks nothing if
// it holds at the period's end.
func (c *Customer) deposit(t *policy.Term, p Period, on Day) (need *big.Int, ok bool) {
	plan := c.o.plan
	end := moment{day: p.End, sec: c.o.cut + int64(p.End-c.o.lastClose)*86400}
	if t.Score >= 0 && c.scoreLever(plan, t.Score) {
		return c.search(plan, t, end, on)
	}
	if t.Score >= 0 || !plan.Metrics[t.Metric].Balancing() || plan.Metrics[t.Metric].DepositWeight == 0 {
		return new(big.Int), c.term(plan, t, end)
	}
	m := &plan.Metrics[t.Metric]
	if m.Kind == policy.Balance {
		missing := new(big.Int).Sub(needed(m, 1, t.From), c.DayValue(m, p.End))
		return perWeight(missing, m, 1), true
	}
	over := span(m, p.End)
	missing := new(big.Int).Sub(needed(m, c.divisor(m, over, c.Today()), t.From), c.ADBSum(m, over.Start, p.End))
	return perWeight(missing, m, Period{max(on, over.Start), p.End}.Days()), true
}

// scoreLever tells that some balance counts in a score.
func (c *Customer) scoreLever(plan *policy.Plan, score int) bool {
	for _, part := range plan.Scores[score].Parts {
		m := &plan.Metrics[plan.Dimensions[part.Dimension].Metric]
		if m.Balancing() && m.DepositWeight > 0 {
			return true
		}
	}
	return false
}

// search tries deposits until it has the smallest one with which a score holds.
func (c *Customer) search(plan *policy.Plan, t *policy.Term, end moment, on Day) (*big.Int, bool) {
	const most = int64(1_000_000_000_000_000)
	holds := func(n int64) bool {
		self := *c
		self.forget()
		a := &account{id: "deposit", typ: pb.AccountType_DEMAND, unit: c.o.base, opened: on, pinned: true, pinDay: on, pinValue: n}
		self.accounts = append(append([]*account(nil), c.accounts...), a)
		return self.term(plan, t, end)
	}
	switch {
	case holds(0):
		return new(big.Int), true
	case !holds(most):
		return new(big.Int), false
	}
	low, high := int64(0), most
	for low < high {
		if mid := (low + high) / 2; holds(mid) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return big.NewInt(low), true
}

// countsFrom is the first day that a period's average looks at; a point value looks at
// none before its own.
func (c *Customer) countsFrom(t *policy.Term, p Period) Day {
	if m := &c.o.plan.Metrics[t.Metric]; m.Kind == policy.ADB {
		return span(m, p.End).Start
	}
	return always
}

// waitDays are the later days whose price is told (R45).
func waitDays(today, end Day) []Day {
	left := end - today + 1
	half := end - left/2 + 1
	var out []Day
	for _, on := range []Day{half, end} {
		if left/2 > 0 && on > today && on <= end && (len(out) == 0 || out[len(out)-1] != on) {
			out = append(out, on)
		}
	}
	return out
}
