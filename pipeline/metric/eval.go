package metric

import (
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/wide"
)

// HorizonDays is how far back single entries are kept, and what recency says
// when there is none (rule R40).
const HorizonDays = 400

// MaxMetrics bounds a policy's metrics: an entry's matches are a 64-bit set.
const MaxMetrics = 64

// Eval computes the metrics of one plan over one partition's store.
type Eval struct {
	Plan  *policy.Plan
	store *ledger.Store
	rates *ledger.Rates
	kinds *Kinds
	// masks[k] is the set of metrics that take entries of kind k.
	masks []uint64
	// slot[m] is the place of window metric m in a customer's Totals, -1: none.
	slot   []int
	nSlots int
}

// New prepares a plan.
func New(p *policy.Plan, s *ledger.Store, r *ledger.Rates, ks *Kinds) *Eval {
	e := &Eval{Plan: p, store: s, rates: r, kinds: ks, slot: make([]int, len(p.Metrics))}
	for m := range p.Metrics {
		e.slot[m] = -1
		switch p.Metrics[m].Kind {
		case policy.Sum, policy.Count, policy.ActiveDays:
			if p.Metrics[m].WindowDays > 0 {
				e.slot[m] = e.nSlots
				e.nSlots++
			}
		case policy.Max, policy.Distinct, policy.ADB, policy.Balance, policy.ProductsHeld, policy.Recency,
			policy.Trend, policy.Tenure, policy.DPD, policy.Utilisation, policy.ComplaintsOpen:
		}
	}
	return e
}

// Slots is the number of Totals a customer needs.
func (e *Eval) Slots() int { return e.nSlots }

func (e *Eval) mask(kind uint16) uint64 {
	for len(e.masks) <= int(kind) {
		e.masks = append(e.masks, matches(e.Plan, e.kinds.At(uint16(len(e.masks)))))
	}
	return e.masks[kind]
}

// At says for which moment metrics are asked: the day, and the second up to
// which hour windows reach (now, or the cut of a closed day).
type At struct {
	Day   int32
	Until int64
}

// Value is metric m at a moment, as the ledger stands (no later events). An ADB
// metric is the average over its span ended by the moment's day, half to even.
// totals may be nil: then windows are scanned.
func (e *Eval) Value(c *ledger.Customer, m int, at At, totals []Total) int64 {
	mt := &e.Plan.Metrics[m]
	switch mt.Kind {
	case policy.Sum, policy.Count, policy.ActiveDays:
		if totals != nil && e.slot[m] >= 0 {
			return e.total(c, m, at.Day, &totals[e.slot[m]])
		}
		return e.scan(c, m, at)
	case policy.Max, policy.Distinct:
		return e.scan(c, m, at)
	case policy.ADB:
		from, to := Span(mt, at.Day)
		return Average(mt, e.Sum(c, m, from, to), Divisor(mt, int64(to-from+1)))
	case policy.Balance:
		return e.Worth(c, m, at.Day).HalfEven(Scale).Clamp()
	case policy.Trend:
		return ratio(e.Value(c, mt.Num, at, totals), e.Value(c, mt.Den, at, totals))
	case policy.Recency:
		return e.recency(c, m, at.Day)
	case policy.Tenure:
		return e.tenure(c, at.Day)
	case policy.ProductsHeld:
		return e.products(c, at.Day)
	case policy.DPD:
		return e.dpd(c, at.Day)
	case policy.Utilisation:
		return e.utilisation(c, at.Day)
	case policy.ComplaintsOpen:
		return int64(c.Complaints)
	}
	return 0
}

// ratio is 10000 x a / b, rounded half to even (rule R40); over a base that is not
// positive it says more, the same or less (rule R86).
func ratio(a, b int64) int64 {
	const one, most = 10_000, 1_000_000
	switch {
	case b <= 0 && a == b:
		return one
	case b <= 0 && a > b:
		return most
	case b <= 0:
		return 0
	}
	return min(most, wide.Mul(a, one).HalfEven(b).Clamp())
}
