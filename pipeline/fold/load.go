package fold

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Loading builds a partition from state records, in the order of the topic.
type Loading struct {
	p *Partition
	// from and at are of the last progress record.
	from, customers int64
	at              past
	found           bool
	// control are the records taken, in any order.
	control []taken
	// due is by customer what his spans must give.
	due []due
	// last is the customer of the record before, by id: his records come together.
	last   ledger.Slot
	lastID string
	// err is the first record that could not be taken since the last reset: what
	// follows rests on it.
	err error
}

// due is what the head of a customer says of his spans.
type due struct {
	ledger.Counts
	headed bool // false: there was no head yet
}

// NewLoading begins with nothing.
func NewLoading(o Options) *Loading { return &Loading{p: New(o)} }

// Take takes a record; a nil value forgets the key. Records of one key may come
// several times: the last counts. Done tells of one that cannot be used, unless a
// reset comes behind it.
func (l *Loading) Take(key, value []byte) {
	if value == nil {
		if l.err == nil {
			l.fail(key, l.forget(key))
		}
		return
	}
	x, err := codec.Open(value)
	if err != nil {
		l.fail(key, err)
		return
	}
	var kind uint8
	codec.Unsigned(&x, &kind)
	if l.err == nil || kind == stateReset {
		l.read(kind, &x)
		l.fail(key, x.Close())
	}
}

// fail keeps the first error.
func (l *Loading) fail(key []byte, err error) {
	if err != nil && l.err == nil {
		l.err = fmt.Errorf("state record %q: %w", key, err)
	}
}

func (l *Loading) read(kind uint8, x *codec.Coder) {
	switch kind {
	case stateProgress:
		codeProgress(&l.from, &l.customers, &l.at, x)
		l.found = true
	case stateTables:
		l.p.codeTables(x)
	case stateControl:
		var t taken
		codec.Unsigned(x, &t.offset)
		var text string
		x.Text(&text)
		t.value = []byte(text)
		l.control = append(l.control, t)
	case stateHead:
		l.head(x)
	case stateSpan:
		l.span(x)
	case stateReset:
		*l = *NewLoading(l.p.opt)
	default:
		x.Fail(fmt.Errorf("kind %d: %w", kind, codec.ErrDamaged))
	}
}

// customer is the customer that a record is of.
func (l *Loading) customer(x *codec.Coder) (slot ledger.Slot, ok bool) {
	var id string
	x.Text(&id)
	if x.Err() == nil && id == "" {
		x.Fail(fmt.Errorf("a record of nobody: %w", codec.ErrDamaged))
	}
	if x.Err() != nil {
		return 0, false
	}
	if id == l.lastID {
		return l.last, true
	}
	slot = l.p.customer(id)
	if int(slot) == len(l.due) {
		l.due = append(l.due, due{})
	}
	l.last, l.lastID = slot, l.p.id(l.p.store.At(slot))
	return slot, true
}

func (l *Loading) head(x *codec.Coder) {
	slot, ok := l.customer(x)
	if !ok {
		return
	}
	l.due[slot] = due{l.p.codeHead(slot, x), true}
	if x.Err() != nil {
		return
	}
	c, a := l.p.store.At(slot), &l.p.extra[slot]
	// Older heads may have held days that are forgotten now.
	l.p.store.ClearSpan(c, ledger.Span{Last: int32(a.start) - 1})
	l.p.store.ReadSpan(c, ledger.Span{First: int32(a.base), Last: lastSpanDay}, true, x)
}

func (l *Loading) span(x *codec.Coder) {
	slot, ok := l.customer(x)
	if !ok {
		return
	}
	var d ledger.Span
	var chunk uint16
	codec.Unsigned(x, &d.First)
	codec.Unsigned(x, &chunk)
	if d.First < 0 || d.First > lastSpanDay || d.First != day.MonthStart(d.First) {
		x.Fail(fmt.Errorf("a span from day %d: %w", d.First, codec.ErrDamaged))
		return
	}
	d.Last = day.MonthEnd(d.First)
	l.p.store.ReadSpan(l.p.store.At(slot), d, chunk == 0, x)
}

// forget clears a month of a customer.
func (l *Loading) forget(key []byte) error {
	i := bytes.LastIndexByte(key, '/')
	j := bytes.LastIndexByte(key[:max(i, 0)], '/')
	if j < 1 {
		return fmt.Errorf("it is empty: %w", codec.ErrDamaged)
	}
	first, ok := monthNamed(string(key[j+1 : i]))
	if !ok {
		return fmt.Errorf("it is empty: %w", codec.ErrDamaged)
	}
	if slot, known := l.p.store.Find(string(key[:j])); known && string(key[i+1:]) == "0" {
		l.p.store.ClearSpan(l.p.store.At(slot), ledger.Span{First: first, Last: day.MonthEnd(first)})
	}
	return nil
}

// monthNamed is the first day of YYYY-MM.
func monthNamed(s string) (first int32, ok bool) {
	y, m, found := strings.Cut(s, "-")
	if !found || len(y) != 4 || len(m) != 2 {
		return 0, false
	}
	n := 0
	for _, c := range y + m {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return day.Of(int32(n/100), int32(n%100), 1), true
}

// Summary is what has been taken, for a person.
type Summary struct {
	Customers int
	// ReplayFrom is the offset from which the log would be folded again, -1: nothing
	// was saved.
	ReplayFrom int64
	// LastClose is the last closed business day there, 0: none.
	LastClose int32
}

// Summary tells what has been taken so far.
func (l *Loading) Summary() Summary {
	s := Summary{Customers: l.p.store.Len(), ReplayFrom: -1}
	if l.found {
		s.ReplayFrom, s.LastClose = l.from, l.at.clock.LastClose
	}
	return s
}

// Done gives the partition and the offset from which the log is to be folded onto
// it. Without any record that is an empty partition and 0.
func (l *Loading) Done() (p *Partition, from int64, err error) {
	p = l.p
	if l.err != nil {
		return nil, 0, l.err
	}
	if !l.found {
		if p.store.Len() > 0 {
			return nil, 0, fmt.Errorf("%d customers without a progress record: %w", p.store.Len(), codec.ErrDamaged)
		}
		return p, 0, nil
	}
	if n := int64(p.store.Len()); n < l.customers {
		return nil, 0, fmt.Errorf("%d customers were saved, %d are found: %w", l.customers, n, codec.ErrDamaged)
	}
	p.saved = int64(p.store.Len())
	if err := l.knowledge(); err != nil {
		return nil, 0, err
	}
	if n := (ledger.Named{Kinds: p.kinds.Len(), Units: p.rates.Units()}); p.store.Named().Kinds > n.Kinds || p.store.Named().Units > n.Units {
		return nil, 0, fmt.Errorf("customers have %+v, known are %+v: %w", p.store.Named(), n, codec.ErrDamaged)
	}
	for slot := range ledger.Slot(p.store.Len()) {
		if err := l.finish(slot); err != nil {
			return nil, 0, err
		}
	}
	p.store.TakeLow()
	p.restored = -1
	for i := range p.extra {
		p.restored = max(p.restored, p.extra[i].applied)
	}
	p.savedTables = [2]int{p.kinds.Len(), p.rates.Units()}
	p.moments = append(p.moments, l.at)
	p.moments[0].offset = l.from - 1
	return p, l.from, nil
}

// knowledge takes the control records before from, and the clock there.
func (l *Loading) knowledge() error {
	p := l.p
	slices.SortFunc(l.control, func(a, b taken) int { return cmp.Compare(a.offset, b.offset) })
	l.control = slices.CompactFunc(l.control, func(a, b taken) bool { return a.offset == b.offset })
	var plans []*activePlan
	for _, t := range l.control {
		if t.offset >= l.from {
			break
		}
		var r pb.LogRecord
		if err := r.UnmarshalVT(t.value); err != nil {
			return fmt.Errorf("control record of offset %d: %w: %w", t.offset, codec.ErrDamaged, err)
		}
		switch {
		case r.Engine != nil:
			if r.Engine.Version > EngineVersion {
				return fmt.Errorf("log asks for engine %d at offset %d, this program knows %d: upgrade it: %w",
					r.Engine.Version, t.offset, EngineVersion, ErrPoison)
			}
			p.engine = r.Engine
		case r.Rates != nil:
			for _, y := range r.Rates.Rates {
				if u, ok := p.rates.Unit(y.Unit); ok {
					p.rates.Set(u, r.Rates.Day, y.RateE12)
				}
			}
		case r.Policy != nil:
			opt := policy.Options{BaseCurrency: p.engine.BaseCurrency}
			if len(plans) > 0 {
				opt.Previous = plans[len(plans)-1].plan
			}
			plan, err := policy.Compile(r.Policy.Name, r.Policy.Yaml, opt)
			if err != nil {
				return fmt.Errorf("policy %s version %d: %w", r.Policy.Name, r.Policy.Version, err)
			}
			plans = append(plans, p.prepare(plan, r.Policy.EffectiveDay))
		}
	}
	n := int(l.at.policies)
	if n > len(plans) {
		return fmt.Errorf("%d policies had come into force, %d are known: %w", n, len(plans), codec.ErrDamaged)
	}
	if n == 0 && len(plans) > 0 { // the first comes into force with its record
		return fmt.Errorf("%d policies are known, none had come into force: %w", len(plans), codec.ErrDamaged)
	}
	if n > 0 {
		p.plans.past, p.plans.active = plans[:n-1:n-1], plans[n-1]
	}
	p.plans.pending = plans[n:]
	p.clock, p.term, p.offsetUTC, p.firstClose = l.at.clock, l.at.term, l.at.utc, l.at.firstClose
	return nil
}

// finish makes of what was read a customer as he was.
func (l *Loading) finish(slot ledger.Slot) error {
	p := l.p
	c, a := p.store.At(slot), &p.extra[slot]
	if d := l.due[slot]; !d.headed || !p.store.Keep(c, d.Counts) {
		return fmt.Errorf("state of a customer is not whole (%+v are due): %w", d, codec.ErrDamaged)
	}
	p.stats.Customers++
	if c.Flags&ledger.Touched != 0 {
		p.touched = append(p.touched, p.rank(slot))
	}
	if c.Due != 0 {
		p.due.buckets[c.Due] = append(p.due.buckets[c.Due], p.rank(slot))
	}
	if a.timer != 0 {
		at := a.timer
		a.timer = 0
		p.timeAt(slot, at)
	}
	return nil
}
