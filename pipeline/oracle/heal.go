package oracle

import (
	"math"
	"slices"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// consume takes a late movement out of the newest heal that stood for it (R16),
// and gives the change of that heal. What was booked before the opening balance
// is part of it (R57) and was never missing.
func (a *account) consume(day Day, at, n int64) int64 {
	if a.pinned && (place{day, at}).before(a.pin) {
		return 0
	}
	for _, h := range slices.Backward(a.heals) {
		late := day < h.day || day == h.day && at < h.time
		if !late || h.amount == 0 || n == 0 || (h.amount > 0) != (n > 0) {
			continue
		}
		take := n
		if abs(h.amount) < abs(n) {
			take = h.amount
		}
		h.amount -= take
		return -take
	}
	return 0
}

// observe compares the balance that an event reports with the book (R15). It
// gives the heal that was needed, 0 if none.
func (c *Customer) observe(a *account, e *entry) int64 {
	t := e.tx
	if !t.BalanceKnown {
		return 0
	}
	switch t.BalanceTrust {
	case pb.BalanceTrust_BALANCE_TRUST_DAY:
		// As long as nothing was observed, closed days tell too (R87).
		e.paired = !c.o.closed || t.BusinessDay > c.o.lastClose || !a.observed && !a.pinned
	case pb.BalanceTrust_BALANCE_TRUST_ORDERED:
		if a.observed && t.EventTime < a.newest {
			return 0
		}
		a.observed, a.newest = true, t.EventTime
		gap := t.BalanceAfter - c.rawBalance(a, t.BusinessDay, true)
		if abs(gap) > t.BalanceTolerance {
			a.heals = append(a.heals, &heal{t.BusinessDay, t.EventTime, gap})
			return gap
		}
	case pb.BalanceTrust_BALANCE_TRUST_NONE:
	}
	return 0
}

// unsettled are the days through d with pairs that no CLOSE has looked at.
func (c *Customer) unsettled(a *account, d Day) []Day {
	var out []Day
	for _, e := range c.entries {
		if t := e.tx; e.paired && e.moves() && t.AccountId == a.id && t.BusinessDay <= d && t.BusinessDay > a.told && a.looked[e] != e.offset {
			out = append(out, t.BusinessDay)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// pairs are the observations of a day that a CLOSE looks at, of the bookings that
// still stand.
func (c *Customer) pairs(a *account, d Day) []observation {
	var out []observation
	for _, e := range c.entries {
		if t := e.tx; e.paired && e.moves() && t.AccountId == a.id && t.BusinessDay == d {
			a.looked[e] = e.offset
			out = append(out, observation{signed(a, t), t.BalanceAfter, t.BalanceTolerance, t.EventTime})
		}
	}
	return out
}

// chain settles a closed day of a source without order: an order that links all
// observations gives the balance before them, and the account heals if the book
// had another one (R69). If no order does, the last one by time is believed. It
// gives the heal, 0 if none.
func (c *Customer) chain(a *account, d Day, obs []observation) int64 {
	inferring := !a.observed && !a.pinned
	a.observed = true
	before := c.rawBalance(a, d-1, true)
	var tolerance int64
	last := obs[0]
	for _, o := range obs {
		tolerance = max(tolerance, o.tolerance)
		if o.time >= last.time {
			last = o
		}
	}
	opening, ok := linked(obs, before, tolerance)
	if !ok {
		opening = last.balance - (c.rawBalance(a, d, true) - before)
	}
	if inferring {
		a.pinned, a.pinValue, a.pin, a.nothing = true, opening, place{d, math.MinInt64}, opening == 0
		for _, e := range c.entries {
			if e.moves() && e.tx.AccountId == a.id && e.tx.BusinessDay <= d {
				a.pinDay = min(a.pinDay, e.tx.ValueDay)
			}
		}
		return 0
	}
	gap := opening - before
	if abs(gap) <= tolerance {
		return 0
	}
	a.heals = append(a.heals, &heal{d, math.MaxInt64, gap})
	return gap
}

// linked looks for an order in which each balance follows from the one before,
// by trying them all; it prefers one that begins at the balance known before.
func linked(obs []observation, before, tolerance int64) (opening int64, ok bool) {
	var starts []int64
	var try func(left []observation, start, at int64)
	try = func(left []observation, start, at int64) {
		if len(left) == 0 {
			starts = append(starts, start)
			return
		}
		for i, o := range left {
			if abs(o.balance-o.amount-at) <= tolerance {
				rest := append(append([]observation(nil), left[:i]...), left[i+1:]...)
				try(rest, start, o.balance)
			}
		}
	}
	for i, o := range obs {
		rest := append(append([]observation(nil), obs[:i]...), obs[i+1:]...)
		try(rest, o.balance-o.amount, o.balance)
	}
	if len(starts) == 0 {
		return 0, false
	}
	best := starts[0]
	for _, s := range starts {
		if abs(s-before) < abs(best-before) {
			best = s
		}
	}
	return best, true
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}
