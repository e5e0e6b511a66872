package project

import "github.com/tierwatch/tierwatch/pipeline/wide"

// Money is the money side of the open period of an average or a balance, base
// minor units. Zero Lever: money is not what is missing.
type Money struct {
	Lever     bool
	Reachable bool
	// Metric is the index of the balance that Threshold, Estimate and Shortfall are of,
	// where Threshold is not 0.
	Metric int
	// Threshold is the present tier's; Estimate the average that the period ends
	// with under no activity; Shortfall what it lacks.
	Threshold, Estimate, Shortfall int64
	// Daily is the balance needed on each remaining day.
	Daily int64
	// TopUp is the smallest deposit today, held to the end, that makes the period
	// qualify; HoldAfter the balance to hold in the periods after.
	TopUp, HoldAfter int64
	WaitOn           [2]int32
	WaitTopUp        [2]int64
	// AtRisk is the customer's assets today.
	AtRisk int64
}

// Gap is what Levers needs to know about the open period. Sums carry scale.
type Gap struct {
	// Need is Dv·T, Estimate the sum that the period ends with, SoFar that of its
	// closed days.
	Need, Estimate, SoFar wide.Int
	// Scale is the factor of sums, base minor units x days; Divisor is Dv.
	Scale, Divisor int64
	// Today is the first day that a deposit counts, End the last; Today > End: past.
	// From is the first day that the average counts.
	Today, End, From int32
	// WeightBP is the class weight of a deposit, 0: no lever.
	WeightBP int64
	// Point tells that the metric is a point balance: only the last day counts.
	Point bool
}

// Levers computes shortfall, daily, top_up and what waiting costs (semantics 6).
func (g *Gap) Levers(m *Money) {
	lack := g.Need.Sub(g.Estimate)
	if lack.Sign() > 0 {
		// What is shown adds up: threshold = estimate + shortfall (rule R66).
		m.Shortfall = max(0, m.Threshold-m.Estimate)
		if g.WeightBP != 0 {
			m.Shortfall = wide.Mul(m.Shortfall, 10_000).Ceil(g.WeightBP).Clamp()
		}
	}
	left := int64(g.End) - int64(max(g.Today, g.From)) + 1
	if left <= 0 {
		return
	}
	if g.WeightBP == 0 {
		m.Daily = max(0, g.Need.Sub(g.SoFar).Ceil(g.Scale*left).Clamp())
		return
	}
	m.Daily = max(0, g.Need.Sub(g.SoFar).Ceil(g.Scale/10_000*g.WeightBP*left).Clamp())
	m.Lever, m.Reachable = true, true
	if lack.Sign() <= 0 {
		return
	}
	m.TopUp = g.topUp(lack, left)
	i := 0
	for _, days := range [2]int64{left / 2, 1} {
		on := g.End - int32(days) + 1
		if days < 1 || on <= g.Today || (i > 0 && m.WaitOn[i-1] == on) {
			continue
		}
		m.WaitOn[i], m.WaitTopUp[i] = on, g.topUp(lack, days)
		i++
	}
}

// Deposit is the smallest deposit today that fills what is lacking, 0: nothing is.
func (g *Gap) Deposit() int64 {
	lack, left := g.Need.Sub(g.Estimate), int64(g.End)-int64(max(g.Today, g.From))+1
	if lack.Sign() <= 0 || left <= 0 {
		return 0
	}
	return g.topUp(lack, left)
}

// topUp is the smallest deposit that fills lack when it counts for days.
func (g *Gap) topUp(lack wide.Int, days int64) int64 {
	if g.Point {
		days = 1
	}
	// One minor unit held a day adds scale/10000 x weight to the sum.
	return lack.Ceil(g.Scale / 10_000 * g.WeightBP * days).Clamp()
}

// HoldAfter is ceil(Dv·T/(N·weight)) of one period, base minor units.
func HoldAfter(threshold, divisor, days, weightBP int64) int64 {
	if weightBP == 0 {
		return 0
	}
	return wide.Mul(threshold, divisor*10_000).Ceil(days * weightBP).Clamp()
}
