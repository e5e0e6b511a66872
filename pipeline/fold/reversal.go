package fold

import (
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// irreversible finds what forbids the reversal t, in the place of old if that is
// not nil (rules R20, R59).
func (p *Partition) irreversible(c *ledger.Customer, t *incoming, old *ledger.Entry) (cause string) {
	original := ledger.HashID(t.ReversalOf)
	i := p.store.FindEntry(c, original)
	if i < 0 {
		switch {
		case p.merged(c):
			return "late_unverifiable"
		case !p.store.RoomToWait(c):
			return "too_many_waiting"
		}
		return ""
	}
	e := &p.store.Entries(c)[i]
	switch st := e.Status(); {
	case e.Plain() || st == ledger.Pending || st == ledger.Failed:
		return "original_not_posted"
	case st == ledger.Reversed && !p.givesBack(c, old, e):
		return "already_reversed"
	}
	return ""
}

// givesBack tells whether something is left of original once old is gone.
func (p *Partition) givesBack(c *ledger.Customer, old, original *ledger.Entry) bool {
	if old == nil || !old.Plain() || old.Status() != ledger.Posted {
		return false
	}
	x, ox := p.store.Extra(c, old), p.store.Extra(c, original)
	return x != nil && x.Original == original.ID && ox != nil && !ox.Undone && (x.Reversed > 0 || ox.Reversed == 0)
}

// merged tells whether entries within the horizon are no longer held by themselves.
func (p *Partition) merged(c *ledger.Customer) bool {
	return c.RawFrom != 0 && c.RawFrom > p.today(c)-horizon
}

// outOfReach tells whether a reversal asked for what is merged by now: what it took
// cannot be given back.
func (p *Partition) outOfReach(c *ledger.Customer, e *ledger.Entry) bool {
	if !e.Plain() || e.Status() != ledger.Posted || !p.merged(c) {
		return false
	}
	x := p.store.Extra(c, e)
	return x != nil && x.Reversed > 0 && p.store.FindEntry(c, x.Original) < 0
}

// reverse lets a reversal that is booked take back its original's activity in the
// original's day, or wait for it (rules R19, R20). It returns the original's day, its
// own if it waits.
func (p *Partition) reverse(slot ledger.Slot, t *incoming) (day int32) {
	c := p.store.At(slot)
	original := ledger.HashID(t.ReversalOf)
	own := &p.store.Entries(c)[p.store.FindEntry(c, t.id)]
	p.store.MakeExtra(c, own).Original = original
	full := t.ReversalKind != pb.ReversalKind_PARTIAL
	i := p.store.FindEntry(c, original)
	if i < 0 {
		p.store.AddWait(c, ledger.Wait{ // irreversible has seen that there is room
			Original: original, By: t.id, Amount: t.BaseAmountMinor, Offset: p.offset,
			EventID: p.store.Texts.Add(p.eventID(t.Transaction)), Day: t.BusinessDay, Full: full,
		})
		p.dueAt(slot, t.BusinessDay+horizon+1)
		p.say(t, pb.VerdictKind_VERDICT_WAITING, "")
		return t.BusinessDay
	}
	asked, cause := p.takeBack(slot, i, t.BaseAmountMinor, full)
	p.store.MakeExtra(c, own).Reversed = asked
	p.say(t, pb.VerdictKind_VERDICT_REVERSED, cause)
	return int32(p.store.Entries(c)[i].Day)
}

// takeBack reduces what is left of the entry at place i and returns what it was asked
// for: of a full reversal all that was left.
func (p *Partition) takeBack(slot ledger.Slot, i int, amount int64, full bool) (asked int64, cause string) {
	c := p.store.At(slot)
	e := &p.store.Entries(c)[i]
	if amount > e.Amount {
		cause = "exceeds_original"
	}
	if full {
		amount = e.Amount
	}
	taken := min(amount, e.Amount)
	p.store.MakeExtra(c, e).Reversed += taken
	p.store.Edited(e)
	if e.Amount -= taken; e.Amount == 0 {
		e.SetStatus(ledger.Reversed)
	}
	p.stale(slot)
	p.touch(slot)
	return amount, cause
}

// release gives back what the entry at place i asked of its original if it is a
// posted reversal, or ends its waiting; the entry itself stays as it is. It returns
// the original's day, the entry's own if there is none.
func (p *Partition) release(slot ledger.Slot, i int) (day int32) {
	c := p.store.At(slot)
	e := &p.store.Entries(c)[i]
	day = int32(e.Day)
	x := p.store.Extra(c, e)
	if !e.Plain() || e.Status() != ledger.Posted || x == nil {
		return day
	}
	original, asked := x.Original, x.Reversed
	x.Original, x.Reversed = 0, 0
	for k, w := range p.store.Waits(c) {
		if w.By == e.ID {
			p.store.DropWait(c, k)
			return day
		}
	}
	k := p.store.FindEntry(c, original)
	if k < 0 || p.store.Entries(c)[k].Plain() {
		return day
	}
	o := &p.store.Entries(c)[k]
	p.giveBack(c, o, asked)
	p.stale(slot)
	p.touch(slot)
	return int32(o.Day)
}

// giveBack returns to an entry what a reversal asked for, as far as the others in
// force do not ask for it.
func (p *Partition) giveBack(c *ledger.Customer, e *ledger.Entry, asked int64) {
	x := p.store.MakeExtra(c, e)
	p.store.Edited(e)
	whole := e.Amount + x.Reversed
	x.Reversed = min(whole, max(x.Reversed-asked, p.store.Asked(c, e.ID)))
	if x.Undone {
		return
	}
	e.Amount = whole - x.Reversed
	if e.Status() == ledger.Reversed && (e.Amount > 0 || x.Reversed == 0) {
		e.SetStatus(ledger.Posted)
	}
}

// askedOf is what reversals in force ask of old, as it passes to the version t.
func (p *Partition) askedOf(c *ledger.Customer, old *ledger.Entry, t *incoming) int64 {
	if t.ReversalOf != "" {
		return 0
	}
	asked := p.store.Asked(c, old.ID)
	if x := p.store.Extra(c, old); x != nil && !old.Plain() {
		asked = max(asked, x.Reversed)
	}
	return asked
}

// claimWaits applies reversals that came before their original.
func (p *Partition) claimWaits(slot ledger.Slot, t *incoming) {
	c := p.store.At(slot)
	if t.Status != pb.TxnStatus_POSTED || !p.store.Awaited(c, t.id) {
		return
	}
	at := p.store.FindEntry(c, t.id)
	ws := p.store.Waits(c)
	kept := 0
	for _, w := range ws {
		if w.Original != t.id {
			ws[kept] = w
			kept++
			continue
		}
		v := &pb.Verdict{
			CustomerId: t.CustomerId, Kind: pb.VerdictKind_VERDICT_REVERSED, EventId: p.store.Texts.Get(w.EventID),
			AccountId: t.AccountId, Day: w.Day, AboutOffset: w.Offset,
		}
		reversed := p.store.Entries(c)[at].Status() == ledger.Reversed
		asked, cause := p.takeBack(slot, at, w.Amount, w.Full)
		if v.Cause = cause; reversed {
			v.Cause = "already_reversed"
		}
		if by := p.store.FindEntry(c, w.By); by >= 0 {
			p.store.MakeExtra(c, &p.store.Entries(c)[by]).Reversed = asked
		}
		p.verdict(v)
	}
	p.store.KeepWaits(c, kept)
}

// expireWaits gives up reversals whose original never came (semantics 3): the
// balance effect stays, the rest is for a person.
func (p *Partition) expireWaits(slot ledger.Slot, d int32) {
	c := p.store.At(slot)
	ws := p.store.Waits(c)
	kept := 0
	for _, w := range ws {
		if w.Day+horizon >= d || p.full(KindDeadLetter) {
			p.dueAt(slot, w.Day+horizon+1)
			ws[kept] = w
			kept++
			continue
		}
		p.emitDead(&pb.DeadLetter{
			Cause: "unknown_original", Field: "reversal_of", Stage: "fold", CustomerId: p.id(c), EventId: p.store.Texts.Get(w.EventID),
			OriginPartition: p.opt.Partition, OriginPosition: w.Offset, Applied: []string{"balance"},
		})
	}
	p.store.KeepWaits(c, kept)
}
