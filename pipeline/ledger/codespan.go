package ledger

import (
	"sort"

	"github.com/tierwatch/tierwatch/pipeline/codec"
)

// Span is a range of days, both included: what one state record holds of a
// customer's entries (by business day) and movements (by value day).
type Span struct{ First, Last int32 }

// Within gives the entries of a span.
func (s *Store) Within(c *Customer, d Span) []Entry {
	es := s.Entries(c)
	if n := len(es); n == 0 || int32(es[0].Day) >= d.First && int32(es[n-1].Day) <= d.Last {
		return es // mostly
	}
	return es[FirstOn(es, d.First):FirstOn(es, d.Last+1)]
}

// WriteSpan writes what it finds in the span: of the entries at most most, from the
// skip-th on, and before the first of them the movements by account.
func (s *Store) WriteSpan(c *Customer, d Span, skip, most int, x *codec.Coder) {
	if skip == 0 {
		as := s.Accounts(c)
		x.Len(len(as))
		for i := range as {
			mv := movesIn(s.Moves(&as[i]), d)
			x.Len(len(mv))
			day := uint16(d.First)
			for _, m := range mv {
				codeMove(&m, day, x)
				day = m.Value
			}
		}
	}
	es := s.Within(c, d)
	es = es[skip:min(len(es), skip+most)]
	x.Len(len(es))
	day := uint16(d.First)
	for _, e := range es {
		step := e.Day - day
		codec.Unsigned(x, &step)
		day = e.Day
		codeEntry(&e, x)
	}
}

// Empty tells whether nothing lies within the span.
func (s *Store) Empty(c *Customer, d Span) bool {
	as := s.Accounts(c)
	for i := range as {
		if len(movesIn(s.Moves(&as[i]), d)) > 0 {
			return false
		}
	}
	return len(s.Within(c, d)) == 0
}

func movesIn(mv []Move, d Span) []Move {
	if n := len(mv); n == 0 || int32(mv[0].Value) >= d.First && int32(mv[n-1].Value) <= d.Last {
		return mv // mostly
	}
	return mv[firstMove(mv, d.First):firstMove(mv, d.Last+1)]
}

func firstMove(mv []Move, d int32) int {
	return sort.Search(len(mv), func(i int) bool { return int32(mv[i].Value) >= d })
}

// codeEntry writes or reads an entry of a day that the caller has set.
func codeEntry(e *Entry, x *codec.Coder) {
	x.Fixed(&e.ID)
	codec.Signed(x, &e.Amount)
	if x.Format == 1 {
		codec.Unsigned(x, &e.Content)
		codec.Unsigned(x, &e.Second)
		codec.Unsigned(x, &e.Kind)
		codec.Unsigned(x, &e.bits)
		codec.Unsigned(x, &e.Account)
		return
	}
	x.Fixed32(&e.Content)
	// The time within the day, or some days off; modulo 2^32 there is no other.
	second := int32(e.Second - uint32(e.Day)*86400)
	codec.Signed(x, &second)
	e.Second = uint32(e.Day)*86400 + uint32(second)
	codec.Unsigned(x, &e.Kind)
	codec.Step(x, &e.bits, sameDay)
	codec.Unsigned(x, &e.Account)
}

// sameDay are the bits of the usual entry: posted, and of value on its own day.
const sameDay = valueBias<<valueShift | uint16(Posted)

// codeMove writes or reads a movement that comes behind one of value day before.
func codeMove(m *Move, before uint16, x *codec.Coder) {
	codec.Signed(x, &m.Delta)
	if x.Format == 1 {
		codec.Unsigned(x, &m.Value)
		codec.Unsigned(x, &m.Book)
		codec.Unsigned(x, &m.Heal)
		return
	}
	codec.Step(x, &m.Value, before)
	apart := int16(m.Book - m.Value)
	codec.Signed(x, &apart)
	m.Book = m.Value + uint16(apart)
	codec.Unsigned(x, &m.Heal)
}

// FirstKept is the first day of an entry or a movement that is kept, 0: there is
// none.
func (s *Store) FirstKept(c *Customer) int32 {
	first := int32(0)
	if es := s.Entries(c); len(es) > 0 {
		first = int32(es[0].Day)
	}
	as := s.Accounts(c)
	for i := range as {
		if mv := s.Moves(&as[i]); len(mv) > 0 && (first == 0 || int32(mv[0].Value) < first) {
			first = int32(mv[0].Value)
		}
	}
	return first
}
