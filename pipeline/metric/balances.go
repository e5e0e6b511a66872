package metric

import (
	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/wide"
)

// Scale is what sums carry: a weighted sum is base minor units x days x 10^12
// (rate) x 10^4 (class weight).
const Scale int64 = ledger.RateOne * 10_000

// Span gives the first and last day that an ADB metric averages over when it is
// assessed on day d: the calendar span that holds d, up to its own end, or the N
// months or days that end with d (rule R37).
func Span(mt *policy.Metric, d int32) (from, to int32) {
	switch mt.Over {
	case policy.OverMonth:
		return day.MonthStart(d), day.MonthEnd(d)
	case policy.OverQuarter:
		return day.QuarterStart(d), day.QuarterEnd(d)
	case policy.OverMonths:
		return day.AddMonths(day.MonthStart(d), 1-mt.N), day.MonthEnd(d)
	case policy.OverDays:
		return d - mt.N + 1, d
	}
	return d, d
}

func shape(mt *policy.Metric, t uint8) ledger.Shape {
	return ledger.Shape{NoFloor: mt.NoFloor>>t&1 == 1, Liability: mt.Liability>>t&1 == 1, Book: mt.Book}
}

// Sum is Σ over days from … to of the customer's weighted assets under balance
// metric m, times Scale. Days to come count at the balances as they stand.
func (e *Eval) Sum(c *ledger.Customer, m int, from, to int32) wide.Int {
	mt := &e.Plan.Metrics[m]
	var sum wide.Int
	as := e.store.Accounts(c)
	for i := range as {
		a := &as[i]
		if w := mt.Weight[a.Type]; w != 0 {
			sum = sum.Add(e.store.Sum(a, e.rates, from, to, shape(mt, a.Type)).Times(int64(w)))
		}
	}
	return sum
}

// Worth is the customer's weighted assets at the end of day d, times Scale.
func (e *Eval) Worth(c *ledger.Customer, m int, d int32) wide.Int { return e.Sum(c, m, d, d) }

// Average divides a sum for display: half to even, or half up if the metric
// imitates a bank's batch. dv is the divisor, as of Divisor.
func Average(mt *policy.Metric, sum wide.Int, dv int64) int64 {
	if mt.RoundHalfUp {
		return sum.HalfUp(Scale * dv).Clamp()
	}
	return sum.HalfEven(Scale * dv).Clamp()
}

// Divisor is N, or the fixed day count if the metric has one.
func Divisor(mt *policy.Metric, days int64) int64 {
	if mt.DayCount != 0 {
		return int64(mt.DayCount)
	}
	return days
}

// Meets tells whether the average of a sum over divisor dv reaches threshold t: S >=
// Dv·T, exactly; with RoundHalfUp the rounded average is compared.
func Meets(mt *policy.Metric, sum wide.Int, dv, t int64) bool {
	if mt.RoundHalfUp {
		return sum.HalfUp(Scale*dv).Clamp() >= t
	}
	return sum.Cmp(Need(dv, t)) >= 0
}

// Need is Dv·T in the scale of sums.
func Need(dv, t int64) wide.Int { return wide.Mul(Scale*dv, t) }
