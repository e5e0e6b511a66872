package fold

import (
	"github.com/tierwatch/tierwatch/pipeline/ledger"
)

// maxChain bounds the bookings of one account and day whose order is searched;
// more are taken in log order.
const maxChain = 24

// chainDay settles the observations of days that closed whose order within the
// day is unknown: an order that chains every balance gives the day's opening; only
// where none exists is the end of day healed (semantics 3, `day`).
func (p *Partition) chainDay(slot ledger.Slot, day int32) {
	c := p.store.At(slot)
	if len(p.store.Pairs(c)) == 0 {
		return
	}
	all := append(p.scratch.pairs[:0], p.store.Pairs(c)...)
	p.scratch.pairs = all
	kept := 0
	as := p.store.Accounts(c)
	for i := range as {
		for d := firstPairDay(all, uint8(i), day); d != 0 && !p.full(KindVerdict); d = firstPairDay(all, uint8(i), day) {
			list := takePairs(all, uint8(i), d, p.scratch.chain[:0])
			p.scratch.chain = list
			p.settleDay(slot, i, d, list)
		}
	}
	pairs := p.store.Pairs(c)
	for i := range all {
		if all[i].Day != 0 { // of a later day, or for the next CLOSE
			pairs[kept] = all[i]
			kept++
		}
	}
	p.store.KeepPairs(c, kept)
}

// firstPairDay is the earliest unsettled day of an account up to day, 0: none.
func firstPairDay(all []ledger.Pair, account uint8, day int32) int32 {
	var d int32
	for i := range all {
		if q := &all[i]; q.Account == account && q.Day <= day && q.Day > 0 && (d == 0 || q.Day < d) {
			d = q.Day
		}
	}
	return d
}

// told is one change of an account's balance within a day, with the balance after
// it. The undoing of a booking is free: it may have come at any time behind the
// booking at place of, and no balance was told of it.
type told struct {
	signed, after, tolerance int64
	of                       int
	free, undone             bool
}

func (x *told) before() int64 { return x.after - x.signed }

// takePairs makes a list of the pairs of an account and day, in log order, what was
// undone behind them; taken ones get day 0.
func takePairs(all []ledger.Pair, account uint8, d int32, list []told) []told {
	for i := range all {
		if q := &all[i]; q.Account == account && q.Day == d {
			list = append(list, told{signed: q.Signed, after: q.After, tolerance: q.Tolerance, undone: q.Undone})
			q.Day = 0
		}
	}
	for i := range list {
		if list[i].undone {
			list = append(list, told{signed: -list[i].signed, of: i, free: true})
		}
	}
	return list
}

func (p *Partition) settleDay(slot ledger.Slot, i int, d int32, list []told) {
	c := p.store.At(slot)
	a := &p.store.Accounts(c)[i]
	if d <= p.toldDay(c, a) {
		return // older than the balance told for the end of that day (rules R17, R158)
	}
	var tolerance int64
	last := -1
	for k := range list {
		if list[k].free {
			continue
		}
		tolerance = max(tolerance, list[k].tolerance)
		if !list[k].undone {
			last = k
		}
	}
	// A booking that told no balance has no place in the chain: what counts is the
	// opening, and the book before the day (rule R69).
	before := p.store.BookAt(a, d-1)
	known := a.Has(ledger.Observed)
	opening, ok := chain(list, before, known)
	switch {
	case ok:
	case last < 0:
		return // nothing that stands was told
	default:
		opening = before + list[last].after - p.store.BookAt(a, d)
	}
	p.sideOn(slot, d)
	c.Flags |= ledger.Replan
	if !known {
		p.inferDay(c, i, opening-before, d)
	} else if gap := opening - before; gap > tolerance || -gap > tolerance {
		p.heal(c, a, d, gap, "")
	}
	a.Flags |= ledger.Observed
	a.ObsTime = max(a.ObsTime, p.moment(d).Until) // rule R159
}

// inferDay sets the balance before the day of account i that was chained first (rules
// R12, R13). It is known from the earliest value day of what is booked through that
// day: what is here of later days may lie before it by value (rule R81).
func (p *Partition) inferDay(c *ledger.Customer, i int, opening int64, d int32) {
	a := &p.store.Accounts(c)[i]
	if a.Has(ledger.Pinned) {
		return
	}
	value := d
	es := p.store.Entries(c)
	for k := range ledger.FirstOn(es, d+1) {
		if e := &es[k]; int(e.Account) == i && p.moves(c, e) {
			value = min(value, e.Value())
		}
	}
	p.infer(a, opening, d, value, 0)
}

// moves tells whether an entry moves its account.
func (p *Partition) moves(c *ledger.Customer, e *ledger.Entry) bool {
	switch e.Status() {
	case ledger.Posted:
		return true
	case ledger.Reversed:
		x := p.store.Extra(c, e)
		return x == nil || !x.Undone
	default:
		return false
	}
}

// chain looks for an order in which each balance follows from the one before it.
// It prefers one that begins at want, if that is known, and gives the opening
// balance of the order found.
func chain(list []told, want int64, known bool) (opening int64, ok bool) {
	if len(list) > maxChain {
		return inOrder(list)
	}
	best, found := int64(0), false
	for i := range list {
		before := list[i].before()
		if list[i].free || !follows(list, 1<<i, list[i].after) {
			continue
		}
		if known && near(before, want, list[i].tolerance) {
			return before, true
		}
		// Without a known opening the smallest first balance wins: an account begins
		// at zero more often than not.
		if !found || (!known && abs(before) < abs(best)) || (known && abs(before-want) < abs(best-want)) {
			best, found = before, true
		}
	}
	return best, found
}

// follows tells whether those not yet used can be chained behind a balance.
func follows(list []told, used uint32, balance int64) bool {
	steps := 0
	return search(list, used, balance, &steps)
}

// maxSteps bounds the search of one day: beyond it there is no order.
const maxSteps = 20_000

func search(list []told, used uint32, balance int64, steps *int) bool {
	if used == 1<<len(list)-1 {
		return true
	}
	if *steps++; *steps > maxSteps {
		return false
	}
	for i := range list {
		x := &list[i]
		if used>>i&1 == 1 {
			continue
		}
		next := x.after
		if x.free {
			if next = balance + x.signed; used>>x.of&1 == 0 {
				continue
			}
		} else if !near(x.before(), balance, x.tolerance) {
			continue
		}
		if search(list, used|1<<i, next, steps) {
			return true
		}
	}
	return false
}

// inOrder takes the log's order; what was undone may have been so at any one time
// behind its booking.
func inOrder(list []told) (opening int64, ok bool) {
	at, owed := list[0].before(), int64(0)
	for i := range list {
		x := &list[i]
		if x.free {
			break
		}
		if !near(x.before(), at, x.tolerance) {
			if owed == 0 || !near(x.before(), at-owed, x.tolerance) {
				return 0, false
			}
			owed = 0
		}
		if at = x.after; x.undone {
			owed += x.signed
		}
	}
	return list[0].before(), true
}

func near(a, b, tolerance int64) bool { return abs(a-b) <= tolerance }

func abs(x int64) int64 {
	if x < 0 {
		return -x
	}
	return x
}
