package metric

import (
	"math"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/policy"
)

// Steady is a day, d or later, up to which metric m surely keeps the value it has on
// day d, if nothing of the ledger has its day in between. It may be too early.
// totals, if not nil, are those that Value has moved to day d.
func (e *Eval) Steady(c *ledger.Customer, m int, d int32, totals []Total) int32 {
	mt := &e.Plan.Metrics[m]
	switch mt.Kind {
	case policy.ADB:
		if mt.Over == policy.OverDays {
			return d
		}
		_, to := Span(mt, d)
		return to
	case policy.Sum, policy.Count, policy.ActiveDays:
		if totals == nil || e.slot[m] < 0 {
			return until(e.NextLeave(c, m, d))
		}
		t := &totals[e.slot[m]]
		if t.Lo == t.Hi {
			return math.MaxInt32
		}
		return int32(e.store.Entries(c)[t.Lo].Day) + mt.WindowDays - 1
	case policy.Max, policy.Distinct, policy.Trend:
		return until(e.NextLeave(c, m, d))
	case policy.Recency:
		return d
	case policy.Tenure:
		return e.steadyTenure(c, d)
	case policy.Balance, policy.ProductsHeld, policy.DPD, policy.Utilisation, policy.ComplaintsOpen:
		return math.MaxInt32
	}
	return d
}

// until is the day before next, 0: no end.
func until(next int32) int32 {
	if next == 0 {
		return math.MaxInt32
	}
	return next - 1
}

// steadyTenure: whole months are full on the day of the month on which they began, or
// on the last day of a shorter month.
func (e *Eval) steadyTenure(c *ledger.Customer, d int32) int32 {
	last := day.MonthEnd(d) - 1
	if first := e.FirstDay(c); first != 0 {
		if full := day.MonthStart(d) + first - day.MonthStart(first); full > d {
			last = min(last, full-1)
		}
	}
	return max(d, last)
}
