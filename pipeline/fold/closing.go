package fold

import (
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// closeCustomer closes a customer through day d. Days that were skipped are
// closed in order (rule R1); a day on which nothing of his can change costs
// nothing.
func (p *Partition) closeCustomer(slot ledger.Slot, d int32) {
	c := p.store.At(slot)
	if c.Closed == 0 {
		c.Closed = d - 1
	}
	p.walking = true
	for day := c.Closed + 1; day <= d; day++ {
		c = p.store.At(slot)
		touched := c.Flags&ledger.Touched != 0
		switch {
		case c.Due != 0 && c.Due <= day, touched && day == d:
			p.closeDayOf(slot, day, day == d)
		case touched && (p.hadRecord(slot, day, false) || p.foreignSnapshot(slot, day)):
			p.writeAgain(slot, day, day)
		}
	}
	p.walking = false
	c = p.store.At(slot)
	c.Closed = d
	if c.Due != 0 && c.Due <= d {
		p.dueAt(slot, d+1)
	}
}

// closeDayOf decides day for one customer, as of that day. On days that were
// skipped before the last one, what the customer did stays marked for that.
func (p *Partition) closeDayOf(slot ledger.Slot, day int32, last bool) {
	c := p.store.At(slot)
	touched := c.Flags&ledger.Touched != 0
	if last {
		c.Flags &^= ledger.Touched
	}
	c.Due = 0
	c.Closed = day
	p.chainDay(slot, day)
	p.expireWaits(slot, day)
	p.trim(slot, day)
	p.exitAtClose(slot, day)
	moves := p.assessDue(slot, day)
	foreign := p.foreignSnapshot(slot, day)
	p.look(slot, day)
	x := p.extra.At(slot)
	if moves || foreign || x.flags&newRules != 0 || p.hadRecord(slot, day, touched) {
		p.snapshot(slot, day)
	}
	x.flags &^= newRules
	p.plan(slot, day)
	if last {
		p.carryOver(slot, day)
	}
}

// carryOver keeps a customer touched who already has entries of a later day.
func (p *Partition) carryOver(slot ledger.Slot, day int32) {
	c := p.store.At(slot)
	x := p.extra.At(slot)
	if c.Day > day || x.lastDay > day {
		p.touch(slot)
	}
	if x.lastDay <= day {
		x.flags, x.sideDays = x.flags&^sideRecord, false
	}
}

// hadRecord tells whether the customer has a snapshot at this CLOSE because of a
// record or a movement of the day (semantics 8).
func (p *Partition) hadRecord(slot ledger.Slot, day int32, touched bool) bool {
	c := p.store.At(slot)
	x := p.extra.At(slot)
	if touched && x.flags&sideRecord != 0 && (x.sideDays || x.lastDay <= day) {
		return true
	}
	es := p.store.Entries(c)
	if i := ledger.FirstOn(es, day); i < len(es) && int32(es[i].Day) == day {
		return true
	}
	as := p.store.Accounts(c)
	for i := range as {
		mv := p.store.Moves(&as[i])
		for j := len(mv) - 1; j >= 0 && int32(mv[j].Value) >= day; j-- {
			if int32(mv[j].Value) == day {
				return true
			}
		}
		if as[i].Closed == day {
			return true
		}
	}
	return false
}

// foreignSnapshot: holders of other units get a row a day.
func (p *Partition) foreignSnapshot(slot ledger.Slot, day int32) bool {
	c := p.store.At(slot)
	if c.Flags&ledger.Foreign == 0 {
		return false
	}
	as := p.store.Accounts(c)
	for i := range as {
		if p.holdsForeign(&as[i], day) {
			return true
		}
	}
	return false
}

// holdsForeign tells whether an account holds another unit on a day or, by what is booked
// with a later value day, will: who has redeemed all holds it until the value day.
func (p *Partition) holdsForeign(a *ledger.Account, day int32) bool {
	return a.Unit != ledger.Base && (a.Total != 0 || p.store.ValueAt(a, day) != 0)
}

// keptDays are the days of which single movements are always kept: an average written
// again for the first day of the horizon may go back as far once more (rule R163).
const keptDays = 2 * horizon

// MovementDays bounds the days of which a customer's single movements are held: those
// before are folded into one balance a hundred days at a time, since the saved state of
// his is then written anew.
const MovementDays = keptDays + horizon/4

// trim forgets what lies beyond the horizon, seen from the last day of the oldest period
// that may still wait for its assess_lag (rule R163).
func (p *Partition) trim(slot ledger.Slot, day int32) {
	c := p.store.At(slot)
	n := p.store.DropBefore(c, day-horizon-p.plans.lag)
	if n > 0 {
		ts := p.totalsOf(slot)
		for i := range ts {
			if ts[i].Hi < uint32(n) || ts[i].Lo < uint32(n) {
				p.stale(slot)
				break
			}
		}
		ts = p.totalsOf(slot)
		for i := range ts {
			if ts[i].Hi > 0 {
				ts[i].Lo -= uint32(n)
				ts[i].Hi -= uint32(n)
			}
		}
	}
	as := p.store.Accounts(c)
	for i := range as {
		if mv := p.store.Moves(&as[i]); len(mv) > 0 && int32(mv[0].Value) < day-MovementDays {
			p.store.Trim(&as[i], day-keptDays)
		}
	}
}

// exitAtClose lets a customer leave whose last account closed with the day.
func (p *Partition) exitAtClose(slot ledger.Slot, day int32) {
	c := p.store.At(slot)
	as := p.store.Accounts(c)
	if len(as) == 0 {
		return
	}
	for i := range as {
		if as[i].Open(day + 1) {
			return
		}
	}
	p.exit(slot, day, day+1)
}

// leavesAt is the CLOSE to come at which the customer leaves, his last account being
// closed; 0: none is known.
func (p *Partition) leavesAt(slot ledger.Slot) int32 {
	as := p.store.Accounts(p.store.At(slot))
	var last int32
	for i := range as {
		if as[i].Closed == 0 {
			return 0
		}
		last = max(last, as[i].Closed)
	}
	if len(as) == 0 {
		return 0
	}
	return max(last-1, p.clock.LastClose+1)
}

// plan puts the customer where the next decision of his awaits him.
func (p *Partition) plan(slot ledger.Slot, day int32) {
	ap := p.plans.active
	if ap == nil {
		return
	}
	c := p.store.At(slot)
	if p.foreignSnapshot(slot, day) {
		p.dueAt(slot, day+1)
	}
	as := p.store.Accounts(c)
	for i := range as {
		if on := as[i].Closed; on > day {
			p.dueAt(slot, max(on-1, day+1)) // at the CLOSE before it he may leave
		}
		mv := p.store.Moves(&as[i])
		for j := len(mv) - 1; j >= 0 && int32(mv[j].Value) > day; j-- {
			p.dueAt(slot, int32(mv[j].Value))
		}
	}
	for _, w := range p.store.Waits(c) {
		p.dueAt(slot, w.Day+horizon+1)
	}
	for _, q := range p.store.Pairs(c) {
		p.dueAt(slot, q.Day)
	}
	pls := p.places(slot)
	for s := range pls {
		if pls[s].nextEnd == 0 || pls[s].Standing == tier.Exited {
			continue
		}
		sc := &ap.plan.Schemes[s]
		_, open := tier.Period(sc, day+1)
		_, _, decided := p.ending(sc, pls[s].nextEnd)
		p.dueAt(slot, min(open, decided))
		if pls[s].nextEnd > day {
			p.dueAt(slot, pls[s].nextEnd)
		}
		if ap.restless[s] && pls[s].Standing == tier.Active || sc.Entry == policy.AtOnce && pls[s].Standing == tier.New {
			p.dueAt(slot, day+1)
		}
	}
}

// provisional tells whether the values of day d may still change by a rate, or lack one
// (rules R22, R191).
func (p *Partition) provisional(slot ledger.Slot, d int32) bool {
	as := p.store.Accounts(p.store.At(slot))
	for i := range as {
		a := &as[i]
		if a.Unit == ledger.Base {
			continue
		}
		if p.store.Counts(a, d, ledger.Shape{NoFloor: true}) != 0 || p.store.Counts(a, d, ledger.Shape{NoFloor: true, Book: true}) != 0 {
			lag := p.engine.NavLagDays
			if currency(p.rates.Name(as[i].Unit)) {
				lag = p.engine.FxLagDays
			}
			if d+lag > p.clock.LastClose || p.rates.At(as[i].Unit, d) == 0 {
				return true
			}
		}
	}
	return false
}

// mode is the mode that outputs carry.
func (p *Partition) mode() pb.Mode {
	if p.relive || p.clock.Mode == pb.Mode_MODE_UNSPECIFIED {
		return pb.Mode_LIVE
	}
	return p.clock.Mode
}
