package fold

import (
	"slices"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
)

// Dump is everything a partition knows of each customer, whatever has been saved of
// him and where.
func (p *Partition) Dump() map[string][]byte {
	all := map[string][]byte{}
	for slot := range ledger.Slot(p.store.Len()) {
		a := p.extra.At(slot)
		was := *a
		a.base, a.start, a.chunks = 0, 0, 0
		x := codec.Writer(nil)
		p.codeHead(slot, &x)
		p.store.WriteSpan(p.store.At(slot), ledger.Span{Last: lastSpanDay}, 0, 1<<30, &x)
		*a = was
		all[p.id(p.store.At(slot))] = x.Seal(0)
	}
	return all
}

// Moment is what the partition knows of time and policies.
func (p *Partition) Moment() any {
	return past{clock: p.clock, term: p.term, utc: p.offsetUTC, firstClose: p.firstClose, policies: p.policies()}
}

// Policies counts the policies that have come into force.
func (p *Partition) Policies() int32 { return p.policies() }

// MarkAll lets every customer wait to be saved.
func (p *Partition) MarkAll() {
	for slot := range ledger.Slot(p.store.Len()) {
		p.mark(slot)
	}
}

// SaveAnew adds all that a partition knows, of which nothing waits to be saved, as if it
// had never been saved.
func (p *Partition) SaveAnew(next int64, s *Saves) {
	p.savedTables, p.saved = [2]int{}, 0
	p.saveTables(s)
	for slot := range ledger.Slot(p.store.Len()) {
		p.extra.At(slot).flags &^= onceSaved
		p.saveCustomer(slot, s)
	}
	p.SaveProgress(next, s)
}

// HeadsAs are state records with the heads of customers laid out as in an older format.
func HeadsAs(format uint8, list []Saved) ([]Saved, error) {
	l := NewLoading(Options{Saves: true})
	for _, r := range list {
		l.Take(r.Key, r.Value)
	}
	p, _, err := l.Done()
	if err != nil {
		return nil, err
	}
	list = slices.Clone(list)
	for i, r := range list {
		id, head := strings.CutSuffix(string(r.Key), "/h")
		slot, known := p.store.Find(id)
		if !head || !known {
			continue
		}
		x, kind := codec.Writer(nil), stateHead
		x.Format = format
		codec.Unsigned(&x, &kind)
		x.Text(&id)
		p.codeHead(slot, &x)
		p.store.WriteSpan(p.store.At(slot), ledger.Span{First: int32(p.extra.At(slot).base), Last: lastSpanDay}, 0, openMost, &x)
		list[i].Value = x.Seal(0)
	}
	return list, nil
}

// CutAt lets records of more than so many bytes be cut, in place of partMost.
func (s *Saves) CutAt(most int) { s.most = most }

// PartsOf is the number of parts that a record tells of, 0: it is whole.
func PartsOf(record []byte) (parts uint16) {
	var kind uint8
	if x, err := codec.Open(record); err == nil {
		if codec.Unsigned(&x, &kind); kind == stateCut {
			codec.Unsigned(&x, &kind)
			codec.Unsigned(&x, &parts)
		}
	}
	return parts
}

// Names are the ids of all customers.
func (p *Partition) Names() (ids []string) {
	for slot := range ledger.Slot(p.store.Len()) {
		ids = append(ids, p.id(p.store.At(slot)))
	}
	return ids
}

// WriteAgain writes closed days of a customer again.
func (p *Partition) WriteAgain(customer string, first, last int32, out *Outputs) {
	p.out = out
	if slot, ok := p.store.Find(customer); ok {
		p.writeAgain(slot, first, last)
	}
}

// Known is Dump as if no customer slept since before the last CLOSE, and without the
// offset of the last record that concerned him; nor that his periods are known to have
// begun, which saves looking. Those any record of his may move.
func (p *Partition) Known() map[string][]byte {
	type moved struct {
		applied int64
		closed  int32
		flags   uint8
	}
	was := make([]moved, p.extra.Len())
	for slot := range was {
		a, c := p.extra.At(ledger.Slot(slot)), p.store.At(ledger.Slot(slot))
		was[slot] = moved{a.applied, c.Closed, c.Flags}
		a.applied, c.Closed, c.Flags = 0, p.clock.LastClose, c.Flags&^ledger.Settled
	}
	all := p.Dump()
	for slot, m := range was {
		c := p.store.At(ledger.Slot(slot))
		p.extra.At(ledger.Slot(slot)).applied, c.Closed, c.Flags = m.applied, m.closed, m.flags
	}
	return all
}

// BreakAll lets whatever is judged of a customer from now on panic.
func (p *Partition) BreakAll() { p.plans.active = nil }

// LagAfter is how many days an event may lie behind its business day d, by what is kept
// of events at these days.
func LagAfter(d int32, days ...int64) int64 {
	x := attached{flags: savedFlags &^ lagBits}
	for _, at := range days {
		x.noteLag(d, at*secondsPerDay)
	}
	if x.flags&^lagBits != savedFlags&^lagBits {
		panic("another flag has changed")
	}
	return x.lag()
}
