package oracle

import (
	"math/big"

	"github.com/tierwatch/tierwatch/pipeline/policy"
)

// reached is the highest tier whose condition holds at a moment (R26).
func (c *Customer) reached(plan *policy.Plan, s *policy.Scheme, at moment) int {
	best := 0
	for rank := range s.Tiers {
		if c.holds(&s.Tiers[rank].Cond, func(t *policy.Term) bool { return c.term(plan, t, at) }) {
			best = rank
		}
	}
	return best
}

func (c *Customer) holds(cond *policy.Cond, term func(*policy.Term) bool) bool {
	if len(cond.Terms) == 0 {
		return true
	}
	met := 0
	for i := range cond.Terms {
		if term(&cond.Terms[i]) {
			met++
		}
	}
	return met == len(cond.Terms) || cond.Any && met > 0
}

func (c *Customer) term(plan *policy.Plan, t *policy.Term, at moment) bool {
	if t.Score >= 0 {
		return int64(c.score(plan, t.Score, at)) >= t.From
	}
	m := &plan.Metrics[t.Metric]
	if m.Kind == policy.ADB {
		sum, div := c.average(m, at)
		return reaches(m, sum, div, t.From)
	}
	if m.Kind == policy.Balance {
		return reaches(m, c.DayValue(m, at.day), 1, t.From)
	}
	return c.metric(plan, t.Metric, at).Cmp(big.NewInt(t.From)) >= 0
}

// reaches compares sum >= div x threshold exactly, or the rounded average.
func reaches(m *policy.Metric, sum *big.Int, div, threshold int64) bool {
	return sum.Cmp(needed(m, div, threshold)) >= 0
}

// needed is the least sum over div days that reaches the threshold. Rounded half
// up, an average half a minor unit below it is enough.
func needed(m *policy.Metric, div, threshold int64) *big.Int {
	n := exactly(div, threshold)
	if m.RoundHalfUp {
		half := new(big.Int).Mul(unitScale, big.NewInt(div))
		n.Sub(n, half.Rsh(half, 1))
	}
	return n
}

// exactly is div x threshold as an exact sum.
func exactly(div, threshold int64) *big.Int {
	n := new(big.Int).Mul(big.NewInt(div), big.NewInt(threshold))
	return n.Mul(n, unitScale)
}

// secured is the highest tier whose averages over the period are reached by the
// sum so far already, whatever comes (R29).
func (c *Customer) secured(plan *policy.Plan, s *policy.Scheme, p Period, d Day) int {
	best := 0
	for rank := range s.Tiers {
		ok := c.holds(&s.Tiers[rank].Cond, func(t *policy.Term) bool {
			if t.Score >= 0 || plan.Metrics[t.Metric].Kind != policy.ADB {
				return false
			}
			m := &plan.Metrics[t.Metric]
			over := span(m, p.End)
			return reaches(m, c.ADBSum(m, over.Start, d), c.Divisor(m, over), t.From)
		})
		if ok {
			best = rank
		}
	}
	return best
}

// covered tells whether all days that a scheme's assessment of a period looks at
// are known: those of its averages, else those of the period (R27, R37).
func (c *Customer) covered(plan *policy.Plan, s *policy.Scheme, p Period) bool {
	averages, ok := false, true
	for i := range s.Tiers {
		for _, t := range s.Tiers[i].Cond.Terms {
			if t.Metric >= 0 && plan.Metrics[t.Metric].Kind == policy.ADB {
				averages = true
				ok = ok && c.covers(span(&plan.Metrics[t.Metric], p.End))
			}
		}
	}
	return ok && (averages || c.covers(p))
}
