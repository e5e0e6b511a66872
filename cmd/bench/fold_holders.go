package main

import (
	"fmt"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// currencies are what holders of others have, with a rate that each day swings around:
// minor units of the base currency for one of theirs, times 10^12.
var currencies = [...]struct {
	unit string
	rate int64
}{{"USD", 7_100_000_000_000}, {"HKD", 910_000_000_000}, {"EUR", 7_800_000_000_000}}

// ratesOf are those of a day: each is up to a hundredth above or below its usual.
func ratesOf(day int32) *pb.Rates {
	r := &pb.Rates{Day: day}
	for i, c := range currencies {
		swing := int64(scatter(uint64(day)<<8|uint64(i))%201) - 100
		r.Rates = append(r.Rates, &pb.Rate{Unit: c.unit, RateE12: c.rate + c.rate/10_000*swing})
	}
	return r
}

// holdsOthers says whether a customer holds another currency.
func (b *foldBench) holdsOthers(c int) bool { return int(scatter(uint64(c)^0xf0)%100) < b.foreign }

// foreignOpening is a customer's second account, in another currency.
func (g *stream) foreignOpening(c int) *pb.BalanceSnapshot {
	x := g.opening(c)
	x.AccountId = fmt.Sprintf("A-%09d-2", c)
	x.Unit = currencies[c%len(currencies)].unit
	x.Balance = g.usual(c)
	return x
}

// budgetHolders is how many holders of other currencies a close goes through a second
// and core.
const budgetHolders = 500_000

// measureHolders closes days on which nobody does anything and every rate moves, of
// customers who all hold another currency: what a close has to do for them is told
// apart from what the others cost.
func (b *foldBench) measureHolders(t *table) error {
	h := *b
	h.customers, h.events, h.days, h.foreign = max(1, b.customers/5), 1, 1, 100
	h.profile, h.heapProfile = "", ""
	r, err := h.measure()
	if err != nil {
		return err
	}
	n, seconds := h.customers*(h.days+h.idle), r.idle.Seconds() // the one booking is of the first day
	t.add("fold alone: close, all idle, holders of other currencies", perSecond(n, seconds),
		fmt.Sprintf("customers × days, %s customers, %d days, a rate a day; %s visits, %.2f µs each; longest %d visits %s; %s %s", grouped(int64(h.customers)), h.days+h.idle,
			grouped(int64(r.idleVisited)), us(r.idle, max(1, r.idleVisited)), chunk, r.longest.Round(10_000), perSecond(budgetHolders, 1), kept(float64(n) >= budgetHolders*seconds)))
	return nil
}
