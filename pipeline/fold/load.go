package fold

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
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
	// later are the policies of control records behind from: those who were saved ahead of
	// it may have been brought to them.
	later []*activePlan
	// due is by customer what his spans must give.
	due []due
	// last is the customer of the record before, by id: his records come together.
	last   ledger.Slot
	lastID string
	// parts are those of records that were cut, by key, until all have come; torn are the
	// keys of such records that came without theirs.
	parts map[string]string
	torn  map[string]bool
	// err is the first record that could not be taken since the last reset: what
	// follows rests on it.
	err error
}

// due is what the head of a customer says of his spans.
type due struct {
	ledger.Counts
	headed bool // false: there was no head yet
	format uint8
}

// NewLoading begins with nothing.
func NewLoading(o Options) *Loading { return &Loading{p: New(o)} }

// Take takes a record; a nil value forgets the key. Records of one key may come
// several times: the last counts. Done tells of one that cannot be used, unless a
// reset comes behind it.
func (l *Loading) Take(key, value []byte) {
	if value == nil {
		if l.err == nil {
			l.mended(key)
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
		l.mended(key)
		l.read(key, kind, &x)
		l.fail(key, x.Close())
	}
}

// fail keeps the first error. It goes into logs, where no customer is named.
func (l *Loading) fail(key []byte, err error) {
	switch {
	case err == nil || l.err != nil:
	case len(key) > 0 && key[0] != '/':
		l.err = fmt.Errorf("state record of a customer, its key has the hash %016x: %w", ledger.HashID(string(key)), err)
	default:
		l.err = fmt.Errorf("state record %q: %w", key, err)
	}
}

func (l *Loading) read(key []byte, kind uint8, x *codec.Coder) {
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
	case statePart:
		l.part(key, x)
	case stateCut:
		l.join(key, x)
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
	l.due[slot] = due{l.p.codeHead(slot, x), true, x.Format}
	if x.Err() != nil {
		return
	}
	c, a := l.p.store.At(slot), l.p.extra.At(slot)
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

// forget clears a month of a customer, or lets go of a part.
func (l *Loading) forget(key []byte) error {
	if partKey(key) {
		delete(l.parts, string(key))
		return nil
	}
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
