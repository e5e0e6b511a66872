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
		for d := firstPairDay(all, uint8(i), day); d != 0; d = firstPairDay(all, uint8(i), day) {
			list := takePairs(all, uint8(i), d, p.scratch.chain[:0])
			p.scratch.chain = list
			p.settleDay(slot, i, d, list)
		}
	}
	pairs := p.store.Pairs(c)
	for i := range all {
		if all[i].Day > day {
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

// takePairs moves the pairs of an account and day into list; taken ones get day 0.
func takePairs(all []ledger.Pair, account uint8, d int32, list []ledger.Pair) []ledger.Pair {
	for i := range all {
		if q := &all[i]; q.Account == account && q.Day == d {
			list = append(list, *q)
			q.Day = 0
		}
	}
	return list
}

func (p *Partition) settleDay(slot ledger.Slot, i int, d int32, list []ledger.Pair) {
	c := p.store.At(slot)
	a := &p.store.Accounts(c)[i]
	var sum, tolerance int64
	for k := range list {
		sum += list[k].Signed
		tolerance = max(tolerance, list[k].Tolerance)
	}
	book := p.store.BookAt(a, d)
	known := a.Has(ledger.Observed)
	opening, ok := chain(list, book-sum, known)
	end := opening + sum
	if !ok {
		end = list[len(list)-1].After
		opening = end - sum
	}
	p.extra[slot].flags |= sideRecord
	if !known {
		p.inferDay(a, opening-(book-sum), d)
	} else if gap := end - book; gap > tolerance*int64(len(list)) || -gap > tolerance*int64(len(list)) {
		p.heal(c, a, d, gap, "")
	}
	a.Flags |= ledger.Observed
}

// inferDay sets the balance before an account's first day (rules R12, R13).
func (p *Partition) inferDay(a *ledger.Account, opening int64, d int32) {
	if a.Has(ledger.Pinned) {
		return
	}
	p.infer(a, opening, d, a.FirstDay, 0)
}

// chain looks for an order in which each balance follows from the one before it.
// It prefers one that begins at want, if that is known, and gives the opening
// balance of the order found.
func chain(list []ledger.Pair, want int64, known bool) (opening int64, ok bool) {
	if len(list) > maxChain {
		return inOrder(list)
	}
	best, found := int64(0), false
	for i := range list {
		before := list[i].After - list[i].Signed
		if !follows(list, 1<<i, i) {
			continue
		}
		if known && near(before, want, list[i].Tolerance) {
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

// follows tells whether the pairs not yet used can be chained behind pair at.
func follows(list []ledger.Pair, used uint32, at int) bool {
	steps := 0
	return search(list, used, at, &steps)
}

// maxSteps bounds the search of one day: beyond it there is no order.
const maxSteps = 20_000

func search(list []ledger.Pair, used uint32, at int, steps *int) bool {
	if used == 1<<len(list)-1 {
		return true
	}
	if *steps++; *steps > maxSteps {
		return false
	}
	for i := range list {
		if used>>i&1 == 1 || !near(list[i].After-list[i].Signed, list[at].After, list[i].Tolerance) {
			continue
		}
		if search(list, used|1<<i, i, steps) {
			return true
		}
	}
	return false
}

func inOrder(list []ledger.Pair) (opening int64, ok bool) {
	for i := 1; i < len(list); i++ {
		if !near(list[i].After-list[i].Signed, list[i-1].After, list[i].Tolerance) {
			return 0, false
		}
	}
	return list[0].After - list[0].Signed, true
}

func near(a, b, tolerance int64) bool { return abs(a-b) <= tolerance }

func abs(x int64) int64 {
	if x < 0 {
		return -x
	}
	return x
}
