package fold

import (
	"github.com/cespare/xxhash/v2"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// reversal books a reversing record: its own movement on its own days, and the
// original's activity in the original's day (rules R19, R20).
func (p *Partition) reversal(slot ledger.Slot, t *incoming) {
	c := p.store.At(slot)
	original := xxhash.Sum64String(t.ReversalOf)
	i := p.store.FindEntry(c, original)
	if i < 0 {
		p.book(slot, t, 0)
		c = p.store.At(slot)
		p.store.AddWait(c, ledger.Wait{
			Original: original, Amount: t.BaseAmountMinor, Offset: p.offset, EventID: p.store.Texts.Add(p.eventID(t.Transaction)),
			Day: t.BusinessDay, Full: t.ReversalKind != pb.ReversalKind_PARTIAL,
		})
		p.dueAt(slot, t.BusinessDay+horizon+1)
		p.say(t, pb.VerdictKind_VERDICT_WAITING, "")
		p.changed(slot, min(t.BusinessDay, t.ValueDay))
		return
	}
	e := &p.store.Entries(c)[i]
	switch {
	case e.Status() == ledger.Reversed:
		p.rejectTxn(t.Transaction, "already_reversed", "reversal_of", "")
		return
	case e.Status() != ledger.Posted || e.Plain():
		p.rejectTxn(t.Transaction, "original_not_posted", "reversal_of", "")
		return
	}
	first := min(int32(e.Day), t.BusinessDay, t.ValueDay)
	cause := p.takeBack(slot, i, t.BaseAmountMinor, t.ReversalKind != pb.ReversalKind_PARTIAL)
	p.book(slot, t, 0)
	p.say(t, pb.VerdictKind_VERDICT_REVERSED, cause)
	p.changed(slot, first)
}

// takeBack reduces what is left of the entry at place i.
func (p *Partition) takeBack(slot ledger.Slot, i int, amount int64, full bool) (cause string) {
	c := p.store.At(slot)
	e := &p.store.Entries(c)[i]
	if amount > e.Amount {
		cause = "exceeds_original"
	}
	if full || amount > e.Amount {
		amount = e.Amount
	}
	x := p.store.MakeExtra(c, e)
	x.Reversed += amount
	e = &p.store.Entries(c)[i]
	if e.Amount -= amount; e.Amount == 0 {
		e.SetStatus(ledger.Reversed)
	}
	p.stale(slot)
	p.touch(slot)
	return cause
}

// claimWaits applies reversals that came before their original.
func (p *Partition) claimWaits(slot ledger.Slot, t *incoming) {
	c := p.store.At(slot)
	if len(p.store.Waits(c)) == 0 || t.Status != pb.TxnStatus_POSTED {
		return
	}
	for i := 0; i < len(p.store.Waits(c)); {
		w := p.store.Waits(c)[i]
		if w.Original != t.id {
			i++
			continue
		}
		p.store.DropWait(c, i)
		v := &pb.Verdict{
			CustomerId: t.CustomerId, Kind: pb.VerdictKind_VERDICT_REVERSED, EventId: p.store.Texts.Get(w.EventID),
			AccountId: t.AccountId, Day: w.Day, AboutOffset: w.Offset,
		}
		if at := p.store.FindEntry(c, t.id); p.store.Entries(c)[at].Status() == ledger.Posted {
			v.Cause = p.takeBack(slot, at, w.Amount, w.Full)
		} else {
			v.Cause = "already_reversed"
		}
		p.verdict(v)
	}
}

// expireWaits gives up reversals whose original never came (semantics 3): the
// balance effect stays, the rest is for a person.
func (p *Partition) expireWaits(slot ledger.Slot, d int32) {
	c := p.store.At(slot)
	for i := 0; i < len(p.store.Waits(c)); {
		w := p.store.Waits(c)[i]
		if w.Day+horizon >= d {
			p.dueAt(slot, w.Day+horizon+1)
			i++
			continue
		}
		p.store.DropWait(c, i)
		p.emitDead(&pb.DeadLetter{
			Cause: "unknown_original", Field: "reversal_of", Stage: "fold", CustomerId: p.id(c), EventId: p.store.Texts.Get(w.EventID),
			OriginPartition: p.opt.Partition, OriginPosition: w.Offset, Applied: []string{"balance"},
		})
	}
}
