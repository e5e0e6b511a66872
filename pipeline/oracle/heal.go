package oracle

import (
	"math"
	"slices"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// heal adds a correction; those of a day and sign are one (R132).
func (a *account) heal(day Day, at, n int64) {
	for i, h := range a.heals {
		if h.day == day && h.amount != 0 && (h.amount > 0) == (n > 0) {
			a.heals[i] = &heal{day, max(h.time, at), h.amount + n}
			return
		}
	}
	a.heals = append(a.heals, &heal{day, at, n})
}

// consume takes a late movement out of the newest heal that stood for it (R16),
// and gives the change of that heal, 0 if none, and its day. What was booked before the opening balance
// is part of it (R57) and was never missing.
func (c *Customer) consume(a *account, t *pb.Transaction) (change int64, on Day) {
	day, n := t.BusinessDay, signed(a, t)
	if a.pinned && (place{day, t.EventTime}).before(a.pin) {
		return 0, 0
	}
	// What happened behind the newest observation is in no heal (R172), but the balance of a
	// day's end holds all of its day (R158), and so does a day that was chained (R159).
	unordered := t.BalanceKnown && t.BalanceTrust == pb.BalanceTrust_BALANCE_TRUST_DAY
	if late := t.EventTime < a.newest || day <= a.told || unordered && c.o.closed && day <= c.o.lastClose; !late {
		return 0, 0
	}
	var newest *heal // by its day
	for _, h := range a.heals {
		if day <= h.day && h.amount != 0 && n != 0 && (h.amount > 0) == (n > 0) && (newest == nil || h.day > newest.day) {
			newest = h
		}
	}
	if newest == nil {
		return 0, 0
	}
	take := n
	if abs(newest.amount) < abs(n) {
		take = newest.amount
	}
	newest.amount -= take
	return -take, newest.day
}

// observe compares the balance that an event reports with the book (R15), which holds the
// event already. It gives the heal that was needed, 0 if none, and its day.
func (c *Customer) observe(a *account, e *entry) (n int64, on Day) {
	t := e.tx
	on = t.BusinessDay
	if !t.BalanceKnown {
		return 0, on
	}
	switch t.BalanceTrust {
	case pb.BalanceTrust_BALANCE_TRUST_DAY:
		// As long as nothing was observed, closed days tell too (R87).
		e.paired = !c.o.closed || t.BusinessDay > c.o.lastClose || !a.observed && !a.pinned
	case pb.BalanceTrust_BALANCE_TRUST_ORDERED:
		if a.observed && t.EventTime < a.newest {
			return 0, on
		}
		a.observed, a.newest = true, t.EventTime
		// The source has seen all that is booked, of whatever day (R172).
		gap := t.BalanceAfter - c.rawBalance(a, never, true)
		if abs(gap) > t.BalanceTolerance {
			at := place{on, t.EventTime}
			if a.pinned && at.before(a.pin) {
				at = a.pin
			}
			a.heal(at.day, at.time, gap)
			return gap, at.day
		}
	case pb.BalanceTrust_BALANCE_TRUST_NONE:
	}
	return 0, on
}

// unsettled are the days through d with pairs that no CLOSE has looked at.
func (c *Customer) unsettled(a *account, d Day) []Day {
	var out []Day
	for _, e := range c.entries {
		if t := e.tx; e.paired && e.moves() && t.AccountId == a.id && t.BusinessDay <= d && t.BusinessDay > a.told && a.looked[e] != e.offset {
			out = append(out, t.BusinessDay)
		}
	}
	for _, u := range a.undone {
		if u.day <= d && u.day > a.told {
			out = append(out, u.day)
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
			out = append(out, observationOf(a, t))
		}
	}
	for _, u := range a.undone {
		if u.day == d {
			out = append(out, u.observation)
		}
	}
	return out
}

func observationOf(a *account, t *pb.Transaction) observation {
	return observation{amount: signed(a, t), balance: t.BalanceAfter, tolerance: t.BalanceTolerance, time: t.EventTime}
}

// unpair remembers what a booking told that is being taken back before a CLOSE
// looked at it: other balances of the day may have seen it (R81).
func (c *Customer) unpair(e *entry) {
	a := c.find(e.tx.AccountId)
	if e.paired && e.moves() && a.looked[e] != e.offset {
		u := undone{e.tx.BusinessDay, observationOf(a, e.tx)}
		u.undone = true
		a.undone = append(slices.Clip(a.undone), u)
	}
}

// chain settles a closed day of a source without order: an order that links all
// observations gives the balance before them, and the account heals if the book
// had another one (R69). If no order does, the last one by time is believed. It
// gives the heal, 0 if none.
func (c *Customer) chain(a *account, d Day, obs []observation) int64 {
	inferring := !a.observed && !a.pinned
	before := c.rawBalance(a, d-1, true)
	var tolerance int64
	var last *observation
	for i := range obs {
		o := &obs[i]
		tolerance = max(tolerance, o.tolerance)
		if !o.undone && (last == nil || o.time >= last.time) {
			last = o
		}
	}
	opening, ok := linked(obs, before, tolerance)
	if !ok && last == nil {
		return 0
	}
	if !ok {
		opening = last.balance - (c.rawBalance(a, d, true) - before)
	}
	// It is an observation of the end of the day (R159).
	a.observed, a.newest = true, max(a.newest, c.o.cut-int64(c.o.lastClose-d)*86400-1)
	if inferring {
		a.pinned, a.pinValue, a.pin, a.nothing = true, opening, place{d, math.MinInt64}, opening == 0
		// What is here of later days may lie before it by value: it tells nothing.
		a.pinDay = d
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
	a.heal(d, math.MaxInt64, gap)
	return gap
}

// linked looks for an order in which each balance follows from the one before,
// by trying them all; it prefers one that begins at the balance known before.
func linked(obs []observation, before, tolerance int64) (opening int64, ok bool) {
	var starts []int64
	all, undone := uint(1)<<len(obs)-1, uint(0)
	for i, o := range obs {
		if o.undone {
			undone |= 1 << i
		}
	}
	var try func(used, back uint, start, at int64)
	try = func(used, back uint, start, at int64) {
		if used == all && back == undone {
			starts = append(starts, start)
			return
		}
		for i, o := range obs {
			bit := uint(1) << i
			if used&bit == 0 && abs(o.balance-o.amount-at) <= tolerance {
				try(used|bit, back, start, o.balance)
			}
			if used&undone&bit != 0 && back&bit == 0 {
				try(used, back|bit, start, at-o.amount)
			}
		}
	}
	for i, o := range obs {
		try(1<<i, 0, o.balance-o.amount, o.balance)
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
