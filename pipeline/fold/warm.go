package fold

import (
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
)

// WarmMost is how many records Warm takes at a time.
const WarmMost = ledger.WarmMost

// Warm reads ahead what folding these records will read, at most WarmMost of them:
// with a million customers nearly every record waits for memory, and so they wait
// together. It changes nothing that can be seen, and need not be called.
func (p *Partition) Warm(values [][]byte) {
	var (
		ids   [WarmMost]string
		slots [WarmMost]ledger.Slot
		ahead ledger.Ahead
	)
	n := 0
	for _, v := range values[:min(len(values), WarmMost)] {
		if id := customerOf(v); id != "" {
			ids[n] = id
			n++
		}
	}
	found, sum := p.store.Seek(&ahead, ids[:n], slots[:])
	for _, slot := range found {
		ledger.Add(&ahead, p.extra.At(slot))
	}
	sum += p.store.Warm(&ahead, found)
	for _, slot := range found {
		if r := p.extra.At(slot).outflow; r != 0 {
			ledger.Add(&ahead, &p.outflows.Block(r)[0])
		}
	}
	if ap := p.plans.active; ap != nil && ap.eventful { // decided at each event
		p.standing(&ahead, found)
	}
	p.warmth += sum + ahead.Read()
}

// warmSaves does the same for customers who are to be saved.
func (p *Partition) warmSaves(next []change) {
	var (
		slots [WarmMost]ledger.Slot
		ahead ledger.Ahead
	)
	for i, c := range next {
		slots[i] = c.slot
		ledger.Add(&ahead, p.extra.At(c.slot))
	}
	found := slots[:len(next)]
	sum := p.store.Warm(&ahead, found)
	for _, slot := range found {
		if b := p.places(slot); len(b) > 0 {
			ledger.Add(&ahead, &b[0])
		}
		if r := p.extra.At(slot).outflow; r != 0 {
			ledger.Add(&ahead, &p.outflows.Block(r)[0])
		}
	}
	p.warmth += sum + ahead.Read()
}

// standing notes what deciding about these customers will read.
func (p *Partition) standing(ahead *ledger.Ahead, slots []ledger.Slot) {
	for _, slot := range slots {
		if b := p.places(slot); len(b) > 0 {
			ledger.Add(ahead, &b[0])
			ledger.Add(ahead, &b[len(b)-1])
		}
		if ts := p.totalsOf(slot); len(ts) > 0 {
			ledger.Add(ahead, &ts[0])
			ledger.Add(ahead, &ts[len(ts)-1])
		}
	}
}

// warmNext does the same for the customers that a drain visits next.
func (p *Partition) warmNext(next []ledger.Slot) {
	d := &p.drain
	if d.warm--; d.warm > 0 {
		return
	}
	next = next[:min(len(next), WarmMost)]
	d.warm = len(next)
	var ahead ledger.Ahead
	for _, slot := range next {
		ledger.Add(&ahead, p.extra.At(slot))
	}
	sum := p.store.Warm(&ahead, next)
	p.standing(&ahead, next)
	for _, slot := range next {
		if cs := p.casesOf(slot); len(cs) > 0 {
			ledger.Add(&ahead, &cs[0])
		}
	}
	p.warmth += sum + ahead.Read()
}

// customerOf is the customer id of a customer's record as our own writers marshal
// it, in the order of the fields; "" for others.
func customerOf(value []byte) string {
	num, typ, n := protowire.ConsumeTag(value)
	if n < 0 || typ != protowire.BytesType || num > fieldOverride {
		return ""
	}
	_, m := protowire.ConsumeVarint(value[n:])
	if m < 0 {
		return ""
	}
	body := value[n+m:]
	if len(body) == 0 || body[0] != 1<<3|byte(protowire.BytesType) {
		return ""
	}
	id, k := protowire.ConsumeBytes(body[1:])
	if k < 0 || len(id) == 0 {
		return ""
	}
	return unsafe.String(&id[0], len(id))
}
