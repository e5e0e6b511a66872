package ledger

import (
	"fmt"

	"github.com/tierwatch/tierwatch/pipeline/codec"
)

// ReadSpan reads what WriteSpan wrote: with first, in place of what the customer has
// in the span, else behind it. Balances stay as they are: they are in Code.
func (s *Store) ReadSpan(c *Customer, d Span, first bool, x *codec.Coder) {
	s.changed(d.First)
	if first {
		s.ClearSpan(c, d)
		s.readMoves(c, d, x)
	}
	n := x.Len(0)
	if n == 0 {
		return
	}
	day, kind := uint32(d.First), uint16(0)
	es := s.roomForEntries(c, d.Last, n)
	for i := range es {
		e := &es[i]
		var step uint16
		codec.Unsigned(x, &step)
		day += uint32(step)
		e.Day = uint16(day)
		codeEntry(e, x)
		kind = max(kind, e.Kind)
		if day > uint32(d.Last) || e.Account >= c.nAccounts {
			x.Fail(fmt.Errorf("an entry of day %d and account %d of %d in a span of %d to %d: %w",
				day, e.Account, c.nAccounts, d.First, d.Last, codec.ErrDamaged))
			return
		}
	}
	s.named.Kinds = max(s.named.Kinds, int(kind)+1)
}

// roomForEntries makes room for n entries behind those of day last, at once: what a
// span holds is in order already. They are the caller's to fill.
func (s *Store) roomForEntries(c *Customer, last int32, n int) []Entry {
	s.filters.drop(c.ID)
	have := int(c.head + c.nEntries)
	c.entries = s.entries.Grow(c.entries, have, have+n)
	es := s.entries.Block(c.entries)[c.head : have+n]
	at := int(c.nEntries)
	for at > 0 && int32(es[at-1].Day) > last { // mostly the months come in their order
		at = FirstOn(es[:at], last+1)
	}
	copy(es[at+n:], es[at:])
	c.nEntries += uint32(n)
	return es[at : at+n]
}

func (s *Store) readMoves(c *Customer, d Span, x *codec.Coder) {
	n := x.Len(0)
	if n > MaxAccounts {
		x.Fail(fmt.Errorf("movements of %d accounts: %w", n, codec.ErrDamaged))
		return
	}
	s.makeAccounts(c, n)
	as := s.Accounts(c)
	for i := range n {
		k := x.Len(0)
		if k == 0 {
			continue
		}
		mv := s.roomForMoves(&as[i], d.Last, k)
		day := uint16(d.First)
		for j := range mv {
			m := &mv[j]
			codeMove(m, day, x)
			day = m.Value
			if v := int32(m.Value); v < d.First || v > d.Last || j > 0 && !after(m, &mv[j-1]) {
				x.Fail(fmt.Errorf("a movement of day %d in a span of %d to %d, or out of order: %w", v, d.First, d.Last, codec.ErrDamaged))
				return
			}
		}
	}
}

// roomForMoves is roomForEntries for the movements of an account.
func (s *Store) roomForMoves(a *Account, last int32, n int) []Move {
	have := int(a.nMoves)
	a.moves = s.moves.Grow(a.moves, have, have+n)
	mv := s.moves.Block(a.moves)[:have+n]
	at := have
	for at > 0 && int32(mv[at-1].Value) > last {
		at = firstMove(mv[:at], last+1)
	}
	copy(mv[at+n:], mv[at:])
	a.nMoves += uint32(n)
	return mv[at : at+n]
}

// ClearSpan forgets the entries and movements of a span.
func (s *Store) ClearSpan(c *Customer, d Span) {
	// Mostly all that there is lies before, or behind.
	if es := s.Entries(c); len(es) > 0 && int32(es[len(es)-1].Day) >= d.First && int32(es[0].Day) <= d.Last {
		lo, hi := FirstOn(es, d.First), FirstOn(es, d.Last+1)
		copy(es[lo:], es[hi:])
		c.nEntries -= uint32(hi - lo)
	}
	as := s.Accounts(c)
	for i := range as {
		mv := s.Moves(&as[i])
		if len(mv) == 0 || int32(mv[len(mv)-1].Value) < d.First || int32(mv[0].Value) > d.Last {
			continue
		}
		lo, hi := firstMove(mv, d.First), firstMove(mv, d.Last+1)
		copy(mv[lo:], mv[hi:])
		as[i].nMoves -= uint32(hi - lo)
	}
}

// Named is how many kinds and units there must be at least for what was read.
type Named struct{ Kinds, Units int }

// Named tells what Code and ReadSpan have read: how many there are is known only when
// all records have been read.
func (s *Store) Named() Named { return s.named }
