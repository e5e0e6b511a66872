package fold

import (
	"cmp"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/alert"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
)

// timerQueue holds customers whose alerts wait for a second to pass (hold, dwell).
// It is short: only schemes with such timers use it.
type timerQueue struct {
	list []timer
}

type timer struct {
	at   int64
	slot ledger.Slot
}

// setTimer puts the customer's earliest timer into the queue. Older entries of his
// stay and find nothing due.
func (p *Partition) setTimer(slot ledger.Slot) {
	if at := alert.Timer(p.casesOf(slot)); at != 0 && p.extra.At(slot).timer != at {
		p.timeAt(slot, at)
	}
}

func (p *Partition) timeAt(slot ledger.Slot, at int64) {
	p.extra.At(slot).timer = at
	q := &p.timers.list
	i, _ := slices.BinarySearchFunc(*q, timer{at, slot}, compareTimers)
	*q = slices.Insert(*q, i, timer{at, slot})
}

func compareTimers(a, b timer) int {
	if c := cmp.Compare(a.at, b.at); c != 0 {
		return c
	}
	return cmp.Compare(a.slot, b.slot)
}

// fireTimers judges the customers whose timers the TICK has passed.
func (p *Partition) fireTimers() {
	n := 0
	for n < len(p.timers.list) && p.timers.list[n].at <= p.clock.TickAt {
		n++
	}
	if n == 0 {
		return
	}
	due := slices.Clone(p.timers.list[:n])
	p.timers.list = slices.Delete(p.timers.list, 0, n)
	for _, t := range due {
		if p.extra.At(t.slot).timer != t.at || p.applied(t.slot, p.offset) {
			continue
		}
		p.extra.At(t.slot).timer = 0
		p.catchUp(t.slot)
		p.mark(t.slot)
		p.subs = [len(p.subs)]uint8{}
		p.timed(t.slot)
	}
}

// timed judges the schemes in which a dwell or hold is over.
func (p *Partition) timed(slot ledger.Slot) {
	if p.plans.active == nil {
		return
	}
	for s := range p.places(slot) {
		over := func(c alert.Case) bool {
			return int(c.Scheme) == s && c.State <= alert.Open && c.Due != 0 && c.Due <= p.now()
		}
		if slices.ContainsFunc(p.casesOf(slot), over) {
			f := p.facts(slot, s, false)
			f.Keep = !p.plans.active.intraday
			p.judge(slot, f)
			p.dueAt(slot, p.clock.LastClose+1)
		}
	}
	p.setTimer(slot)
}
