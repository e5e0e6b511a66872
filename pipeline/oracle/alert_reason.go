package oracle

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Reason is a share of a decline (R56, R95).
type Reason struct {
	Code   string
	Amount int64
	Share  int64
	// Events are the outflows of the reason that may be named: the largest, on Days.
	Events []string
	Days   []Day
}

// reasonCodes in the order in which equal amounts are told.
var reasonCodes = []string{
	"EXTERNAL_OUTFLOW", "CASH_WITHDRAWAL", "CARD_SPEND", "FEES_AND_INTEREST", "INTERNAL_MOVE", "MARKET_EFFECT",
	"FX_EFFECT", "ROLL_OFF", "CORRECTION", "OTHER",
}

// reasons explain what the tier's balance lost since the first day of the open
// period, or of the first missed one, through a day.
func (c *Customer) reasons(s *policy.Scheme, day Day) []Reason {
	m := c.machine(s)
	return c.decline(s, m.state.Tier, min(c.decidingStart(s), m.firstMissed(s)), day)
}

// reasonsOfFall explain what the balance of the tier that was lost has, from the first of
// the misses that led to it (R138).
func (c *Customer) reasonsOfFall(s *policy.Scheme, from int, day Day) []Reason {
	return c.decline(s, from, min(c.decidingStart(s), c.machine(s).fellSince(s, from)), day)
}

// decline explains what the balance of a tier lost from a day on, through a day.
func (c *Customer) decline(s *policy.Scheme, tier int, from, day Day) []Reason {
	metric := c.balanceTerm(s, tier)
	if metric == nil {
		return []Reason{{Code: "ROLL_OFF", Share: 10_000}}
	}
	lost := map[string]*big.Int{}
	lose := func(code string, n *big.Int) {
		if lost[code] == nil {
			lost[code] = new(big.Int)
		}
		lost[code].Add(lost[code], n)
	}
	var largest []*entry
	for _, e := range c.entries {
		a := c.find(e.tx.AccountId)
		if e.reversal() || !e.moves() || c.gone(e) || metric.Weight[a.typ] == 0 || e.tx.BusinessDay < from || e.tx.BusinessDay > day {
			continue
		}
		n := c.left(e)
		if e.tx.Direction == pb.Direction_CREDIT {
			n = -n
		}
		lose(reasonCode(e.tx), big.NewInt(n))
		if reasonCode(e.tx) == "EXTERNAL_OUTFLOW" && (largest == nil || n >= c.left(largest[0])) {
			if largest != nil && n > c.left(largest[0]) {
				largest = nil
			}
			largest = append(largest, e)
		}
	}
	for _, a := range c.accounts {
		if a.unit == c.o.base || metric.Weight[a.typ] == 0 {
			continue
		}
		code := "MARKET_EFFECT"
		if isCurrency(a.unit) {
			code = "FX_EFFECT"
		}
		n, _ := c.balance(a, from-1, false)
		held := big.NewInt(max(0, n))
		was := new(big.Int).Mul(held, c.o.rates.of(a.unit, c.o.base, from-1))
		lose(code, divide(was.Sub(was, held.Mul(held, c.o.rates.of(a.unit, c.o.base, day))), e12))
	}
	return ranked(lost, largest)
}

// ranked makes shares of the losses, the five largest.
func ranked(lost map[string]*big.Int, largest []*entry) []Reason {
	total := new(big.Int)
	for _, n := range lost {
		if n.Sign() > 0 {
			total.Add(total, n)
		}
	}
	var out []Reason
	for _, code := range reasonCodes {
		if n := lost[code]; n != nil && n.Sign() > 0 {
			r := Reason{Code: code, Amount: n.Int64(), Share: divide(new(big.Int).Mul(n, big.NewInt(10_000)), total).Int64()}
			if code == "EXTERNAL_OUTFLOW" {
				for _, e := range largest {
					r.Events, r.Days = append(r.Events, eventID(e.tx)), append(r.Days, e.tx.BusinessDay)
				}
			}
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b Reason) int { return cmp.Compare(b.Amount, a.Amount) })
	return out[:min(len(out), 5)]
}

// balanceTerm is the balance that a tier asks for: the leading one, else the first.
func (c *Customer) balanceTerm(s *policy.Scheme, tier int) *policy.Metric {
	var found *policy.Metric
	for _, t := range s.Tiers[tier].Cond.Terms {
		if t.Metric >= 0 && c.o.plan.Metrics[t.Metric].Balancing() && (found == nil || t.Metric == s.Lead) {
			found = &c.o.plan.Metrics[t.Metric]
		}
	}
	return found
}

// decidingStart is the first day of the period that is decided next.
func (c *Customer) decidingStart(s *policy.Scheme) Day {
	p := c.facing(s)
	for _, next := range c.o.pending {
		to := schemeOf(next.plan, s.Name)
		if next.from > p.End || to == nil {
			break
		}
		p = periodOf(to, next.from)
	}
	return p.Start
}

// firstMissed is the first day of the earliest of the missed periods, of at most six
// and of those kept; never, if none is.
func (m *machine) firstMissed(s *policy.Scheme) Day {
	first, left, kept := never, min(m.state.Misses, 6), s.Keep
	after := m.state.Misses
	for i := len(m.past) - 1; i >= 0 && left > 0 && kept > 0; i-- {
		st := &m.past[i]
		if st.plan.Schemes[st.scheme].Assess == policy.AssessEvent {
			break // no results are kept (R111, R186)
		}
		if st.result != nil {
			kept--
			if after > st.before.Misses {
				first = st.result.Period.Start
				left--
			}
		}
		after = st.before.Misses
	}
	return first
}

// fellSince is the first day of the first of the misses in a row that led to the last fall
// from a tier, of the results kept; never, if none is.
func (m *machine) fellSince(s *policy.Scheme, from int) Day {
	first, kept, after := never, s.Keep, 0
	var again []func(State) State
	for i := len(m.past) - 1; i >= 0 && kept > 0; i-- {
		st := &m.past[i]
		if st.remap {
			again = append(again, st.again)
		}
		if s.Assess == policy.AssessEvent || st.plan.Schemes[st.scheme].Assess == policy.AssessEvent {
			break // no results are kept (R111, R186)
		}
		if st.result == nil {
			continue
		}
		kept--
		was := st.before.copy()
		for k := len(again) - 1; k >= 0; k-- {
			was = again[k](was)
		}
		switch {
		case first == never && was.Tier != from:
			continue
		case first != never && after == 0:
			return first
		case first == never || st.before.Misses < after:
			first = st.result.Period.Start
		}
		after = st.before.Misses
	}
	return first
}

// reasonCode is what an entry is counted to (R95).
func reasonCode(t *pb.Transaction) string {
	internal := t.InternalTransfer || t.SameOwner
	switch t.TxnType {
	case pb.TxnType_WITHDRAWAL_CASH:
		return "CASH_WITHDRAWAL"
	case pb.TxnType_CARD_SPEND, pb.TxnType_CARD_REPAY, pb.TxnType_CARD_CASH_ADVANCE, pb.TxnType_CARD_INSTALMENT:
		return "CARD_SPEND"
	case pb.TxnType_FEE, pb.TxnType_TAX, pb.TxnType_INTEREST_DEBIT:
		return "FEES_AND_INTEREST"
	case pb.TxnType_ADJUSTMENT, pb.TxnType_CHARGEBACK:
		return "CORRECTION"
	case pb.TxnType_FX_REVALUE:
		return "FX_EFFECT"
	case pb.TxnType_WEALTH_NAV_UPDATE:
		return "MARKET_EFFECT"
	case pb.TxnType_STANDING_ORDER, pb.TxnType_DIRECT_DEBIT:
		if !internal {
			return "OTHER"
		}
	default: // by where the money goes
	}
	switch {
	case internal:
		return "INTERNAL_MOVE"
	case t.Direction == pb.Direction_DEBIT:
		return "EXTERNAL_OUTFLOW"
	}
	return "OTHER"
}
