package fold

import (
	"strconv"
	"strings"

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

// sound tells whether a side record names a customer and a day. It has said so if
// not. c is nil while the customer is not known.
func (p *Partition) sound(id string, businessDay int32) (c *ledger.Customer, ok bool) {
	switch detail := badID(id); {
	case detail != "":
		p.reject(id, "", "", "invalid", "customer_id", detail, businessDay)
		return nil, false
	case outside(businessDay):
		p.reject(id, "", "", "invalid", "business_day", "", businessDay)
		return nil, false
	}
	if slot, known := p.store.Find(id); known {
		c = p.store.At(slot)
	}
	return c, true
}

// visitSide finds or makes the customer of a side record that is in order and brings
// him up to the last CLOSE. The caller marks him with touchSide if the record changed
// anything: a repeated one must leave no trace.
func (p *Partition) visitSide(id string) ledger.Slot {
	slot, known := p.store.Find(id)
	if known {
		p.catchUp(slot)
	} else {
		slot = p.customer(id)
	}
	p.mark(slot)
	if p.plans.active != nil {
		p.beginAllPeriods(slot)
	}
	return slot
}

// touchSide marks a customer whom a side record changed: the next CLOSE visits him,
// looks anew at what lies ahead of him and writes a snapshot.
func (p *Partition) touchSide(slot ledger.Slot, businessDay int32) {
	p.touch(slot)
	p.store.At(slot).Flags |= ledger.Replan
	p.sideOn(slot, businessDay)
}

// sideOn lets the CLOSE of a day, or the next if that was closed, write a row.
func (p *Partition) sideOn(slot ledger.Slot, day int32) {
	x := p.extra.At(slot)
	if x.flags&sideRecord != 0 && x.lastDay != day {
		x.sideDays = true
	}
	x.flags |= sideRecord
	x.lastDay = max(x.lastDay, day)
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
	if _, ok := p.sound(r.CustomerId, r.BusinessDay); !ok {
		return
	}
	if detail := within(r.DisplayName, 0, maxName); detail != "" {
		p.reject(r.CustomerId, "", "", "invalid", "display_name", detail, r.BusinessDay)
		return
	}
	if detail := within(r.PhoneTail, 0, maxID); detail != "" {
		p.reject(r.CustomerId, "", "", "invalid", "phone_tail", detail, r.BusinessDay)
		return
	}
	slot := p.visitSide(r.CustomerId)
	pr := p.profileOf(slot)
	if !newer(r.EventTime, r.SourceSeq, pr.profileTime, pr.profileSeq) {
		return
	}
	was := *pr
	c := p.store.At(slot)
	since, flags := c.Since, c.Flags&ledger.Gone
	if pr.profileTime == r.EventTime && pr.profileSeq == r.SourceSeq {
		display, phone := p.store.Texts.Get(pr.display), p.store.Texts.Get(pr.phone)
		said := []uint64{profileSays(display, phone, since, flags != 0), profileSays(display, phone, 0, flags != 0)}
		says := []uint64{profileSays(r.DisplayName, r.PhoneTail, sinceOr(r, 0), r.Exited)}
		if p.repeats(c, ledger.HashID("profile\x00"), r.EventTime, r.SourceSeq, said, says) {
			return
		}
	}
	pr.profileTime, pr.profileSeq = r.EventTime, r.SourceSeq
	p.setText(&pr.display, r.DisplayName)
	p.setText(&pr.phone, r.PhoneTail)
	c.Since = sinceOr(r, since)
	if *pr != was || c.Since != since || r.Exited != (flags != 0) {
		p.touchSide(slot, r.BusinessDay)
	}
	if gone := c.Flags&ledger.Gone != 0; r.Exited != gone {
		c.Flags ^= ledger.Gone
		if r.Exited {
			p.exit(slot, p.today(c), p.today(c))
		} else {
			p.welcome(slot)
		}
	}
}

// sinceOr is the first day that a profile tells, or the one that is known.
func sinceOr(r *pb.CustomerProfile, known int32) int32 {
	if r.SinceDay > 0 && r.SinceDay < 65535 {
		return r.SinceDay
	}
	return known
}

// setText replaces a text only when it differs: the store never gives bytes back.
func (p *Partition) setText(t *ledger.Text, s string) {
	if p.store.Texts.Get(*t) != s {
		*t = p.store.Texts.Add(s)
	}
}

func (p *Partition) rmRecord(r *pb.RmAssignment) {
	if _, ok := p.sound(r.CustomerId, r.BusinessDay); !ok {
		return
	}
	if field, detail := unnamedRM(r); detail != "" {
		p.reject(r.CustomerId, "", "", "invalid", field, detail, r.BusinessDay)
		return
	}
	slot := p.visitSide(r.CustomerId)
	pr := p.profileOf(slot)
	if !newer(r.EventTime, r.SourceSeq, pr.rmTime, pr.rmSeq) {
		return
	}
	was, branch := *pr, strings.Join(r.BranchPath, branchSeparator)
	if pr.rmTime == r.EventTime && pr.rmSeq == r.SourceSeq && p.repeats(p.store.At(slot), ledger.HashID("rm\x00"), r.EventTime, r.SourceSeq,
		[]uint64{texts(p.store.Texts.Get(pr.rm), p.store.Texts.Get(pr.branch))}, []uint64{texts(r.RmId, branch)}) {
		return
	}
	pr.rmTime, pr.rmSeq = r.EventTime, r.SourceSeq
	p.setText(&pr.rm, r.RmId)
	p.setText(&pr.branch, branch)
	if *pr != was {
		p.touchSide(slot, r.BusinessDay)
	}
}

func unnamedRM(r *pb.RmAssignment) (field, detail string) {
	if detail = within(r.RmId, 0, maxID); detail != "" {
		return "rm_id", detail
	}
	if n := len(r.BranchPath); n > maxBranch {
		return "branch_path", strconv.Itoa(n) + " levels; at most " + strconv.Itoa(maxBranch)
	}
	for _, s := range r.BranchPath {
		if detail = within(s, 0, maxID); detail != "" {
			return "branch_path", detail
		}
	}
	return "", ""
}

func (p *Partition) lifecycle(r *pb.AccountLifecycle) {
	c, ok := p.sound(r.CustomerId, r.BusinessDay)
	if !ok {
		return
	}
	cause := "invalid"
	var field, detail string
	switch {
	case badID(r.AccountId) != "":
		field, detail = "account_id", badID(r.AccountId)
	case r.AccountType <= 0 || r.AccountType > 15:
		field = "account_type"
	case outside(r.OpenedDay):
		field = "opened_day"
	case outside(r.ClosedDay):
		field = "closed_day"
	case r.LimitMinor < 0 || r.LimitMinor > ledger.MaxBalance:
		field = "limit_minor"
	case len(r.Unit) > maxUnit:
		field, detail = "unit", within(r.Unit, 0, maxUnit)
	default:
		_, cause, field = p.account(c, ledger.HashID(r.AccountId), r.AccountId, p.unitOr(r.Unit))
	}
	if field != "" {
		p.reject(r.CustomerId, "", r.AccountId, cause, field, detail, r.BusinessDay)
		return
	}
	slot := p.visitSide(r.CustomerId)
	i := p.makeAccount(slot, r.AccountId, r.AccountType, p.unitOr(r.Unit))
	a := &p.store.Accounts(p.store.At(slot))[i]
	if a.Has(ledger.Described) && !newer(r.EventTime, r.SourceSeq, a.LifeTime, a.LifeSeq) {
		return
	}
	was := *a
	again := a.Has(ledger.Described) && a.LifeTime == r.EventTime && a.LifeSeq == r.SourceSeq
	if again && p.describedBefore(p.store.At(slot), a, r) {
		return
	}
	a.LifeTime, a.LifeSeq = r.EventTime, r.SourceSeq
	p.describe(slot, a, r)
	if p.store.Accounts(p.store.At(slot))[i] != was {
		p.touchSide(slot, r.BusinessDay)
	}
}

// describedBefore tells whether a lifecycle record at the place of the account's last one
// repeats one of that place.
func (p *Partition) describedBefore(c *ledger.Customer, a *ledger.Account, r *pb.AccountLifecycle) bool {
	limit := limitSaid(a.Limit, !a.Has(ledger.Lent), newer(a.CreditTime, a.CreditSeq, a.LifeTime, a.LifeSeq))
	var said []uint64
	for _, opened := range []int32{a.Opened, 0} {
		for _, lim := range []int64{limit, 0} {
			said = append(said, accountSays(a.Type, a.Has(ledger.Joint), opened, a.Closed, lim))
		}
	}
	says := func(lim int64) uint64 {
		return accountSays(uint8(r.AccountType), r.Joint, r.OpenedDay, r.ClosedDay, lim)
	}
	return p.repeats(c, ledger.HashID("account\x00"+r.AccountId), r.EventTime, r.SourceSeq, said, []uint64{says(r.LimitMinor), says(anyLimit)})
}

// unitOr is the unit of an account whose record may leave it out.
func (p *Partition) unitOr(unit string) string {
	if unit == "" {
		return p.engine.BaseCurrency
	}
	return unit
}

func (p *Partition) describe(slot ledger.Slot, a *ledger.Account, r *pb.AccountLifecycle) {
	a.Flags |= ledger.Described
	a.Type = uint8(r.AccountType)
	// The limit is the last word of either stream (rule R10).
	if r.LimitMinor != 0 && (!a.Has(ledger.Lent) || newer(r.EventTime, r.SourceSeq, a.CreditTime, a.CreditSeq)) {
		a.Limit = r.LimitMinor
		a.Flags &^= ledger.Lent
	}
	if a.Has(ledger.Joint) != r.Joint {
		a.Flags ^= ledger.Joint
		p.stale(slot)
	}
	if r.OpenedDay != 0 && a.Opened != r.OpenedDay {
		p.openOn(a, r.OpenedDay)
	}
	was := a.Closed
	a.Closed = r.ClosedDay
	if r.ClosedDay != 0 {
		p.dueAt(slot, r.ClosedDay-1) // at the CLOSE before it he may leave
	}
	// A closing told anew or taken back changes balances from its day on, but is no
	// event (rule R88).
	switch {
	case was == r.ClosedDay:
	case was == 0 || r.ClosedDay == 0:
		p.rewrite(slot, max(was, r.ClosedDay), false)
	default:
		p.rewrite(slot, was, false, r.ClosedDay)
	}
	p.exitIfClosed(slot)
}

// openOn lets what stood before an account's first event stand from the opening day now
// told, whether another was told before or none (rules R13, R165).
func (p *Partition) openOn(a *ledger.Account, day int32) {
	opening := p.store.TakeOpening(a)
	if a.Has(ledger.Inferred) || a.Has(ledger.Pinned) {
		opening += a.Before
		a.Pin(-a.Before)
	}
	a.Opened = day
	if opening != 0 {
		p.openWith(a, opening)
	}
	a.Known = 0
}

// exitIfClosed lets a customer leave when his last account is closed (R35).
func (p *Partition) exitIfClosed(slot ledger.Slot) {
	if len(p.store.Accounts(p.store.At(slot))) > 0 && !p.anyOpen(slot) {
		today := p.today(p.store.At(slot))
		p.exit(slot, today, today)
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

// onOpen tells whether the event being folded is on an account that is open: it makes
// a leaver NEW (rule R35).
func (p *Partition) onOpen(slot ledger.Slot) bool {
	c := p.store.At(slot)
	i := p.store.FindAccount(c, p.scratch.on)
	return i >= 0 && p.store.Accounts(c)[i].Open(p.today(c))
}

// exit ends his standing in every scheme.
func (p *Partition) exit(slot ledger.Slot, decided, effective int32) {
	c := p.store.At(slot)
	c.Flags &^= ledger.Settled
	pls := p.places(slot)
	for s := range pls {
		if pls[s].Standing == tier.Exited {
			continue
		}
		had := pls[s].Standing == tier.Active
		ch := pls[s].Exit(effective)
		ch.Decided = decided
		p.unkeep(&pls[s])
		pls[s].fallOn, pls[s].standsFrom = 0, uint16(decided)
		if had {
			p.tierChange(slot, s, ch, basis{})
		}
		p.judgeGone(slot, s)
	}
}

// welcome makes an exited customer NEW again.
func (p *Partition) welcome(slot ledger.Slot) {
	pls := p.places(slot)
	for s := range pls {
		if pls[s].Standing == tier.Exited {
			pls[s].State, pls[s].standsFrom = tier.State{}, uint16(p.today(p.store.At(slot)))
			p.beginPeriods(slot, s)
		}
	}
}

func (p *Partition) credit(r *pb.CreditStatus) {
	c, ok := p.sound(r.CustomerId, r.BusinessDay)
	if !ok {
		return
	}
	cause, field := "", ""
	switch {
	case c == nil || p.store.FindAccount(c, r.AccountId) < 0:
		cause, field = "unknown_account", "account_id"
	case r.Dpd < 0:
		cause, field = "invalid", "dpd"
	case r.LimitMinor < 0 || r.LimitMinor > ledger.MaxBalance:
		cause, field = "invalid", "limit_minor"
	}
	if cause != "" {
		p.reject(r.CustomerId, "", r.AccountId, cause, field, "", r.BusinessDay)
		return
	}
	slot := p.visitSide(r.CustomerId)
	c = p.store.At(slot)
	i := p.store.FindAccount(c, r.AccountId)
	a := &p.store.Accounts(c)[i]
	if !newer(r.EventTime, r.SourceSeq, a.CreditTime, a.CreditSeq) {
		return
	}
	was := *a
	if a.CreditTime == r.EventTime && a.CreditSeq == r.SourceSeq {
		limit := limitSaid(a.Limit, a.Has(ledger.Lent), newer(a.LifeTime, a.LifeSeq, a.CreditTime, a.CreditSeq))
		said := []uint64{creditSays(a.DPD, limit), creditSays(a.DPD, 0)}
		says := []uint64{creditSays(r.Dpd, r.LimitMinor), creditSays(r.Dpd, anyLimit)}
		if p.repeats(c, ledger.HashID("credit\x00"+r.AccountId), r.EventTime, r.SourceSeq, said, says) {
			return
		}
	}
	a.CreditTime, a.CreditSeq = r.EventTime, r.SourceSeq
	a.DPD = r.Dpd
	if r.LimitMinor > 0 && (a.Has(ledger.Lent) || a.Limit == 0 || newer(r.EventTime, r.SourceSeq, a.LifeTime, a.LifeSeq)) {
		a.Limit = r.LimitMinor
		a.Flags |= ledger.Lent
	}
	if *a != was {
		p.touchSide(slot, r.BusinessDay)
	}
	p.evaluate(slot, false)
}

// maxComplaints bounds the open complaints of one customer.
const maxComplaints = 1<<16 - 1

// complaint opens or closes one complaint; each id counts once.
func (p *Partition) complaint(r *pb.Complaint) {
	c, ok := p.sound(r.CustomerId, r.BusinessDay)
	if !ok {
		return
	}
	if detail := badID(r.ComplaintId); detail != "" {
		p.reject(r.CustomerId, "", "", "invalid", "complaint_id", detail, r.BusinessDay)
		return
	}
	// An Extra without an entry remembers the newest word on this complaint.
	key := ledger.HashID("complaint\x00" + r.ComplaintId)
	if c != nil && r.Open && c.Complaints == maxComplaints {
		if x := p.store.FindNote(c, key); x == nil || !x.HasQuantity && newer(r.EventTime, r.SourceSeq, x.Reversed, x.Quantity) {
			p.reject(r.CustomerId, "", "", "too_many_complaints", "complaint_id", "", r.BusinessDay)
			return
		}
	}
	slot := p.visitSide(r.CustomerId)
	c = p.store.At(slot)
	x, known := p.store.Note(c, key)
	if known && !newer(r.EventTime, r.SourceSeq, x.Reversed, x.Quantity) {
		return
	}
	was := known && x.HasQuantity
	// Undone tells that at its place it was said to be open and not.
	both := false
	if known && x.Reversed == r.EventTime && x.Quantity == r.SourceSeq {
		if both = x.Undone; both || was == r.Open {
			return // said there before (rule R155)
		}
		both = true
	}
	p.touchSide(slot, r.BusinessDay)
	x.Reversed, x.Quantity, x.HasQuantity, x.Undone = r.EventTime, r.SourceSeq, r.Open, both
	switch {
	case r.Open && !was:
		c.Complaints++
	case !r.Open && was:
		c.Complaints--
	}
	p.evaluate(slot, false)
}
