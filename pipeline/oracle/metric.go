package oracle

import (
	"math/big"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// moment is the day as of which something is computed, and the UTC second at
// which hour windows end; entries of later days are left out.
type moment struct {
	day Day
	sec int64
	// entry: averages are over the days since the customer's opening.
	entry bool
	// point: averages are the value of the day.
	point bool
}

// Metric is the value of a metric by index as of a day whose cut is at a second:
// base minor units, counts, days, or basis points.
func (c *Customer) Metric(plan *policy.Plan, i int, d Day, cut int64) *big.Int {
	return c.metric(plan, i, moment{day: d, sec: cut})
}

func (c *Customer) metric(plan *policy.Plan, i int, at moment) *big.Int {
	m := &plan.Metrics[i]
	switch m.Kind {
	case policy.ADB:
		sum, div := c.average(m, at)
		return shown(m, sum, div)
	case policy.Balance:
		return Minor(c.DayValue(m, at.day))
	case policy.Trend:
		return trend(c.metric(plan, m.Num, at), c.metric(plan, m.Den, at))
	case policy.ProductsHeld:
		return big.NewInt(c.productsHeld(plan, at.day))
	case policy.Recency:
		return big.NewInt(c.recency(m, at.day))
	case policy.Tenure:
		if opening, ok := c.Opening(); ok {
			return big.NewInt(wholeMonths(opening, at.day))
		}
		return new(big.Int)
	case policy.DPD:
		return big.NewInt(c.worstDPD(at.day))
	case policy.Utilisation:
		return c.utilisation(at.day)
	case policy.ComplaintsOpen:
		return big.NewInt(c.complaintsOpen())
	case policy.Sum, policy.Count, policy.Max, policy.ActiveDays, policy.Distinct:
	}
	key := flowKey{m, at}
	n := c.flows[key]
	if n == nil {
		n = c.flow(plan, m, at)
		c.flows[key] = n
	}
	return n
}

// shown is an average in base minor units, rounded as the metric asks: half up means
// away from zero (R128).
func shown(m *policy.Metric, sum *big.Int, div int64) *big.Int {
	if m.RoundHalfUp {
		twice := new(big.Int).Lsh(new(big.Int).Abs(sum), 1)
		twice.Add(twice, new(big.Int).Mul(unitScale, big.NewInt(div)))
		n := twice.Quo(twice, new(big.Int).Mul(unitScale, big.NewInt(2*div)))
		if sum.Sign() < 0 {
			n.Neg(n)
		}
		return n
	}
	return divide(sum, new(big.Int).Mul(unitScale, big.NewInt(div)))
}

// average gives an average's sum and divisor as of a day: within a calendar
// period what it comes to at the period's end if nothing happens any more.
func (c *Customer) average(m *policy.Metric, at moment) (*big.Int, int64) {
	if at.point {
		return c.DayValue(m, at.day), 1
	}
	p := span(m, at.day)
	if at.entry {
		from := p.Start
		if opening, ok := c.Opening(); ok {
			from = max(from, opening)
		}
		if known, ok := c.FirstKnown(); ok {
			from = max(from, known)
		}
		from = min(at.day, from)
		return c.ADBSum(m, from, at.day), Period{from, at.day}.Days()
	}
	return c.ADBSum(m, p.Start, p.End), c.Divisor(m, p)
}

// inWindow lists the posted entries that pass the filter within the window.
func (c *Customer) inWindow(m *policy.Metric, at moment) []*entry {
	var out []*entry
	for _, e := range c.entries {
		if !c.passes(m, e) || c.gone(e) {
			continue
		}
		t := e.tx
		in := t.BusinessDay <= at.day && t.BusinessDay > at.day-m.WindowDays
		if m.WindowHours > 0 {
			in = t.EventTime < at.sec && t.EventTime >= at.sec-int64(m.WindowHours)*3600
		}
		if in {
			out = append(out, e)
		}
	}
	return out
}

func (c *Customer) passes(m *policy.Metric, e *entry) bool {
	if e.reversal() || !e.moves() || !m.Filter.Match(e.tx) {
		return false
	}
	joint := false
	if a := c.find(e.tx.AccountId); a != nil {
		joint = a.joint
	}
	return m.Filter.Joint == 0 || (m.Filter.Joint == 1) == joint
}

func (c *Customer) flow(plan *policy.Plan, m *policy.Metric, at moment) *big.Int {
	sum, most := new(big.Int), new(big.Int)
	days, seen := map[Day]bool{}, map[any]bool{}
	entries := c.inWindow(m, at)
	for _, e := range entries {
		left := big.NewInt(c.left(e))
		if m.Net != 0 && e.tx.Direction != m.Net {
			sum.Sub(sum, left)
		} else {
			sum.Add(sum, left)
		}
		if left.Cmp(most) > 0 {
			most = left
		}
		days[e.tx.BusinessDay] = true
		if key := distinctKey(plan, m.Field, e.tx); key != nil {
			seen[key] = true
		}
	}
	byKind := map[policy.MetricKind]*big.Int{
		policy.Sum: sum, policy.Max: most, policy.Count: big.NewInt(int64(len(entries))),
		policy.ActiveDays: big.NewInt(int64(len(days))), policy.Distinct: big.NewInt(int64(len(seen))),
	}
	return byKind[m.Kind]
}

func distinctKey(plan *policy.Plan, f policy.Field, t *pb.Transaction) any {
	switch f {
	case policy.ByType:
		if t.TxnType != 0 {
			return t.TxnType
		}
	case policy.ByChannel:
		if t.Channel != 0 {
			return t.Channel
		}
	case policy.ByCounterparty:
		if t.CounterpartyType != 0 {
			return t.CounterpartyType
		}
	case policy.ByAccount:
		return t.AccountId
	case policy.ByClass:
		for i := range plan.Classes {
			if plan.Classes[i].Types>>uint(t.AccountType)&1 == 1 {
				return i
			}
		}
	}
	return nil
}

// trend is rules R40 and R86.
func trend(a, b *big.Int) *big.Int {
	most := big.NewInt(1_000_000)
	if b.Sign() <= 0 {
		switch a.Cmp(b) {
		case 0:
			return big.NewInt(10_000)
		case 1:
			return most
		}
		return new(big.Int)
	}
	n := divide(new(big.Int).Mul(a, big.NewInt(10_000)), b)
	if n.Cmp(most) > 0 {
		return most
	}
	return n
}

func (c *Customer) recency(m *policy.Metric, d Day) int64 {
	best := int64(horizonDays)
	for _, e := range c.entries {
		if c.passes(m, e) && !c.gone(e) && e.tx.BusinessDay <= d {
			best = min(best, int64(d-e.tx.BusinessDay))
		}
	}
	return best
}
