package oracle

import (
	"math/big"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Money is the money side of a projection, base minor units.
type Money struct {
	// HasLever: some balance metric counts for the tier. Reachable: a deposit
	// today makes the present period qualify.
	HasLever, Reachable bool
	TopUp               *big.Int
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
	today := c.Today()
	p := periodOf(s, today)
	tier := &s.Tiers[m.state.Tier]
	out := Money{}
	out.TopUp, out.HasLever, out.Reachable = c.topUp(tier, p, today)
	for _, on := range waitDays(today, p.End) {
		if x, _, ok := c.topUp(tier, p, on); ok && x.Sign() > 0 {
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

// amounts fills what is about the leading metric.
func (c *Customer) amounts(out *Money, s *policy.Scheme, tier *policy.Tier, t *policy.Term, p Period, today Day) {
	m := &c.o.plan.Metrics[t.Metric]
	out.Threshold = big.NewInt(t.From)
	if m.Kind != policy.ADB || m.DepositWeight == 0 {
		return
	}
	over := span(m, p.End)
	div := c.Divisor(m, over)
	atEnd := c.ADBSum(m, over.Start, p.End)
	out.Estimate = divide(atEnd, new(big.Int).Mul(unitScale, big.NewInt(div)))
	out.Shortfall = perWeight(new(big.Int).Sub(needed(m, div, t.From), atEnd), m, div)
	first := max(today, over.Start)
	soFar := c.ADBSum(m, over.Start, first-1)
	out.Daily = perWeight(new(big.Int).Sub(needed(m, div, t.From), soFar), m, Period{first, p.End}.Days())
	next := periodOf(s, p.End+1)
	for range max(int(tier.DownAfter), 1) {
		span := span(m, next.End)
		hold := perWeight(exactly(c.Divisor(m, span), t.From), m, span.Days())
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
// makes it qualify for the tier.
func (c *Customer) topUp(tier *policy.Tier, p Period, on Day) (x *big.Int, lever, ok bool) {
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
	if t.Score >= 0 || !plan.Metrics[t.Metric].Balancing() || plan.Metrics[t.Metric].DepositWeight == 0 {
		return new(big.Int), false, c.term(plan, t, end)
	}
	m := &plan.Metrics[t.Metric]
	if m.Kind == policy.Balance {
		missing := new(big.Int).Sub(needed(m, 1, t.From), c.DayValue(m, p.End))
		return perWeight(missing, m, 1), true, true
	}
	over := span(m, p.End)
	missing := new(big.Int).Sub(needed(m, c.Divisor(m, over), t.From), c.ADBSum(m, over.Start, p.End))
	return perWeight(missing, m, Period{max(on, over.Start), p.End}.Days()), true, true
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
