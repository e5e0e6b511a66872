package ledger

// Extra holds what few entries need.
type Extra struct {
	ID uint64
	// Reversed is the base amount taken back so far, of a reversal (a plain entry)
	// what it asks of its original. Quantity is the signed movement of the account
	// in its own unit when that is not ±(Amount + Reversed).
	Reversed, Quantity int64
	// Original is the hash of what a reversal takes back, 0: it is none.
	Original uint64
	Version  uint32
	// HasQuantity tells that Quantity is set.
	HasQuantity bool
	// Undone tells that the movement was taken back already (status REVERSED).
	Undone bool
	_      [2]uint8
}

// Extra is the extra of e, nil if it has none; valid until the next MakeExtra.
func (s *Store) Extra(c *Customer, e *Entry) *Extra {
	if !e.HasExtra() {
		return nil
	}
	return s.FindNote(c, e.ID)
}

// MakeExtra is the extra of e, made if absent.
func (s *Store) MakeExtra(c *Customer, e *Entry) *Extra {
	if x := s.Extra(c, e); x != nil {
		return x
	}
	e.bits |= entryExtra
	s.Edited(e)
	return s.addExtra(c, e.ID)
}

// ForgetExtra drops e's extra, if any.
func (s *Store) ForgetExtra(c *Customer, e *Entry) {
	if e.HasExtra() {
		s.dropExtra(c, e.ID)
		e.bits &^= entryExtra
		s.Edited(e)
	}
}

// Asked is what the reversals of an original ask of it in all.
func (s *Store) Asked(c *Customer, original uint64) int64 {
	var sum int64
	for _, x := range s.extrasOf(c) {
		if x.Original == original {
			sum += x.Reversed
		}
	}
	return sum
}

// Note is a remembered fact under a hash that no entry has (a complaint), made if
// absent; known tells which. It is never dropped.
func (s *Store) Note(c *Customer, id uint64) (x *Extra, known bool) {
	if x = s.FindNote(c, id); x != nil {
		return x, true
	}
	return s.addExtra(c, id), false
}

// FindNote is the extra under a hash, nil if there is none.
func (s *Store) FindNote(c *Customer, id uint64) *Extra {
	if i := s.placeOf(c, id); i >= 0 {
		return &s.extrasOf(c)[i]
	}
	return nil
}

func (s *Store) extrasOf(c *Customer) []Extra {
	r := s.rareOf(c)
	return s.extras.Block(r.extras)[:r.nExtras]
}

// manyExtras is where looking through all extras costs more than an index of them.
const manyExtras = 64

// placeOf finds an extra, -1: there is none. Those of the few customers with many
// are indexed when first asked for; the index is kept in step until few are left.
func (s *Store) placeOf(c *Customer, id uint64) int {
	xs := s.extrasOf(c)
	if len(xs) <= manyExtras {
		for i := range xs {
			if xs[i].ID == id {
				return i
			}
		}
		return -1
	}
	at, ok := s.places[c.ID]
	if !ok {
		at = make(map[uint64]uint32, 2*len(xs))
		for i := range xs {
			at[xs[i].ID] = uint32(i)
		}
		if s.places == nil {
			s.places = map[Text]map[uint64]uint32{}
		}
		s.places[c.ID] = at
	}
	if i, ok := at[id]; ok {
		return int(i)
	}
	return -1
}

func (s *Store) addExtra(c *Customer, id uint64) *Extra {
	r := s.makeRare(c)
	n := int(r.nExtras)
	r.extras = s.extras.Grow(r.extras, n, n+1)
	x := &s.extras.Block(r.extras)[n]
	*x = Extra{ID: id}
	r.nExtras++
	if at, ok := s.places[c.ID]; ok {
		at[id] = uint32(n)
	}
	return x
}

func (s *Store) dropExtra(c *Customer, id uint64) {
	i := s.placeOf(c, id)
	if i < 0 {
		return
	}
	xs := s.extrasOf(c)
	last := len(xs) - 1
	xs[i] = xs[last]
	s.makeRare(c).nExtras--
	at, ok := s.places[c.ID]
	switch {
	case !ok:
	case last <= manyExtras:
		delete(s.places, c.ID)
	default:
		at[xs[last].ID] = uint32(i)
		delete(at, id)
	}
}
