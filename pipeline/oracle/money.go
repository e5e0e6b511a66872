package oracle

import (
	"math/big"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Money is the money side of a projection, base minor units.
type Money struct {
	// HasLever: some balance metric counts for the tier. Reachable: a deposit
	// today makes the present period qualify.
	HasLever, Reachable bool
	TopUp               *big.Int
	// Asked is the balance or average that the tier asks for, of the leading metric if it
	// is one; nil: none.
	Asked *big.Int
	// Of the leading average alone.
	Threshold, Estimate, Shortfall, Daily, HoldAfter *big.Int
	AtRisk                                           *big.Int
	Wait                                             []WaitFor
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
	p, rank, self := c.facing(s), c.machine(s).state.Tier, c.foreseen()
	for _, next := range c.o.pending {
		if next.from > p.End {
			break
		}
		to := schemeOf(next.plan, s.Name)
		if to == nil {
			return Money{} // no rule of the scheme is in force on the last day (R74)
		}
		rank = rankUnder(s, to, rank)
		s, p, self.o.plan = to, periodOf(to, next.from), next.plan
	}
	self.forget()
	return self.money(s, rank, p)
}

func (c *Customer) money(s *policy.Scheme, rank int, p Period) Money {
	today := c.Today()
	tier := &s.Tiers[rank]
	out := Money{Asked: c.asked(s, tier)}
	if p.End < today {
		return out
	}
	out.TopUp, out.HasLever, out.Reachable = c.topUp(s, rank, p, today)
	for _, on := range waitDays(max(today, c.countsFrom(s, p)), p.End) {
		// What waiting costs is not worked out for scores.
		if x, _, ok := c.topUp(s, rank, p, on); ok && x.Sign() > 0 && s.Lead >= 0 {
			out.Wait = append(out.Wait, WaitFor{on, x})
		}
	}
	if s.Lead >= 0 && c.o.plan.Metrics[s.Lead].Balancing() {
		out.AtRisk = Minor(c.DayValue(&c.o.plan.Metrics[s.Lead], today))
	}
	for i := range tier.Cond.Terms {
		if t := &tier.Cond.Terms[i]; t.Metric == s.Lead && s.Lead >= 0 && out.Threshold == nil {
			c.amounts(&out, s, tier, t, p, today)
		}
	}
	return out
}

// asked is what a tier asks of a balance or average, of the leading metric if that is one.
func (c *Customer) asked(s *policy.Scheme, tier *policy.Tier) (n *big.Int) {
	for i := range tier.Cond.Terms {
		t := &tier.Cond.Terms[i]
		if t.Metric >= 0 && c.o.plan.Metrics[t.Metric].Balancing() && (n == nil || t.Metric == s.Lead) {
			n = big.NewInt(t.From)
		}
	}
	return n
}

// amounts fills what is about the leading metric.
func (c *Customer) amounts(out *Money, s *policy.Scheme, tier *policy.Tier, t *policy.Term, p Period, today Day) {
	m := &c.o.plan.Metrics[t.Metric]
	out.Threshold = big.NewInt(t.From)
	if !m.Balancing() || m.DepositWeight == 0 {
		return
	}
	over, div, asked := Period{p.End, p.End}, int64(1), int64(1)
	if m.Kind == policy.ADB {
		over = span(m, p.End)
		div, asked = c.Divisor(m, over), c.divisor(m, over, today)
	}
	atEnd := c.ADBSum(m, over.Start, p.End)
	out.Estimate = shown(m, atEnd, div)
	// The threshold less the estimate as shown (R66).
	out.Shortfall = perWeight(new(big.Int).Mul(new(big.Int).Sub(out.Threshold, out.Estimate), unitScale), m, 1)
	first := max(today, over.Start)
	soFar := c.ADBSum(m, over.Start, first-1)
	out.Daily = perWeight(new(big.Int).Sub(needed(m, asked, t.From), soFar), m, Period{first, p.End}.Days())
	next := periodOf(s, p.End+1)
	for range max(int(tier.DownAfter), 1) {
		hold := perWeight(exactly(1, t.From), m, 1)
		if m.Kind == policy.ADB {
			span := span(m, next.End)
			hold = perWeight(exactly(c.Divisor(m, span), t.From), m, span.Days())
		}
		if out.HoldAfter == nil || hold.Cmp(out.HoldAfter) > 0 {
			out.HoldAfter = hold
		}
		next = periodOf(s, next.End+1)
	}
}

// perWeight is an exact sum as a deposit held for some days, rounded up; at
// least 0.
func perWeight(sum *big.Int, m *policy.Metric, days int64) *big.Int {
	if sum.Sign() <= 0 {
		return new(big.Int)
	}
	return divideUp(sum, new(big.Int).Mul(e12, big.NewInt(days*int64(m.DepositWeight))))
}

// topUp is the smallest deposit on a day, held to the end of the period, that
// makes it qualify for the tier; that a higher tier holds is enough (R146).
func (c *Customer) topUp(s *policy.Scheme, rank int, p Period, on Day) (x *big.Int, lever, ok bool) {
	x, lever, ok = c.ownTopUp(&s.Tiers[rank], p, on)
	higher := func(n *big.Int) bool {
		return slices.ContainsFunc(s.Tiers[rank+1:], func(t policy.Tier) bool {
			return c.holds(&t.Cond, func(t *policy.Term) bool {
				need, _, can := c.deposit(t, p, on)
				return can && need.Cmp(n) <= 0
			})
		})
	}
	if none := new(big.Int); higher(none) {
		return none, c.hasLever(&s.Tiers[rank]), true
	}
	return x, lever, ok || lever && higher(x)
}

// hasLever tells that money counts for the tier also where none is missing; a score
// needs none then.
func (c *Customer) hasLever(tier *policy.Tier) bool {
	return slices.ContainsFunc(tier.Cond.Terms, func(t policy.Term) bool {
		return t.Metric >= 0 && c.o.plan.Metrics[t.Metric].Balancing() && c.o.plan.Metrics[t.Metric].DepositWeight > 0
	})
}

// ownTopUp is what the tier's own condition asks.
func (c *Customer) ownTopUp(tier *policy.Tier, p Period, on Day) (x *big.Int, lever, ok bool) {
	best := new(big.Int)
	met := 0
	for i := range tier.Cond.Terms {
		t := &tier.Cond.Terms[i]
		need, isLever, can := c.deposit(t, p, on)
		lever = lever || isLever
		switch {
		case tier.Cond.Any && can && (met == 0 || need.Cmp(best) < 0),
			!tier.Cond.Any && can && need.Cmp(best) > 0:
			best = need
		}
		if can {
			met++
		}
	}
	n := len(tier.Cond.Terms)
	return best, lever, n > 0 && (met == n || tier.Cond.Any && met > 0)
}

// deposit is what one term asks; a term that money does not move asks nothing if
// it holds at the period's end.
func (c *Customer) deposit(t *policy.Term, p Period, on Day) (need *big.Int, lever, ok bool) {
	plan := c.o.plan
	end := moment{day: p.End, sec: c.o.cut + int64(p.End-c.o.lastClose)*86400}
	if t.Score >= 0 && c.scoreLever(plan, t.Score) {
		return c.search(plan, t, end, on)
	}
	if t.Score >= 0 || !plan.Metrics[t.Metric].Balancing() || plan.Metrics[t.Metric].DepositWeight == 0 {
		return new(big.Int), false, c.term(plan, t, end)
	}
	m := &plan.Metrics[t.Metric]
	if m.Kind == policy.Balance {
		missing := new(big.Int).Sub(needed(m, 1, t.From), c.DayValue(m, p.End))
		return perWeight(missing, m, 1), true, true
	}
	over := span(m, p.End)
	missing := new(big.Int).Sub(needed(m, c.divisor(m, over, c.Today()), t.From), c.ADBSum(m, over.Start, p.End))
	return perWeight(missing, m, Period{max(on, over.Start), p.End}.Days()), true, true
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
func (c *Customer) search(plan *policy.Plan, t *policy.Term, end moment, on Day) (*big.Int, bool, bool) {
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
		return new(big.Int), false, true
	case !holds(most):
		return new(big.Int), true, false
	}
	low, high := int64(0), most
	for low < high {
		if mid := (low + high) / 2; holds(mid) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return big.NewInt(low), true, true
}

// countsFrom is the first day that a period's leading average looks at; a point
// value looks at none before its own.
func (c *Customer) countsFrom(s *policy.Scheme, p Period) Day {
	if s.Lead >= 0 && c.o.plan.Metrics[s.Lead].Kind == policy.ADB {
		return span(&c.o.plan.Metrics[s.Lead], p.End).Start
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
