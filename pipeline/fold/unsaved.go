package fold

import (
	"math"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
)

// unsaved are the customers that changed since they were last saved, in the order
// of their first change.
type unsaved struct {
	list []change
	// next is the first of the list that waits still.
	next int
	// current is the customer whose changes the store is noting, by slot + 1.
	current ledger.Slot
}

// change is a customer and the offset of his first unsaved change, or of the control
// record in whose drain it fell: offsets never go back along the list.
type change struct {
	slot   ledger.Slot
	offset int64
}

// mark says that the record being folded, or the control record in drain, concerns
// the customer: from here on what changes in the store is his. It is called before
// anything changes.
func (p *Partition) mark(slot ledger.Slot) {
	if p.unsaved.current != slot+1 {
		p.settleLow()
		p.unsaved.current = slot + 1
	}
	x := p.extra.At(slot)
	x.applied = p.offset
	if p.opt.Saves && x.flags&waitsToBeSaved == 0 {
		x.flags |= waitsToBeSaved
		p.unsaved.list = append(p.unsaved.list, change{slot, p.changedAt()})
	}
}

// changedAt is the offset from which a change of now is to be made again. In a drain it
// is that of the control record, also for a record of a customer whom the drain does
// not concern: visits to others come behind him in the list under that offset, and the
// list must not go back.
func (p *Partition) changedAt() int64 {
	if p.Draining() {
		return p.drain.offset
	}
	return p.offset
}

// settleLow keeps the first day that changed with the customer it belongs to.
func (p *Partition) settleLow() {
	low := p.store.TakeLow()
	if p.unsaved.current == 0 || low == ledger.NoDay {
		return
	}
	x := p.extra.At(p.unsaved.current - 1)
	x.low = min(x.low, uint16(max(low, 1)))
}

// nothingLow is attached.low of a customer no day of whom changed.
const nothingLow = math.MaxUint16

// Unsaved is the number of customers that changed since they were last saved.
func (p *Partition) Unsaved() int { return len(p.unsaved.list) - p.unsaved.next }

// ReplayFrom is the offset from which the log must be folded again onto what has
// been saved, if next is the offset to be folded next: that of the oldest unsaved
// change. It never passes a drain.
func (p *Partition) ReplayFrom(next int64) int64 {
	if u := &p.unsaved; u.next < len(u.list) {
		next = min(next, u.list[u.next].offset)
	}
	if p.Draining() {
		next = min(next, p.drain.offset)
	}
	return next
}

// take gives the customer that has waited longest.
func (u *unsaved) take() ledger.Slot {
	slot := u.list[u.next].slot
	u.next++
	if u.next > 1<<16 && u.next > len(u.list)/2 {
		u.list = append(u.list[:0], u.list[u.next:]...)
		u.next = 0
	}
	return slot
}

// applied tells whether a restored customer has the record at offset, or the visit
// under it, behind him.
func (p *Partition) applied(slot ledger.Slot, offset int64) bool {
	return offset <= p.restored && p.extra.At(slot).applied >= offset
}

// passOver leaves a restored customer whom the drain has visited before he was saved
// where he is: what he waits for lies behind this control record.
func (p *Partition) passOver(slot ledger.Slot) bool {
	d := &p.drain
	if !p.applied(slot, d.offset) || d.kind == drainPolicy && int(p.extra.At(slot).plan) < len(p.plans.past) {
		return false
	}
	c := p.store.At(slot)
	if c.Flags&ledger.Touched != 0 {
		p.touched = append(p.touched, p.rank(slot))
	}
	if c.Due != 0 {
		on := max(c.Due, p.clock.LastClose+1)
		p.due.buckets[on] = append(p.due.buckets[on], p.rank(slot))
	}
	return true
}
