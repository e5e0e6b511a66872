package ledger

import (
	"fmt"
	"sort"

	"github.com/tierwatch/tierwatch/pipeline/codec"
)

// Span is a range of days, both included: what one state record holds of a
// customer's entries (by business day) and movements (by value day).
type Span struct{ First, Last int32 }

// Within gives the entries of a span.
func (s *Store) Within(c *Customer, d Span) []Entry {
	es := s.Entries(c)
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
			for _, m := range mv {
				codeMove(&m, x)
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

// ReadSpan reads what WriteSpan wrote: with first, in place of what the customer has
// in the span, else behind it. Balances stay as they are: they are in Code.
func (s *Store) ReadSpan(c *Customer, d Span, first bool, x *codec.Coder) {
	if first {
		s.ClearSpan(c, d)
		s.readMoves(c, d, x)
	}
	day := uint16(d.First)
	n := x.Len(0)
	have := int(c.head + c.nEntries)
	c.entries = s.entries.Grow(c.entries, have, have+n)
	for range n {
		var step uint16
		codec.Unsigned(x, &step)
		day += step
		e := Entry{Day: day}
		codeEntry(&e, x)
		if v := int32(day); v < d.First || v > d.Last {
			x.Fail(fmt.Errorf("an entry of day %d in a span of %d to %d: %w", v, d.First, d.Last, codec.ErrDamaged))
		}
		if x.Err() != nil {
			return
		}
		s.AddEntry(c, &e)
	}
}

func (s *Store) readMoves(c *Customer, d Span, x *codec.Coder) {
	n := x.Len(0)
	if n > MaxAccounts {
		x.Fail(fmt.Errorf("movements of %d accounts: %w", n, codec.ErrDamaged))
		return
	}
	s.makeAccounts(c, n)
	for i := range n {
		for range x.Len(0) {
			var m Move
			codeMove(&m, x)
			if v := int32(m.Value); v < d.First || v > d.Last {
				x.Fail(fmt.Errorf("a movement of day %d in a span of %d to %d: %w", v, d.First, d.Last, codec.ErrDamaged))
			}
			if x.Err() != nil {
				return
			}
			s.insert(&s.Accounts(c)[i], m)
		}
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

// ClearSpan forgets the entries and movements of a span.
func (s *Store) ClearSpan(c *Customer, d Span) {
	es := s.Entries(c)
	lo, hi := FirstOn(es, d.First), FirstOn(es, d.Last+1)
	copy(es[lo:], es[hi:])
	c.nEntries -= uint32(hi - lo)
	as := s.Accounts(c)
	for i := range as {
		mv := s.Moves(&as[i])
		in := movesIn(mv, d)
		if len(in) > 0 {
			lo := firstMove(mv, d.First)
			copy(mv[lo:], mv[lo+len(in):])
			as[i].nMoves -= uint32(len(in))
		}
	}
}

func movesIn(mv []Move, d Span) []Move { return mv[firstMove(mv, d.First):firstMove(mv, d.Last+1)] }

func firstMove(mv []Move, d int32) int {
	return sort.Search(len(mv), func(i int) bool { return int32(mv[i].Value) >= d })
}

func codeEntry(e *Entry, x *codec.Coder) {
	x.Fixed(&e.ID)
	codec.Signed(x, &e.Amount)
	codec.Unsigned(x, &e.Content)
	codec.Unsigned(x, &e.Second)
	codec.Unsigned(x, &e.Kind)
	codec.Unsigned(x, &e.bits)
	codec.Unsigned(x, &e.Account)
}

func codeMove(m *Move, x *codec.Coder) {
	codec.Signed(x, &m.Delta)
	codec.Unsigned(x, &m.Value)
	codec.Unsigned(x, &m.Book)
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
