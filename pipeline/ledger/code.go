package ledger

import (
	"fmt"

	"github.com/tierwatch/tierwatch/pipeline/codec"
)

// Counts are how many entries and accounts a customer has. Of the entries that his
// spans hold the newest so many count, since the oldest are forgotten without their
// span being written again; of accounts they may hold fewer, never more.
type Counts struct {
	Entries  uint32
	Accounts uint8
}

// Code writes or reads what the store keeps of a customer but for his entries and
// movements (WriteSpan, ReadSpan), and gives the number of what there is.
func (s *Store) Code(c *Customer, x *codec.Coder) Counts {
	codec.Unsigned(x, &c.Day)
	codec.Unsigned(x, &c.Closed)
	codec.Unsigned(x, &c.Due)
	codec.Unsigned(x, &c.RawFrom)
	codec.Signed(x, &c.Since)
	codec.Unsigned(x, &c.Complaints)
	codec.Unsigned(x, &c.Flags)
	n := x.Len(int(c.nAccounts))
	if n > MaxAccounts {
		x.Fail(fmt.Errorf("%d accounts: %w", n, codec.ErrDamaged))
		return Counts{}
	}
	s.makeAccounts(c, n)
	as := s.Accounts(c)
	for i := range as[:n] {
		s.codeAccount(&as[i], x)
	}
	s.codeRare(c, x)
	kept := c.nEntries
	codec.Unsigned(x, &kept)
	return Counts{kept, uint8(n)}
}

// Keep forgets all entries but the newest; false: there are fewer, or accounts that
// are not among the counts, so that nothing describes them.
func (s *Store) Keep(c *Customer, n Counts) bool {
	if c.nAccounts != n.Accounts || c.nEntries < n.Entries {
		return false
	}
	c.head += c.nEntries - n.Entries
	c.nEntries = n.Entries
	return true
}

// makeAccounts lets there be n accounts at least. Those that are not described yet
// have movements at most.
func (s *Store) makeAccounts(c *Customer, n int) {
	if have := int(c.nAccounts); n > have {
		c.accounts = s.accounts.Grow(c.accounts, have, n)
		clear(s.accounts.Block(c.accounts)[have:n])
		c.nAccounts = uint8(n)
	}
}

func (s *Store) codeAccount(a *Account, x *codec.Coder) {
	was := a.ID
	s.codeText(&a.ID, x)
	if a.ID != was {
		a.Hash = HashID(s.Texts.Get(a.ID))
	}
	codec.Signed(x, &a.Total)
	codec.Signed(x, &a.ObsTime)
	codec.Unsigned(x, &a.Closed)
	codec.Unsigned(x, &a.PinDay)
	codec.Unsigned(x, &a.FirstDay)
	codec.Unsigned(x, &a.LastBook)
	codec.Unsigned(x, &a.Known)
	codec.Unsigned(x, &a.Unit)
	codec.Unsigned(x, &a.Type)
	codec.Unsigned(x, &a.Flags)
	codec.Signed(x, &a.Before)
	codec.Signed(x, &a.Limit)
	codec.Signed(x, &a.PinTime)
	codec.Signed(x, &a.LifeTime)
	codec.Signed(x, &a.LifeSeq)
	codec.Signed(x, &a.CreditTime)
	codec.Signed(x, &a.CreditSeq)
	codec.Signed(x, &a.Opened)
	codec.Signed(x, &a.DPD)
	if x.Reading() {
		s.named.Units = max(s.named.Units, int(a.Unit)+1)
		if a.ID == 0 {
			x.Fail(fmt.Errorf("an account without a name: %w", codec.ErrDamaged))
		}
	}
}

// codeText keeps the name of a text that is the same already: texts are never
// given back.
func (s *Store) codeText(t *Text, x *codec.Coder) {
	was := s.Texts.Get(*t)
	text := was
	x.Text(&text)
	if text != was {
		*t = s.Texts.Add(text)
	}
}

// CodeText writes or reads a text of the store.
func (s *Store) CodeText(t *Text, x *codec.Coder) { s.codeText(t, x) }

func (s *Store) codeRare(c *Customer, x *codec.Coder) {
	r := s.rareOf(c)
	has := r.nExtras+uint32(r.nWaits)+uint32(r.nPairs) > 0
	x.Bool(&has)
	if x.Reading() {
		s.dropRare(c)
	}
	if !has {
		return
	}
	nx, nw, np := x.Len(int(r.nExtras)), x.Len(int(r.nWaits)), x.Len(int(r.nPairs))
	if x.Reading() {
		p := s.makeRare(c)
		p.nExtras, p.nWaits, p.nPairs = uint32(nx), uint16(nw), uint16(np)
		if int(p.nWaits) != nw || int(p.nPairs) != np {
			x.Fail(fmt.Errorf("%d reversals that wait, %d observations: %w", nw, np, codec.ErrDamaged))
			*p = rare{}
			return
		}
		p.extras, p.waits, p.pairs = s.extras.Grow(0, 0, nx), s.waits.Grow(0, 0, nw), s.pairs.Grow(0, 0, np)
		r = *p
	}
	for i := range nx {
		codeExtra(&s.extras.Block(r.extras)[i], x)
	}
	for i := range nw {
		s.codeWait(&s.waits.Block(r.waits)[i], x)
	}
	for i := range np {
		q := &s.pairs.Block(r.pairs)[i]
		if codePair(q, x); q.Account >= c.nAccounts {
			x.Fail(fmt.Errorf("an observation of account %d of %d: %w", q.Account, c.nAccounts, codec.ErrDamaged))
		}
	}
}

func codeExtra(e *Extra, x *codec.Coder) {
	x.Fixed(&e.ID)
	codec.Signed(x, &e.Reversed)
	codec.Signed(x, &e.Quantity)
	codec.Unsigned(x, &e.Original)
	codec.Unsigned(x, &e.Version)
	x.Bool(&e.HasQuantity)
	x.Bool(&e.Undone)
}

func (s *Store) codeWait(w *Wait, x *codec.Coder) {
	x.Fixed(&w.Original)
	x.Fixed(&w.By)
	codec.Signed(x, &w.Amount)
	codec.Unsigned(x, &w.Offset)
	s.codeText(&w.EventID, x)
	codec.Unsigned(x, &w.Day)
	x.Bool(&w.Full)
}

func codePair(q *Pair, x *codec.Coder) {
	x.Fixed(&q.ID)
	codec.Signed(x, &q.Signed)
	codec.Signed(x, &q.After)
	codec.Signed(x, &q.Tolerance)
	codec.Unsigned(x, &q.Day)
	codec.Unsigned(x, &q.Account)
	x.Bool(&q.Undone)
}

func (s *Store) dropRare(c *Customer) {
	if c.rare == 0 {
		return
	}
	r := s.rareOf(c)
	s.extras.Free(r.extras)
	s.waits.Free(r.waits)
	s.pairs.Free(r.pairs)
	s.rares.Free(c.rare)
	c.rare = 0
	delete(s.places, c.ID)
	s.awaited.drop(c.ID)
}
