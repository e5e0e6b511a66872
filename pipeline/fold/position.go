package fold

import (
	"math"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// balance takes an opening position or an end-of-day reconciliation (rule R17).
func (p *Partition) balance(r *pb.BalanceSnapshot) {
	c, ok := p.sound(r.CustomerId, r.BusinessDay)
	if !ok {
		return
	}
	cause := "invalid"
	var field, detail string
	at := -1
	switch {
	case badID(r.AccountId) != "":
		field, detail = "account_id", badID(r.AccountId)
	case r.AccountType <= 0 || r.AccountType > 15:
		field = "account_type"
	case r.Day < firstDay || r.Day > lastDay:
		field = "day"
	case r.Balance > ledger.MaxBalance || r.Balance < -ledger.MaxBalance:
		field = "balance"
	case len(r.Unit) > maxUnit:
		field, detail = "unit", within(r.Unit, 0, maxUnit)
	case p.clock.TickDay != 0 && r.Day > p.clock.TickDay+1:
		cause, field = "future_day", "day"
	default:
		at, cause, field = p.account(c, ledger.HashID(r.AccountId), r.AccountId, p.unitOr(r.Unit))
	}
	if field != "" {
		p.reject(r.CustomerId, "", r.AccountId, cause, field, detail, r.BusinessDay)
		return
	}
	if at >= 0 && p.leaveOut(r.CustomerId, r.AccountId, p.balanceHeard(c, at, r), r.BusinessDay) {
		return
	}
	p.scratch.on = "" // a balance makes no leaver NEW (rule R131)
	slot := p.visitSide(r.CustomerId)
	i := p.makeAccount(slot, r.AccountId, r.AccountType, p.unitOr(r.Unit))
	p.hearBalance(p.store.At(slot), i, r)
	p.touchSide(slot, r.BusinessDay)
	if p.stand(slot, i, r) {
		p.changed(slot, r.Day)
	} else {
		p.evaluate(slot, true) // a balance that agrees restates nothing
	}
}

// stand applies a balance that stands at the end of a day, and tells whether it opened
// the account or healed it.
func (p *Partition) stand(slot ledger.Slot, i int, r *pb.BalanceSnapshot) (moved bool) {
	c := p.store.At(slot)
	a := &p.store.Accounts(c)[i]
	gap := r.Balance - p.store.BookAt(a, r.Day)
	moved = true
	switch {
	case !a.Has(ledger.Observed) && !a.Has(ledger.Pinned):
		if a.Opened != 0 {
			if gap != 0 {
				p.openWith(a, gap)
			}
		} else {
			a.Pin(gap)
			a.Known = r.Day
		}
		a.Flags |= ledger.Pinned
		a.PinDay, a.PinTime = r.Day, math.MaxInt64
	case gap != 0:
		p.heal(c, a, r.Day, gap, "")
	default:
		moved = false
	}
	a.Flags |= ledger.Observed
	a.ObsTime = max(a.ObsTime, r.EventTime)
	return moved
}

// scheme finds a scheme and a tier of the active plan by name.
func (p *Partition) schemeTier(scheme, name string) (s, t int, cause string) {
	if p.plans.active == nil {
		return 0, 0, "no_policy"
	}
	list := p.plans.active.plan.Schemes
	for s = range list {
		if list[s].Name != scheme {
			continue
		}
		for t = range list[s].Tiers {
			if list[s].Tiers[t].Name == name {
				return s, t, ""
			}
		}
		return 0, 0, "unknown_tier"
	}
	return 0, 0, "unknown_scheme"
}

// outside tells whether a day that may be absent (0) is none that a log may name.
func outside(d int32) bool { return d < 0 || d > lastDay }

// word finds the customer, scheme and tier that the bank tells of. days may be
// absent (0). What is wrong goes to the DLQ.
func (p *Partition) word(customer, scheme, name string, business int32, days ...int32) (slot ledger.Slot, s int, t uint8, ok bool) {
	s, rank, cause := p.schemeTier(scheme, name)
	if cause == "" && slices.ContainsFunc(days, outside) {
		cause = "invalid"
	}
	if cause != "" {
		p.reject(customer, "", "", cause, "scheme", shown(scheme)+"="+shown(name), business)
		return 0, 0, 0, false
	}
	if _, ok := p.sound(customer, business); !ok {
		return 0, 0, 0, false
	}
	slot = p.visitSide(customer)
	p.touchSide(slot, business)
	return slot, s, uint8(rank), true
}

// stands publishes a standing that the bank told: nothing before it is restated.
func (p *Partition) stands(slot ledger.Slot, s int, ch tier.Change) {
	pl := &p.places(slot)[s]
	pl.nResults, pl.nLifts, pl.planned, pl.standsFrom = 0, 0, false, uint16(p.today(p.store.At(slot)))
	p.tierChange(slot, s, ch, basis{})
	p.evaluate(slot, false)
	p.judgeStanding(slot, s)
}

// seed imports the bank's own tier (rule R36).
func (p *Partition) seed(r *pb.TierSeed) {
	key, w := standingKey(r.Scheme), seedWord(r)
	if p.heard(r.CustomerId, key, w, r.BusinessDay) {
		return
	}
	slot, s, t, ok := p.word(r.CustomerId, r.Scheme, r.Tier, r.BusinessDay, r.SinceDay, r.GuaranteeUntil)
	if !ok {
		return
	}
	p.store.Hear(p.store.At(slot), key, w)
	sc := &p.plans.active.plan.Schemes[s]
	ch := p.places(slot)[s].Seed(sc, t, uint8(min(r.Misses, 255)), r.SinceDay, r.GuaranteeUntil, p.today(p.store.At(slot)))
	p.beginAgain(slot, s)
	p.stands(slot, s, ch)
}

// override holds a tier by hand (rule R31).
func (p *Partition) override(r *pb.TierOverride) {
	key, w := standingKey(r.Scheme), overrideWord(r)
	if p.heard(r.CustomerId, key, w, r.BusinessDay) {
		return
	}
	slot, s, t, ok := p.word(r.CustomerId, r.Scheme, r.Tier, r.BusinessDay, r.UntilDay)
	if !ok {
		return
	}
	p.store.Hear(p.store.At(slot), key, w)
	pl := &p.places(slot)[s]
	if pl.Standing != tier.Active {
		p.beginAgain(slot, s)
	}
	p.stands(slot, s, pl.Hold(t, p.today(p.store.At(slot)), r.UntilDay))
}
