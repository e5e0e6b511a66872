package oracle

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/policy"
)

// Held is what a customer holds of one unit at one weight, in the unit's smallest part.
type Held struct {
	Unit     string
	WeightBP int32
	Quantity int64
}

// held lists what a metric counts at the end of a day, by unit and weight, without what
// is 0: with the rates of the day it is the metric's day value.
func (c *Customer) held(m *policy.Metric, d Day) (list []Held) {
	for _, a := range c.accounts {
		weight := m.Weight[a.typ]
		if weight == 0 {
			continue
		}
		i := slices.IndexFunc(list, func(h Held) bool { return h.Unit == a.unit && h.WeightBP == weight })
		if i < 0 {
			i, list = len(list), append(list, Held{Unit: a.unit, WeightBP: weight})
		}
		list[i].Quantity += c.holding(a, m, d)
	}
	list = slices.DeleteFunc(list, func(h Held) bool { return h.Quantity == 0 })
	slices.SortFunc(list, func(a, b Held) int { return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.WeightBP, b.WeightBP)) })
	return list
}

// Provisional tells whether what the customer holds on a day in other units, by value day
// or by business day, has no rate yet or one that may still come or change (R22, R23, R191).
func (c *Customer) Provisional(d Day) bool {
	through := c.o.lastClose
	if c.o.closing {
		through = c.o.through
	}
	for _, a := range c.accounts {
		if a.unit == c.o.base {
			continue
		}
		byValue, _ := c.balance(a, d, false)
		byBook, _ := c.balance(a, d, true)
		lag := c.o.rates.nav
		if isCurrency(a.unit) {
			lag = c.o.rates.fx
		}
		if (byValue != 0 || byBook != 0) && (d+lag > through || c.o.rates.of(a.unit, c.o.base, d).Sign() == 0) {
			return true
		}
	}
	return false
}

// Assets are all that the customer holds at the end of a day, by value day and unweighted,
// each account at least 0, in base minor units.
func (c *Customer) Assets(d Day) *big.Int {
	sum := new(big.Int)
	for _, a := range c.accounts {
		if n, known := c.balance(a, d, false); known && n > 0 && !a.liability() {
			sum.Add(sum, new(big.Int).Mul(big.NewInt(n), c.o.rates.of(a.unit, c.o.base, d)))
		}
	}
	return divide(sum, e12)
}
