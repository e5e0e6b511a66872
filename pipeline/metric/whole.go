package metric

import (
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/policy"
)

// WholeFrom is the first day from which on every metric is known of a customer whose
// entries of days before day held are forgotten. Movements are kept for longer.
func (e *Eval) WholeFrom(c *ledger.Customer, held int32) int32 {
	whole := held
	for m := range e.Plan.Metrics {
		mt := &e.Plan.Metrics[m]
		switch mt.Kind {
		case policy.Sum, policy.Count, policy.Max, policy.ActiveDays, policy.Distinct:
			reach := mt.WindowDays
			if mt.WindowHours > 0 {
				reach = (mt.WindowHours+23)/24 + 1 // a night's batch is booked on the day before
			}
			whole = max(whole, held+reach-1)
		case policy.Recency:
			whole = max(whole, e.recentFrom(c, m, held))
		case policy.ADB, policy.Balance, policy.ProductsHeld, policy.Trend, policy.Tenure, policy.DPD, policy.Utilisation, policy.ComplaintsOpen:
		}
	}
	return whole
}

// recentFrom is the first day from which on the days since the last matching entry are
// known: that of the first such entry from day held on, or the day on which it makes no
// difference any more whether there was one before.
func (e *Eval) recentFrom(c *ledger.Customer, m int, held int32) int32 {
	last := held + HorizonDays - 1
	es := e.store.Entries(c)
	for i := ledger.FirstOn(es, held); i < len(es); i++ {
		if e.takes(c, &es[i], m) {
			return min(last, int32(es[i].Day))
		}
	}
	return last
}
