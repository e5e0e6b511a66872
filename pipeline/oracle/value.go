package oracle

import (
	"math/big"

	"github.com/tierwatch/tierwatch/pipeline/policy"
)

type memoKey struct {
	metric *policy.Metric
	day    Day
}

type sumKey struct {
	metric   *policy.Metric
	from, to Day
}

// flowKey is a metric over entries at a moment.
type flowKey struct {
	metric *policy.Metric
	at     moment
}

// forget drops what was computed from the ledger: it changes, or has changed.
func (c *Customer) forget() {
	c.memo, c.sums, c.flows = map[memoKey]*big.Int{}, map[sumKey]*big.Int{}, map[flowKey]*big.Int{}
}

// holding is what an account counts on a day in its unit, floored.
func (c *Customer) holding(a *account, m *policy.Metric, d Day) int64 {
	n, known := c.balance(a, d, m.Book)
	switch {
	case !known:
		return 0
	case m.Liability>>uint(a.typ)&1 == 1:
		return max(0, -n)
	case m.NoFloor>>uint(a.typ)&1 == 1:
		return n
	}
	return max(0, n)
}

// DayValue is what a metric's accounts are worth at the end of a day: base minor
// units x 10^16, exact.
func (c *Customer) DayValue(m *policy.Metric, d Day) *big.Int {
	if v, ok := c.memo[memoKey{m, d}]; ok {
		return v
	}
	sum := new(big.Int)
	for _, a := range c.accounts {
		if m.Weight[a.typ] == 0 {
			continue
		}
		v := big.NewInt(c.holding(a, m, d))
		v.Mul(v, c.o.rates.of(a.unit, c.o.base, d))
		v.Mul(v, big.NewInt(int64(m.Weight[a.typ])))
		sum.Add(sum, v)
	}
	c.memo[memoKey{m, d}] = sum
	return sum
}

// ADBSum is the sum of a metric's day values from a day to another, both
// included: base minor units x days x 10^16, exact.
func (c *Customer) ADBSum(m *policy.Metric, from, to Day) *big.Int {
	key := sumKey{m, from, to}
	if sum, ok := c.sums[key]; ok {
		return sum
	}
	sum := new(big.Int)
	for d := from; d <= to; d++ {
		sum.Add(sum, c.DayValue(m, d))
	}
	c.sums[key] = sum
	return sum
}

// FirstKnown is the customer's first known day (R14), false without accounts.
func (c *Customer) FirstKnown() (Day, bool) {
	first := always
	for _, a := range c.accounts {
		first = max(first, c.knownFrom(a))
	}
	return first, len(c.accounts) > 0
}

// Opening is the customer's opening day, false if nothing tells it.
func (c *Customer) Opening() (Day, bool) {
	if c.profile != nil && c.profile.SinceDay != 0 {
		return c.profile.SinceDay, true
	}
	first := never
	for _, a := range c.accounts {
		switch {
		case a.opened != 0:
			first = min(first, a.opened)
		case a.moved:
			first = min(first, a.began)
		}
	}
	return first, first != never
}

// span is the averaging period of an average metric that holds a day.
func span(m *policy.Metric, d Day) Period {
	switch m.Over {
	case policy.OverQuarter:
		return quarterOf(d)
	case policy.OverMonths:
		return monthsThrough(d, m.N)
	case policy.OverDays:
		return Period{d - m.N + 1, d}
	case policy.OverMonth:
	}
	return monthOf(d)
}

// Divisor is what the sum of an average over a period is divided by.
func (c *Customer) Divisor(m *policy.Metric, p Period) int64 {
	return c.divisor(m, p, never)
}

// divisor is the one if a deposit is made on a day, which opens a customer whom
// nothing has opened yet (R93).
func (c *Customer) divisor(m *policy.Metric, p Period, deposit Day) int64 {
	n := p.Days()
	if m.DayCount == 30 {
		n = 30
	}
	opening, ok := c.Opening()
	if profiled := c.profile != nil && c.profile.SinceDay != 0; !profiled && deposit < opening {
		opening, ok = deposit, true
	}
	if known, some := c.FirstKnown(); ok && m.SinceOpen && opening >= p.Start && opening <= p.End && (!some || known <= p.Start) && !c.before() {
		n = min(n, Period{opening, p.End}.Days())
	}
	return n
}

// before tells that the customer had something before the log began: an opening
// position or an inferred balance. He is not new then.
func (c *Customer) before() bool {
	for _, a := range c.accounts {
		if a.pinned && !a.nothing && a.opened == 0 {
			return true
		}
	}
	return false
}

// covers tells whether all days of a period are known.
func (c *Customer) covers(p Period) bool {
	first, ok := c.FirstKnown()
	return ok && first <= p.Start
}

// divide rounds n/d half to even; d > 0.
func divide(n, d *big.Int) *big.Int {
	q, r := new(big.Int).DivMod(n, d, new(big.Int))
	twice := new(big.Int).Lsh(r, 1)
	if cmp := twice.Cmp(d); cmp > 0 || cmp == 0 && q.Bit(0) == 1 {
		q.Add(q, big.NewInt(1))
	}
	return q
}

// divideUp rounds n/d up; d > 0.
func divideUp(n, d *big.Int) *big.Int {
	q, r := new(big.Int).DivMod(n, d, new(big.Int))
	if r.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	return q
}

// Minor is an exact sum in base minor units, half to even.
func Minor(sum *big.Int) *big.Int { return divide(sum, unitScale) }
