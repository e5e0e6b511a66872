package fold

import (
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// profile is what outputs show of a customer, last writer wins (rule R10).
type profile struct {
	display, phone, rm, branch ledger.Text
	profileTime, profileSeq    int64
	rmTime, rmSeq              int64
}

const branchSeparator = "\x1f"

// visitSide finds or makes the customer of a side record and brings him up to the
// last CLOSE. The caller marks him with touchSide if the record changed anything:
// a repeated one must leave no trace.
func (p *Partition) visitSide(id string, businessDay int32) (ledger.Slot, bool) {
	if id == "" || len(id) > 128 || businessDay < 0 || businessDay > 65535-2*horizon {
		p.reject(id, "", "", "invalid", "customer_id", "", businessDay)
		return 0, false
	}
	slot, known := p.store.Find(id)
	if known {
		p.catchUp(slot)
	} else {
		slot = p.customer(id)
	}
	if p.plans.active != nil {
		p.beginAllPeriods(slot)
	}
	return slot, true
}

// touchSide marks a customer whom a side record changed: the next CLOSE visits him
// and writes a snapshot.
func (p *Partition) touchSide(slot ledger.Slot, businessDay int32) {
	p.touch(slot)
	x := &p.extra[slot]
	x.flags |= sideRecord
	x.lastDay = max(x.lastDay, businessDay)
}

func (p *Partition) profileOf(slot ledger.Slot) *profile {
	c := p.store.At(slot)
	if c.Profile == 0 {
		p.profiles = append(p.profiles, profile{})
		c.Profile = uint32(len(p.profiles))
	}
	return &p.profiles[c.Profile-1]
}

func newer(t, seq, lastT, lastSeq int64) bool {
	return t > lastT || (t == lastT && seq >= lastSeq)
}

func (p *Partition) profileRecord(r *pb.CustomerProfile) {
	slot, ok := p.visitSide(r.CustomerId, r.BusinessDay)
	if !ok {
		return
	}
	pr := p.profileOf(slot)
	if !newer(r.EventTime, r.SourceSeq, pr.profileTime, pr.profileSeq) {
		return
	}
	was := *pr
	c := p.store.At(slot)
	since, flags := c.Since, c.Flags&ledger.Gone
	pr.profileTime, pr.profileSeq = r.EventTime, r.SourceSeq
	p.setText(&pr.display, r.DisplayName)
	p.setText(&pr.phone, r.PhoneTail)
	if r.SinceDay > 0 && r.SinceDay < 65535 {
		c.Since = r.SinceDay
	}
	if *pr != was || c.Since != since || r.Exited != (flags != 0) {
		p.touchSide(slot, r.BusinessDay)
	}
	if gone := c.Flags&ledger.Gone != 0; r.Exited != gone {
		c.Flags ^= ledger.Gone
		if r.Exited {
			p.exit(slot)
		} else {
			p.welcome(slot)
		}
	}
}

// setText replaces a text only when it differs: the store never gives bytes back.
func (p *Partition) setText(t *ledger.Text, s string) {
	if p.store.Texts.Get(*t) != s {
		*t = p.store.Texts.Add(s)
	}
}

func (p *Partition) rmRecord(r *pb.RmAssignment) {
	slot, ok := p.visitSide(r.CustomerId, r.BusinessDay)
	if !ok {
		return
	}
	pr := p.profileOf(slot)
	if !newer(r.EventTime, r.SourceSeq, pr.rmTime, pr.rmSeq) {
		return
	}
	was := *pr
	pr.rmTime, pr.rmSeq = r.EventTime, r.SourceSeq
	p.setText(&pr.rm, r.RmId)
	var b []byte
	for i, s := range r.BranchPath {
		if i > 0 {
			b = append(b, branchSeparator...)
		}
		b = append(b, s...)
	}
	p.setText(&pr.branch, string(b))
	if *pr != was {
		p.touchSide(slot, r.BusinessDay)
	}
}

func (p *Partition) lifecycle(r *pb.AccountLifecycle) {
	if r.AccountId == "" || len(r.AccountId) > 128 || r.AccountType <= 0 || r.AccountType > 15 || outside(r.OpenedDay) || outside(r.ClosedDay) {
		p.reject(r.CustomerId, "", r.AccountId, "invalid", "account", "", r.BusinessDay)
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
	if i >= 0 && p.rates.Name(p.store.Accounts(c)[i].Unit) != unit {
		p.reject(r.CustomerId, "", r.AccountId, "unit_mismatch", "unit", "", r.BusinessDay)
		return
	}
	if i < 0 {
		if len(p.store.Accounts(c)) >= ledger.MaxAccounts {
			p.reject(r.CustomerId, "", r.AccountId, "too_many_accounts", "account_id", "", r.BusinessDay)
			return
		}
		i = p.account(slot, r.AccountId, r.AccountType, unit)
	}
	a := &p.store.Accounts(p.store.At(slot))[i]
	if a.Has(ledger.Described) && !newer(r.EventTime, r.SourceSeq, a.LifeTime, a.LifeSeq) {
		return
	}
	was := *a
	a.LifeTime, a.LifeSeq = r.EventTime, r.SourceSeq
	p.describe(slot, a, r)
	if p.store.Accounts(p.store.At(slot))[i] != was {
		p.touchSide(slot, r.BusinessDay)
	}
}

func (p *Partition) describe(slot ledger.Slot, a *ledger.Account, r *pb.AccountLifecycle) {
	a.Flags |= ledger.Described
	a.Type = uint8(r.AccountType)
	if a.Limit == 0 || r.LimitMinor != 0 {
		a.Limit = r.LimitMinor
	}
	if a.Has(ledger.Joint) != r.Joint {
		a.Flags ^= ledger.Joint
		p.stale(slot)
	}
	if r.OpenedDay != 0 && a.Opened != r.OpenedDay {
		a.Opened = r.OpenedDay
		if a.Has(ledger.Inferred) || a.Has(ledger.Pinned) {
			if opening := a.Before; opening != 0 {
				a.Pin(-opening)
				p.openWith(a, opening)
			}
		}
		a.Known = 0
	}
	from := min(a.Closed, r.ClosedDay)
	a.Closed = r.ClosedDay
	if r.ClosedDay != 0 {
		p.dueAt(slot, r.ClosedDay)
		p.changed(slot, r.ClosedDay)
	} else if from != 0 {
		p.changed(slot, from)
	}
	p.exitIfClosed(slot)
}

// exitIfClosed lets a customer leave when his last account is closed (R35).
func (p *Partition) exitIfClosed(slot ledger.Slot) {
	if len(p.store.Accounts(p.store.At(slot))) > 0 && !p.anyOpen(slot) {
		p.exit(slot)
	}
}

// anyOpen tells whether the customer has an account that is open today.
func (p *Partition) anyOpen(slot ledger.Slot) bool {
	c := p.store.At(slot)
	d := p.today(c)
	for _, a := range p.store.Accounts(c) {
		if a.Open(d) {
			return true
		}
	}
	return false
}

// exit ends his standing in every scheme.
func (p *Partition) exit(slot ledger.Slot) {
	c := p.store.At(slot)
	d := p.today(c)
	c.Flags &^= ledger.Settled
	pls := p.places(slot)
	for s := range pls {
		if pls[s].Standing == tier.Exited {
			continue
		}
		had := pls[s].Standing == tier.Active
		ch := pls[s].Exit(d)
		p.results.Free(pls[s].results)
		pls[s].results, pls[s].nResults, pls[s].fallOn = 0, 0, 0
		if had {
			p.tierChange(slot, s, ch, nil, 0)
		}
		p.judgeGone(slot, s)
	}
}

// welcome makes an exited customer NEW again.
func (p *Partition) welcome(slot ledger.Slot) {
	pls := p.places(slot)
	for s := range pls {
		if pls[s].Standing == tier.Exited {
			pls[s].State = tier.State{}
			p.beginPeriods(slot, s)
		}
	}
}

func (p *Partition) credit(r *pb.CreditStatus) {
	slot, ok := p.visitSide(r.CustomerId, r.BusinessDay)
	if !ok {
		return
	}
	c := p.store.At(slot)
	i := p.store.FindAccount(c, r.AccountId)
	if i < 0 {
		p.reject(r.CustomerId, "", r.AccountId, "unknown_account", "account_id", "", r.BusinessDay)
		return
	}
	a := &p.store.Accounts(c)[i]
	if !newer(r.EventTime, r.SourceSeq, a.CreditTime, a.CreditSeq) {
		return
	}
	was := *a
	a.CreditTime, a.CreditSeq = r.EventTime, r.SourceSeq
	a.DPD = r.Dpd
	if r.LimitMinor > 0 {
		a.Limit = r.LimitMinor
	}
	if *a != was {
		p.touchSide(slot, r.BusinessDay)
	}
	p.evaluate(slot, false)
}

// complaint opens or closes one complaint; each id counts once.
func (p *Partition) complaint(r *pb.Complaint) {
	slot, ok := p.visitSide(r.CustomerId, r.BusinessDay)
	if !ok {
		return
	}
	c := p.store.At(slot)
	// An Extra without an entry remembers the newest word on this complaint.
	key := ledger.Entry{ID: ledger.HashID("complaint\x00" + r.ComplaintId)}
	x, known := p.store.Note(c, key.ID)
	if known && !newer(r.EventTime, r.SourceSeq, x.Reversed, x.Quantity) {
		return
	}
	was := known && x.HasQuantity
	if !known || was != r.Open {
		p.touchSide(slot, r.BusinessDay)
	}
	x.Reversed, x.Quantity, x.HasQuantity = r.EventTime, r.SourceSeq, r.Open
	switch {
	case r.Open && !was:
		c.Complaints++
	case !r.Open && was:
		c.Complaints--
	}
	p.evaluate(slot, false)
}
