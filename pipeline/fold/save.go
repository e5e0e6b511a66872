package fold

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/metric"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// The kinds of state records: the first thing in each.
const (
	stateProgress uint8 = iota + 1
	stateTables
	stateControl
	stateHead
	stateSpan
	stateReset
	statePart
	stateCut
)

// Usual bounds of one record, in entries: what is larger for another reason is cut (partMost). A head holds all that is kept if that is not more
// than headMost, else what has happened since a month began, at most openMost; a span's
// record at most spanMost.
const (
	headMost = 12
	openMost = 1024
	spanMost = 4096
)

// lastSpanDay is the last day there is.
const lastSpanDay = 65535

// Save adds the state of the n customers that have waited longest, and before it
// what they refer to.
func (p *Partition) Save(n int, s *Saves) {
	p.settleLow()
	p.unsaved.current = 0
	p.saveTables(s)
	for n = min(n, p.Unsaved()); n > 0; {
		next := p.unsaved.list[p.unsaved.next:]
		k := min(n, WarmMost)
		p.warmSaves(next[:k])
		for range k {
			p.saveCustomer(p.unsaved.take(), s)
		}
		n -= k
	}
}

func (p *Partition) saveCustomer(slot ledger.Slot, s *Saves) {
	c, a := p.store.At(slot), p.extra.At(slot)
	a.flags &^= waitsToBeSaved
	id := p.id(c)
	start := p.store.FirstKept(c)
	base := p.headFrom(c, int32(a.base))
	if start == 0 || start > base {
		start = base
	}
	start = day.MonthStart(start)
	again := a.flags&onceSaved != 0
	from := start
	if again {
		from = max(start, day.MonthStart(min(int32(a.low), int32(a.base))))
		for m := int32(a.start); m < min(start, int32(a.base)); m = day.MonthEnd(m) + 1 {
			p.forgetSpan(id, m, a, 0, s)
		}
	}
	for m := from; m < base; m = day.MonthEnd(m) + 1 {
		p.saveSpan(slot, ledger.Span{First: m, Last: day.MonthEnd(m)}, again, s)
	}
	a.base, a.start, a.low = uint16(base), uint16(start), nothingLow
	if !again {
		a.flags |= onceSaved
		p.saved++
	}
	x := s.begin(stateHead, append(append(s.room(), id...), "/h"...))
	x.Text(&id)
	p.codeHead(slot, x)
	p.store.WriteSpan(c, ledger.Span{First: base, Last: lastSpanDay}, 0, openMost, x)
	a.parts = s.endAgain(a.parts)
}

// headFrom is the first day that the customer's head holds. It stays, from the first
// month on, while there are few entries behind it: most customers are one record. Then
// it is that of the month of his newest entry, and of the next one if that month is
// too much for a head. It never goes back.
func (p *Partition) headFrom(c *ledger.Customer, was int32) int32 {
	base := was
	if was == 0 {
		base = day.MonthStart(p.store.FirstKept(c))
	}
	held := func() int { return len(p.store.Within(c, ledger.Span{First: base, Last: lastSpanDay})) }
	if es := p.store.Entries(c); held() > headMost {
		base = max(base, day.MonthStart(int32(es[len(es)-1].Day)))
	}
	for held() > openMost {
		base = day.MonthEnd(base) + 1
	}
	return base
}

// saveSpan writes a month of a customer's entries and movements. An empty one is
// forgotten, if a record that was saved before may hold some of its days.
func (p *Partition) saveSpan(slot ledger.Slot, d ledger.Span, again bool, s *Saves) {
	c, a := p.store.At(slot), p.extra.At(slot)
	id, n := p.id(c), len(p.store.Within(c, d))
	if p.store.Empty(c, d) {
		if again {
			a.chunks = max(a.chunks, 1)
			p.forgetSpan(id, d.First, a, 0, s)
		}
		return
	}
	chunk := uint16(0)
	for skip := 0; skip == 0 || skip < n; skip += spanMost {
		x := s.begin(stateSpan, appendSpanKey(s.room(), id, d.First, chunk))
		x.Text(&id)
		codec.Unsigned(x, &d.First)
		codec.Unsigned(x, &chunk)
		p.store.WriteSpan(c, d, skip, spanMost, x)
		a.parts = s.endAgain(a.parts)
		chunk++
	}
	p.forgetSpan(id, d.First, a, chunk, s)
	a.chunks = max(a.chunks, chunk)
}

// forgetSpan lets go of a month's records from chunk on.
func (p *Partition) forgetSpan(id string, first int32, a *attached, chunk uint16, s *Saves) {
	for ; chunk < a.chunks; chunk++ {
		s.forget(appendSpanKey(s.room(), id, first, chunk))
		s.forgetParts(0, a.parts)
	}
}

// appendSpanKey appends customer/YYYY-MM/chunk.
func appendSpanKey(b []byte, id string, first int32, chunk uint16) []byte {
	b = append(append(b, id...), '/')
	b = day.Append(b, first)
	b = append(b[:len(b)-3], '/')
	return strconv.AppendUint(b, uint64(chunk), 10)
}

// saveTables writes what customers' records refer to, if it has grown: kinds and
// units by their numbers, and the control records that were taken.
func (p *Partition) saveTables(s *Saves) {
	if n := [2]int{p.kinds.Len(), p.rates.Units()}; n != p.savedTables {
		p.savedTables = n
		p.codeTables(s.begin(stateTables, append(s.room(), "/tables"...)))
		s.end()
	}
	for _, t := range p.taken {
		x := s.begin(stateControl, strconv.AppendInt(append(s.room(), "/control/"...), t.offset, 10))
		codec.Unsigned(x, &t.offset)
		text := string(t.value)
		x.Text(&text)
		s.end()
	}
	p.taken = p.taken[:0]
}

func (p *Partition) codeTables(x *codec.Coder) {
	n := x.Len(p.kinds.Len())
	for i := range n {
		var k metric.Kind
		if !x.Reading() {
			k = *p.kinds.At(uint16(i))
		}
		k.Code(x)
		if at, ok := p.kinds.Index(k); x.Reading() && (!ok || int(at) != i) {
			x.Fail(fmt.Errorf("kind %d is also kind %d: %w", i, at, codec.ErrDamaged))
		}
	}
	n = x.Len(p.rates.Units())
	for i := range n {
		var name string
		if !x.Reading() {
			name = p.rates.Name(uint16(i))
		}
		x.Text(&name)
		if i == 0 && name != p.rates.Name(ledger.Base) {
			p.rates = ledger.NewRates(strings.Clone(name)) // only when reading
		}
		if at, ok := p.rates.Unit(name); x.Reading() && i > 0 && (!ok || int(at) != i) {
			x.Fail(fmt.Errorf("unit %d is also unit %d: %w", i, at, codec.ErrDamaged))
		}
	}
}

// taken is a control record that changed what the partition knows (ENGINE, policy,
// rates), kept for restore.
type taken struct {
	offset int64
	value  []byte
}

// note keeps a control record for the next Save.
func (p *Partition) note(r *pb.LogRecord) {
	if !p.opt.Saves {
		return
	}
	v, err := r.MarshalVT()
	if err != nil {
		panic("fold: marshal control record: " + err.Error())
	}
	p.taken = append(p.taken, taken{p.offset, v})
}

// past is what the partition knew of time after a control record.
type past struct {
	offset     int64
	clock      Clock
	term       int64
	utc        int32
	firstClose int32
	// policies counts those that had come into force.
	policies int32
}

// rememberPast keeps the moment behind the control record at offset.
func (p *Partition) rememberPast(offset int64) {
	if !p.opt.Saves {
		return
	}
	p.moments = append(p.moments, past{
		offset: offset, clock: p.clock, term: p.term, utc: p.offsetUTC, firstClose: p.firstClose, policies: p.policies(),
	})
}

// policies counts the policies that have come into force.
func (p *Partition) policies() int32 {
	if p.plans.active == nil {
		return 0
	}
	return int32(len(p.plans.past)) + 1
}

// SaveProgress adds the progress record: from where the log is to be folded again,
// and what the partition knew of time there. It comes last in a transaction.
func (p *Partition) SaveProgress(next int64, s *Saves) {
	p.saveTables(s)
	from := p.ReplayFrom(next)
	k := 0
	for k+1 < len(p.moments) && p.moments[k+1].offset < from {
		k++
	}
	p.moments = append(p.moments[:0], p.moments[k:]...)
	var m past
	if len(p.moments) > 0 && p.moments[0].offset < from {
		m = p.moments[0]
	}
	codeProgress(&from, &p.saved, &m, s.begin(stateProgress, append(s.room(), "/progress"...)))
	s.end()
}

func codeProgress(from, customers *int64, m *past, x *codec.Coder) {
	codec.Unsigned(x, from)
	codec.Unsigned(x, customers)
	codec.Signed(x, &m.clock.TickAt)
	codec.Signed(x, &m.clock.TickDay)
	codec.Signed(x, &m.clock.LastClose)
	codec.Signed(x, &m.clock.Cut)
	codec.Signed(x, &m.clock.Term)
	codec.Unsigned(x, &m.clock.Mode)
	codec.Signed(x, &m.term)
	codec.Signed(x, &m.utc)
	codec.Signed(x, &m.firstClose)
	codec.Unsigned(x, &m.policies)
}
