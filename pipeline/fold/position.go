package fold

import (
	"math"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// balance takes an opening position or an end-of-day reconciliation (rule R17).
func (p *Partition) balance(r *pb.BalanceSnapshot) {
	bad := r.AccountId == "" || len(r.AccountId) > 128 || r.AccountType <= 0 || r.AccountType > 15 ||
		r.Day < 1 || r.Day > 65535-2*horizon || r.Balance > ledger.MaxBalance || r.Balance < -ledger.MaxBalance
	if bad {
		p.reject(r.CustomerId, "", r.AccountId, "invalid", "balance", "", r.BusinessDay)
		return
	}
	if p.clock.TickDay != 0 && r.Day > p.clock.TickDay+1 {
		p.reject(r.CustomerId, "", r.AccountId, "future_day", "day", "", r.Day)
		return
	}
	slot, ok := p.visitSide(r.CustomerId, r.BusinessDay)
	if !ok {
		return
	}
	unit := r.Unit
	if unit == "" {
		unit = p.engine.BaseCurrency
	}
	c := p.store.At(slot)
	i := p.store.FindAccount(c, r.AccountId)
	switch {
	case i >= 0 && p.rates.Name(p.store.Accounts(c)[i].Unit) != unit:
		p.reject(r.CustomerId, "", r.AccountId, "unit_mismatch", "unit", "", r.Day)
		return
	case i < 0 && len(p.store.Accounts(c)) >= ledger.MaxAccounts:
		p.reject(r.CustomerId, "", r.AccountId, "too_many_accounts", "account_id", "", r.Day)
		return
	case i < 0:
		i = p.account(slot, r.AccountId, r.AccountType, unit)
	}
	was := p.store.Accounts(p.store.At(slot))[i]
	p.stand(slot, i, r)
	if p.store.Accounts(p.store.At(slot))[i] != was {
		p.touchSide(slot, r.BusinessDay)
	}
	p.changed(slot, r.Day)
}

// stand applies a balance that stands at the end of a day.
func (p *Partition) stand(slot ledger.Slot, i int, r *pb.BalanceSnapshot) {
	c := p.store.At(slot)
	a := &p.store.Accounts(c)[i]
	gap := r.Balance - p.store.BookAt(a, r.Day)
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
	case r.EventTime < a.ObsTime:
		return
	case gap != 0:
		p.heal(c, a, r.Day, gap, "")
	}
	a.Flags |= ledger.Observed
	a.ObsTime = max(a.ObsTime, r.EventTime)
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

// seed imports the bank's own tier (rule R36).
func (p *Partition) seed(r *pb.TierSeed) {
	s, t, cause := p.schemeTier(r.Scheme, r.Tier)
	if cause == "" && (outside(r.SinceDay) || outside(r.GuaranteeUntil)) {
		cause = "invalid"
	}
	if cause != "" {
		p.reject(r.CustomerId, "", "", cause, "scheme", r.Scheme+"="+r.Tier, r.BusinessDay)
		return
	}
	slot, ok := p.visitSide(r.CustomerId, r.BusinessDay)
	if !ok {
		return
	}
	c := p.store.At(slot)
	p.touchSide(slot, r.BusinessDay)
	pl := &p.places(slot)[s]
	sc := &p.plans.active.plan.Schemes[s]
	ch := pl.Seed(sc, uint8(t), uint8(min(r.Misses, 255)), r.SinceDay, r.GuaranteeUntil, p.today(c))
	pl.nResults, pl.planned = 0, false
	p.beginPeriods(slot, s)
	p.tierChange(slot, s, ch, nil, 0)
	p.evaluate(slot, false)
}

// override holds a tier by hand (rule R31).
func (p *Partition) override(r *pb.TierOverride) {
	s, t, cause := p.schemeTier(r.Scheme, r.Tier)
	if cause == "" && outside(r.UntilDay) {
		cause = "invalid"
	}
	if cause != "" {
		p.reject(r.CustomerId, "", "", cause, "scheme", r.Scheme+"="+r.Tier, r.BusinessDay)
		return
	}
	slot, ok := p.visitSide(r.CustomerId, r.BusinessDay)
	if !ok {
		return
	}
	c := p.store.At(slot)
	p.touchSide(slot, r.BusinessDay)
	pl := &p.places(slot)[s]
	if pl.Standing != tier.Active {
		p.beginPeriods(slot, s)
	}
	ch := pl.Hold(uint8(t), p.today(c), r.UntilDay)
	pl.nResults, pl.planned = 0, false
	p.tierChange(slot, s, ch, nil, 0)
	p.evaluate(slot, false)
}
