package ledger

import "math"

// MaxBalance bounds an account's balance either way, in its smallest unit.
const MaxBalance int64 = 10_000_000_000_000_000

// Account flags.
const (
	Joint uint8 = 1 << iota
	// Inferred: the balance before the first event came from its balance_after.
	Inferred
	// Pinned: an opening balance stands at the end of PinDay; what is booked on or
	// before it moves the days before it only (rules R17, R57).
	Pinned
	// Described: a lifecycle record was seen.
	Described
	// Healed: at least one HEAL entry.
	Healed
	// Observed: at least one balance observation.
	Observed
	// Lent: the limit is the credit status's word, else the lifecycle's.
	Lent
)

// Account is one account of a customer. All amounts are signed in the customer's
// view, in the smallest unit of Unit.
//
// The first half is what a booking needs: one line of the processor's cache.
type Account struct {
	Hash uint64
	ID   Text
	// Total is the balance after all kept movements, future-valued ones included.
	Total int64
	// ObsTime is the event time of the newest balance observation.
	ObsTime int64
	moves   Ref
	nMoves  uint32
	// Closed is the value day of closing, 0: open.
	Closed int32
	// PinDay is the day of the pinned opening balance.
	PinDay int32
	// FirstDay is the earliest value day of a booking.
	FirstDay int32
	// LastBook is the newest business day of a movement.
	LastBook int32
	// Known is the first day whose balance is known, 0: all are.
	Known int32
	Unit  uint16
	Type  uint8
	Flags uint8

	// Before is the balance before the first kept movement.
	Before int64
	Limit  int64
	// PinTime is the event time of the pinned balance's place on PinDay: what is
	// booked earlier on that day lies before it.
	PinTime int64
	// LifeTime, LifeSeq: order of the newest lifecycle record; CreditTime,
	// CreditSeq: of the newest credit status (rule R10).
	LifeTime, LifeSeq, CreditTime, CreditSeq int64
	// Opened is the opening day, 0 unknown.
	Opened int32
	DPD    int32
}

// Move is a change of balance on a value day and a business day. Moves with the
// same days and the same Heal are merged. Sorted by Value, then Book.
type Move struct {
	Delta int64
	Value uint16
	Book  uint16
	Heal  uint16
	_     uint16
}

// heals tells whether the movement is a HEAL.
func (m *Move) heals() bool { return m.Heal == healUp || m.Heal == healDown }

// Has tells whether all the flags are set.
func (a *Account) Has(f uint8) bool { return a.Flags&f == f }

// Open tells whether the account is open on day d.
func (a *Account) Open(d int32) bool { return a.Closed == 0 || d < a.Closed }

// Moves are the kept movements, valid until the next AddMove.
func (s *Store) Moves(a *Account) []Move { return s.moves.Block(a.moves)[:a.nMoves] }

// AddMove books delta on the days. The caller has checked the bound of the
// balance; days before the horizon of kept movements are folded into Before by
// Trim, not here.
func (s *Store) AddMove(a *Account, value, book int32, delta int64, heal bool) {
	if delta == 0 {
		return
	}
	a.Total += delta
	a.LastBook = max(a.LastBook, book)
	m := Move{Delta: delta, Value: uint16(value), Book: uint16(book)}
	if heal {
		// HEALs of either sign stay apart: each may be explained on its own.
		m.Heal = healUp
		if delta < 0 {
			m.Heal = healDown
		}
		a.Flags |= Healed
	}
	s.insert(a, m)
}

// The values of Move.Heal.
const (
	healUp = 1 + iota
	healDown
	// opening is what stood before the account's first event: it goes with the opening
	// day when that is told anew.
	opening
)

// AddOpening lets a balance stand from day on.
func (s *Store) AddOpening(a *Account, day int32, delta int64) {
	if delta == 0 {
		return
	}
	a.Total += delta
	a.LastBook = max(a.LastBook, day)
	s.insert(a, Move{Delta: delta, Value: uint16(day), Book: uint16(day), Heal: opening})
}

// TakeOpening takes out what AddOpening put in, but for what Trim has folded, and
// tells how much it was.
func (s *Store) TakeOpening(a *Account) (delta int64) {
	mv := s.Moves(a)
	k := 0
	for i := range mv {
		if mv[i].Heal == opening {
			delta += mv[i].Delta
			s.changed(int32(mv[i].Value))
			continue
		}
		mv[k] = mv[i]
		k++
	}
	a.nMoves = uint32(k)
	a.Total -= delta
	return delta
}

func (s *Store) insert(a *Account, m Move) {
	s.changed(int32(m.Value))
	mv := s.moves.Block(a.moves)[:a.nMoves]
	i := len(mv)
	for i > 0 && after(&mv[i-1], &m) {
		i--
	}
	if i > 0 {
		if p := &mv[i-1]; p.Value == m.Value && p.Book == m.Book && p.Heal == m.Heal {
			if p.Delta += m.Delta; p.Delta == 0 {
				copy(mv[i-1:], mv[i:])
				a.nMoves--
			}
			return
		}
	}
	a.moves = s.moves.Grow(a.moves, int(a.nMoves), int(a.nMoves)+1)
	mv = s.moves.Block(a.moves)[:a.nMoves+1]
	copy(mv[i+1:], mv[i:])
	mv[i] = m
	a.nMoves++
}

func after(a, b *Move) bool {
	if a.Value != b.Value {
		return a.Value > b.Value
	}
	if a.Book != b.Book {
		return a.Book > b.Book
	}
	return a.Heal > b.Heal
}

// Trim folds movements of which both days are before day into Before.
func (s *Store) Trim(a *Account, day int32) {
	mv := s.Moves(a)
	k := 0
	for i := range mv {
		if int32(mv[i].Value) < day && int32(mv[i].Book) < day {
			a.Before += mv[i].Delta
			continue
		}
		mv[k] = mv[i]
		k++
	}
	if k < len(mv) {
		s.changed(1) // what is in Before now must not be read again
	}
	a.nMoves = uint32(k)
}

// OpenedBySnapshot tells whether the account's opening position was told, not
// inferred from a booking: it stands at the end of PinDay.
func (a *Account) OpenedBySnapshot() bool { return a.Has(Pinned) && a.PinTime == math.MaxInt64 }

// BeforePin tells whether a booking lies before the pinned opening balance.
func (a *Account) BeforePin(book int32, second int64) bool {
	return a.Has(Pinned) && (book < a.PinDay || book == a.PinDay && second < a.PinTime)
}

// Pin shifts the balance before all movements so that later days keep theirs.
func (a *Account) Pin(delta int64) {
	a.Before += delta
	a.Total += delta
}

// ValueAt is the balance of the value series at the end of day d, 0 on days that
// are not known (rule R67).
func (s *Store) ValueAt(a *Account, d int32) int64 {
	if !a.Open(d) || d < a.Known {
		return 0
	}
	bal, mv := a.Total, s.Moves(a)
	for i := len(mv) - 1; i >= 0 && int32(mv[i].Value) > d; i-- {
		bal -= mv[i].Delta
	}
	return bal
}

// BookAt is the balance of the book series at the end of day d, closing apart.
func (s *Store) BookAt(a *Account, d int32) int64 {
	if d >= a.LastBook {
		return a.Total
	}
	bal, mv := a.Before, s.Moves(a)
	for i := range mv {
		if int32(mv[i].Book) <= d {
			bal += mv[i].Delta
		}
	}
	return bal
}

// ConsumeHeal takes up to |delta| of the same sign out of the newest HEAL booked
// on or after day (rule R16) and returns what it took and the HEAL's day.
func (s *Store) ConsumeHeal(a *Account, day int32, delta int64) (took int64, on int32) {
	if !a.Has(Healed) {
		return 0, 0
	}
	mv := s.Moves(a)
	best := -1
	for i := range mv {
		if mv[i].heals() && int32(mv[i].Book) >= day && (mv[i].Delta > 0) == (delta > 0) &&
			(best < 0 || mv[i].Book >= mv[best].Book) {
			best = i
		}
	}
	if best < 0 {
		return 0, 0
	}
	took = min(delta, mv[best].Delta)
	if delta < 0 {
		took = max(delta, mv[best].Delta)
	}
	m := mv[best]
	m.Delta = -took
	a.Total -= took
	s.insert(a, m)
	return took, int32(m.Book)
}
