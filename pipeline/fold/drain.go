package fold

import (
	"github.com/tierwatch/tierwatch/pipeline/ledger"
)

// drainKind says why customers are visited.
type drainKind uint8

const (
	drainClose drainKind = iota + 1
	drainHandover
	drainPolicy
	drainRecheck
)

// drain is a visit of due customers under one control record, in ascending
// (customer hash, id), in chunks counted in customers. Meanwhile a customer's own
// record first lets him be visited; he is then passed over by the drain.
type drain struct {
	kind   drainKind
	offset int64
	day    int32
	roll   roll
	// made is how many customers there were: those made since are not visited.
	made ledger.Slot
	// early had a record of their own before their turn.
	early map[ledger.Slot]struct{}
	// warm is how many of those ahead have been read ahead.
	warm int
	// activations counts the policies that its CLOSE has brought into force: each makes a
	// drain of its own.
	activations int
	last        ledger.Slot
	any         bool
	// now and zone are the clock as of the control record.
	now  int64
	zone int32
}

// Cursor is how far a drain has come, as it is committed.
type Cursor struct {
	Draining      bool
	ControlOffset int64
	// Stage is which of the drains of its record this is: 0, and one more with each policy
	// that a CLOSE brings into force; LastStage is the last, whichever that is.
	Stage        int
	LastHash     uint64
	LastCustomer string
}

// LastStage is the stage of a cursor that does not tell it: only the last drain of a
// record was divided when such were written.
const LastStage = -1

// Draining tells whether a drain is in progress.
func (p *Partition) Draining() bool { return p.drain.kind != 0 }

// HoldsTicks tells whether a TICK must wait for the drain in progress: rules that come into
// force may begin a hold or a dwell at the time of their CLOSE, and the TICK at which it is
// over must find it, whoever has been visited by then (rule R160).
func (p *Partition) HoldsTicks() bool { return p.drain.kind == drainPolicy }

// HoldsAll tells whether every record must wait for the drain in progress: that of a CLOSE
// which brings rules into force for all at once, behind it.
func (p *Partition) HoldsAll() bool {
	return (p.drain.kind == drainClose || p.drain.kind == drainPolicy) && p.activates()
}

// Visiting tells whether a customer is being visited, and behind a panic whether it came
// of a visit: then no record is at fault.
func (p *Partition) Visiting() bool { return p.visiting }

// Cursor gives the place of the drain in progress.
func (p *Partition) Cursor() Cursor {
	if !p.Draining() {
		return Cursor{}
	}
	cur := Cursor{Draining: true, ControlOffset: p.drain.offset, Stage: p.stage()}
	if p.drain.any {
		c := p.store.At(p.drain.last)
		cur.LastHash, cur.LastCustomer = c.Hash, p.id(c)
	}
	return cur
}

// Drain visits up to n more customers; done tells that none is left.
func (p *Partition) Drain(n int, out *Outputs) (done bool) {
	p.out = out
	for ; n > 0 && p.Draining(); n-- {
		p.visitNext()
	}
	return !p.Draining()
}

// stage is which of the drains of its record is in progress.
func (p *Partition) stage() int {
	if p.drain.kind != drainPolicy {
		return 0
	}
	return p.drain.activations
}

// DrainThrough visits all customers of the earlier stages, and of the cursor's up to and
// with its last one.
func (p *Partition) DrainThrough(to Cursor, out *Outputs) {
	p.out = out
	if to.Stage == LastStage {
		p.finishEarlier()
		to.Stage = p.stage()
	}
	for p.Draining() && p.stage() <= to.Stage {
		c := p.store.At(p.drain.roll.ahead(&p.store)[0])
		if p.stage() == to.Stage && (c.Hash > to.LastHash || (c.Hash == to.LastHash && p.id(c) > to.LastCustomer)) {
			return
		}
		p.visitNext()
	}
}

// finishEarlier finishes the drains that every record waits for.
func (p *Partition) finishEarlier() {
	for p.HoldsAll() {
		p.visitNext()
	}
}

func (p *Partition) finishDrain() {
	if !p.Draining() {
		return
	}
	offset, value, subs := p.offset, p.value, p.subs
	for p.Draining() {
		p.visitNext()
	}
	p.offset, p.value, p.subs = offset, value, subs
}

// beginClose starts a drain of those whom a CLOSE visits: the touched and the due.
func (p *Partition) beginClose(day int32) {
	list := p.due.take(day, append(p.drain.roll.room(), p.touched...))
	p.touched = p.touched[:0]
	p.start(drainClose, day, list)
}

// beginAll starts a drain of everybody.
func (p *Partition) beginAll(kind drainKind) {
	list := p.drain.roll.room()
	for i := range p.store.Len() {
		list = append(list, p.rank(ledger.Slot(i)))
	}
	p.start(kind, p.clock.LastClose, list)
}

func (p *Partition) start(kind drainKind, day int32, list []ranked) {
	d := &p.drain
	d.roll.begin(list)
	d.kind, d.day, d.offset, d.warm, d.any = kind, day, p.offset, 0, false
	d.made, d.now, d.zone = ledger.Slot(p.store.Len()), p.now(), p.offsetUTC
	clear(d.early)
	if len(list) == 0 {
		p.endDrain()
	}
}

func (p *Partition) visitNext() {
	d := &p.drain
	next := d.roll.ahead(&p.store)
	p.warmNext(next)
	d.last, d.any = next[0], true
	d.roll.pass()
	if _, seen := d.early[d.last]; !seen {
		p.visit(d.last)
	}
	if len(d.roll.ahead(&p.store)) == 0 {
		p.endDrain()
	}
}

// visit does what the drain is for with one customer, under the offset of its
// control record. Each is visited once.
func (p *Partition) visit(slot ledger.Slot) {
	d := &p.drain
	if d.kind == drainClose && !p.closes(slot) || p.passOver(slot) {
		return
	}
	p.visiting = true
	offset, value, subs := p.offset, p.value, p.subs
	p.offset, p.value, p.subs = d.offset, nil, [len(p.subs)]uint8{}
	zone := p.offsetUTC
	p.frozen, p.offsetUTC = d.now, d.zone
	p.mark(slot)
	switch d.kind {
	case drainClose:
		p.closeCustomer(slot, d.day)
	case drainHandover:
		p.reliveCustomer(slot)
	case drainPolicy:
		// Behind what the CLOSE said of him under the same offset.
		for k := range p.subs {
			p.subs[k] = policySubs + uint8(min(d.activations, mostActivations)-1)*subsOfOne
		}
		p.adopt(slot)
	case drainRecheck:
		p.store.At(slot).Flags |= ledger.Replan
		p.touch(slot)
	}
	p.frozen, p.offsetUTC = 0, zone
	p.offset, p.value, p.subs = offset, value, subs
	p.visiting = false
}

// policySubs is where the sub-indices of a policy's activation begin; each further one
// of the same CLOSE has its own again. More than four policies of one day share the last.
const (
	policySubs      = 128
	subsOfOne       = 32
	mostActivations = 4
)

// catchUp brings a customer to where the last CLOSE is before a record of his own
// is folded: it visits him if the drain has still to, and else he slept through the
// days since.
func (p *Partition) catchUp(slot ledger.Slot) {
	if p.Draining() && p.awaits(slot) {
		p.visit(slot)
	}
	if c := p.store.At(slot); c.Closed < p.clock.LastClose {
		c.Closed = p.clock.LastClose
	}
}

// awaits tells, once, whether the drain has still to visit the customer.
func (p *Partition) awaits(slot ledger.Slot) bool {
	d := &p.drain
	if slot >= d.made || d.any && !p.store.Less(d.last, slot) {
		return false
	}
	if _, seen := d.early[slot]; seen {
		return false
	}
	if d.early == nil {
		d.early = map[ledger.Slot]struct{}{}
	}
	d.early[slot] = struct{}{}
	return true
}

// closes tells whether the CLOSE in drain has anything to do with the customer: what
// the queue of the due holds of him may be outdated.
func (p *Partition) closes(slot ledger.Slot) bool {
	c := p.store.At(slot)
	return c.Flags&ledger.Touched != 0 || c.Due != 0 && c.Due <= p.drain.day
}

func (p *Partition) endDrain() {
	kind := p.drain.kind
	p.drain.kind = 0
	if kind == drainHandover {
		p.relive = false
	}
	if kind == drainClose || kind == drainPolicy {
		p.activatePending()
	}
	for i := range p.moments {
		if m := &p.moments[i]; m.offset >= p.drain.offset {
			m.policies = p.policies()
		}
	}
}

// dueQueue holds slots by the day of the CLOSE that must visit them. An entry is
// valid only while the customer's Due names its day: moving a customer leaves the
// old entry behind.
type dueQueue struct {
	buckets map[int32][]ranked
	through int32
}

// dueAt makes the customer due at the CLOSE of day d at the latest.
func (p *Partition) dueAt(slot ledger.Slot, d int32) {
	c := p.store.At(slot)
	floor := p.clock.LastClose + 1
	if p.walking {
		// Days that a CLOSE skipped are still to be decided, in order (rule R1).
		floor = c.Closed + 1
	}
	d = max(d, floor)
	if c.Due != 0 && c.Due <= d && c.Due >= floor {
		return
	}
	c.Due = d
	if d > p.clock.LastClose {
		p.due.buckets[d] = append(p.due.buckets[d], p.rank(slot))
	}
}

// take adds the slots of all days up to d.
func (q *dueQueue) take(d int32, list []ranked) []ranked {
	first := q.through + 1
	if q.through == 0 || d-q.through > 4096 {
		first = d + 1
		for day := range q.buckets {
			first = min(first, day)
		}
	}
	for day := first; day <= d; day++ {
		if b, ok := q.buckets[day]; ok {
			list = append(list, b...)
			delete(q.buckets, day)
		}
	}
	q.through = d
	return list
}
