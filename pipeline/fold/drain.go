package fold

import (
	"slices"

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
// record first lets him be visited; he is then skipped by the drain.
type drain struct {
	kind   drainKind
	offset int64
	day    int32
	list   []ledger.Slot
	order  []ranked
	next   int
	// warm is where the customers read ahead end.
	warm int
	// member and done are by slot: who is to be visited, who was.
	member []bool
	done   []bool
	last   ledger.Slot
	any    bool
	// now and zone are the clock as of the control record.
	now  int64
	zone int32
}

// Cursor is how far a drain has come, as it is committed.
type Cursor struct {
	Draining      bool
	ControlOffset int64
	LastHash      uint64
	LastCustomer  string
}

// Draining tells whether a drain is in progress.
func (p *Partition) Draining() bool { return p.drain.kind != 0 }

// Cursor gives the place of the drain in progress.
func (p *Partition) Cursor() Cursor {
	if !p.Draining() {
		return Cursor{}
	}
	cur := Cursor{Draining: true, ControlOffset: p.drain.offset}
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

// DrainThrough visits all customers up to and with (hash, customer).
func (p *Partition) DrainThrough(hash uint64, customer string, out *Outputs) {
	p.out = out
	for p.Draining() && p.drain.next < len(p.drain.list) {
		c := p.store.At(p.drain.list[p.drain.next])
		if c.Hash > hash || (c.Hash == hash && p.id(c) > customer) {
			return
		}
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

// begin starts a drain of the touched and the due.
func (p *Partition) begin(kind drainKind, day int32) {
	if kind != drainClose {
		p.beginAll(kind)
		return
	}
	p.drain.list = p.due.take(day, append(p.drain.list[:0], p.touched...))
	p.touched = p.touched[:0]
	p.start(kind, day)
}

func (p *Partition) beginAll(kind drainKind) {
	p.drain.list = p.drain.list[:0]
	for i := range p.extra {
		p.drain.list = append(p.drain.list, ledger.Slot(i))
	}
	p.start(kind, p.clock.LastClose)
}

func (p *Partition) start(kind drainKind, day int32) {
	d := &p.drain
	p.sort(d)
	d.kind, d.day, d.offset, d.next, d.warm, d.any = kind, day, p.offset, 0, 0, false
	d.now, d.zone = p.now(), p.offsetUTC
	for len(d.member) < len(p.extra) {
		d.member, d.done = append(d.member, false), append(d.done, false)
	}
	for _, s := range d.list {
		d.member[s], d.done[s] = true, false
	}
	if len(d.list) == 0 {
		p.endDrain()
	}
}

// ranked is a customer with the hash that ranks him.
type ranked struct {
	hash uint64
	slot ledger.Slot
}

// sort puts a drain's customers in their order, each once. The hashes are copied
// first: comparing heads where they lie would wait for memory at each step.
func (p *Partition) sort(d *drain) {
	d.order = d.order[:0]
	for _, slot := range d.list {
		d.order = append(d.order, ranked{p.store.At(slot).Hash, slot})
	}
	slices.SortFunc(d.order, func(a, b ranked) int {
		switch {
		case a.hash < b.hash:
			return -1
		case a.hash > b.hash:
			return 1
		case a.slot == b.slot:
			return 0
		case p.store.Less(a.slot, b.slot):
			return -1
		}
		return 1
	})
	d.list = d.list[:0]
	for i, r := range d.order {
		if i == 0 || r.slot != d.order[i-1].slot {
			d.list = append(d.list, r.slot)
		}
	}
}

func (p *Partition) visitNext() {
	p.warmNext()
	d := &p.drain
	slot := d.list[d.next]
	d.next++
	d.last, d.any = slot, true
	p.visit(slot)
	if d.next == len(d.list) {
		p.endDrain()
	}
}

// visit does what the drain is for with one customer, once, under the offset of
// its control record.
func (p *Partition) visit(slot ledger.Slot) {
	d := &p.drain
	if d.done[slot] {
		return
	}
	d.done[slot] = true
	offset, value, subs := p.offset, p.value, p.subs
	p.offset, p.value, p.subs = d.offset, nil, [len(p.subs)]uint8{}
	zone := p.offsetUTC
	p.frozen, p.offsetUTC = d.now, d.zone
	switch d.kind {
	case drainClose:
		p.closeCustomer(slot, d.day)
	case drainHandover:
		p.reliveCustomer(slot)
	case drainPolicy:
		p.adopt(slot)
	case drainRecheck:
		p.store.At(slot).Flags |= ledger.Replan
		p.touch(slot)
	}
	p.frozen, p.offsetUTC = 0, zone
	p.offset, p.value, p.subs = offset, value, subs
}

// catchUp visits a customer whose own record came before his turn in the drain.
func (p *Partition) catchUp(slot ledger.Slot) {
	if p.Draining() && int(slot) < len(p.drain.member) && p.drain.member[slot] {
		p.visit(slot)
	}
}

func (p *Partition) endDrain() {
	d := &p.drain
	for _, s := range d.list {
		d.member[s] = false
	}
	kind := d.kind
	d.kind = 0
	if kind == drainHandover {
		p.relive = false
	}
	if kind == drainClose || kind == drainPolicy {
		p.activatePending()
	}
}

// dueQueue holds slots by the day of the CLOSE that must visit them. An entry is
// valid only while the customer's Due names its day: moving a customer leaves the
// old entry behind.
type dueQueue struct {
	buckets map[int32][]ledger.Slot
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
		p.due.buckets[d] = append(p.due.buckets[d], slot)
	}
}

// take adds the slots of all days up to d.
func (q *dueQueue) take(d int32, list []ledger.Slot) []ledger.Slot {
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
