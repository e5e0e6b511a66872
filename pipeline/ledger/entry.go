package ledger

import "sort"

// Status of an entry; the numbers are those of tierwatchpb.TxnStatus less one.
type Status uint8

// The statuses.
const (
	Pending Status = iota
	Posted
	Reversed
	Failed
)

// Entry is one event in a customer's activity, 32 bytes.
type Entry struct {
	// ID is the fixed-seed hash of source:txn_id.
	ID uint64
	// Amount is what counts in flows: base minor units, less what was reversed.
	Amount int64
	// Content is the hash of what a duplicate must share (rule R6).
	Content uint32
	// Second is the event time, UTC.
	Second uint32
	Day    uint16
	// Kind indexes the partition's table of tuples that policies filter.
	Kind uint16
	bits uint16
	// Account is the slot of the account.
	Account uint8
	_       uint8
}

const (
	entryExtra = 1 << 2
	entryPlain = 1 << 3
	valueShift = 5
	valueBias  = 1024
)

// NewEntry packs an entry; value - day must lie within ±400.
func NewEntry(id uint64, content uint32, d, value int32, second int64, kind uint16, account uint8, st Status) Entry {
	return Entry{
		ID: id, Content: content, Day: uint16(d), Second: uint32(second), Kind: kind, Account: account,
		bits: uint16(value-d+valueBias)<<valueShift | uint16(st),
	}
}

// Status is the entry's status.
func (e *Entry) Status() Status { return Status(e.bits & 3) }

// SetStatus moves the entry on.
func (e *Entry) SetStatus(s Status) { e.bits = e.bits&^3 | uint16(s) }

// Value is the value day.
func (e *Entry) Value() int32 { return int32(e.Day) + int32(e.bits>>valueShift) - valueBias }

// HasExtra tells that an Extra holds more about the entry.
func (e *Entry) HasExtra() bool { return e.bits&entryExtra != 0 }

// Plain entries (reversals) are no activity.
func (e *Entry) Plain() bool { return e.bits&entryPlain != 0 }

// SetPlain marks the entry as no activity.
func (e *Entry) SetPlain() { e.bits |= entryPlain }

// Counts tells whether the entry is activity now.
func (e *Entry) Counts() bool { return e.bits&(3|entryPlain) == uint16(Posted) }

// Wait is a reversal whose original has not come (semantics 3).
type Wait struct {
	// Original is the hash of reversal_of, By the id of the reversal's own entry.
	Original, By uint64
	// Amount is the base amount to take back; Full takes all.
	Amount  int64
	Offset  int64
	EventID Text
	Day     int32
	Full    bool
	_       [3]uint8
}

// Entries are the customer's activity, sorted by Day, valid until the next
// AddEntry of any customer in the same size class.
func (s *Store) Entries(c *Customer) []Entry {
	return s.entries.Block(c.entries)[c.head : c.head+c.nEntries]
}

// AddEntry inserts e behind the last entry of its day and returns its place.
func (s *Store) AddEntry(c *Customer, e *Entry) int {
	if c.head > 0 && int(c.head+c.nEntries) == s.entries.Cap(c.entries) {
		b := s.entries.Block(c.entries)
		copy(b, b[c.head:c.head+c.nEntries])
		c.head = 0
	}
	c.entries = s.entries.Grow(c.entries, int(c.head+c.nEntries), int(c.head+c.nEntries)+1)
	es := s.entries.Block(c.entries)[c.head : c.head+c.nEntries+1]
	i := int(c.nEntries)
	for i > 0 && es[i-1].Day > e.Day {
		i--
	}
	copy(es[i+1:], es[i:])
	es[i] = *e
	c.nEntries++
	s.changed(int32(e.Day))
	if c.nEntries > manyEntries {
		s.filtered(c, e.ID)
	}
	return i
}

// FindEntry is the place of the entry with this id, -1 if there is none. Newest
// first: most questions are about yesterday. Of a customer with many entries a filter
// answers first.
func (s *Store) FindEntry(c *Customer, id uint64) int {
	es := s.Entries(c)
	if len(es) > manyEntries && !s.mayHave(c, es, id) {
		return -1
	}
	for i := len(es) - 1; i >= 0; i-- {
		if es[i].ID == id && !es[i].Merged() {
			return i
		}
	}
	return -1
}

// RemoveEntry takes out the entry at place i.
func (s *Store) RemoveEntry(c *Customer, i int) {
	es := s.Entries(c)
	s.changed(int32(es[i].Day))
	copy(es[i:], es[i+1:])
	c.nEntries--
}

// Edited tells the store that an entry was changed in its place.
func (s *Store) Edited(e *Entry) { s.changed(int32(e.Day)) }

// DropBefore forgets entries of days before day and says how many there were; the
// customer then has the flag Dropped.
func (s *Store) DropBefore(c *Customer, day int32) int {
	es := s.Entries(c)
	if len(es) == 0 || int32(es[0].Day) >= day {
		return 0
	}
	n := FirstOn(es, day)
	for i := range es[:n] {
		if es[i].HasExtra() {
			s.dropExtra(c, es[i].ID)
		}
	}
	c.head += uint32(n)
	c.nEntries -= uint32(n)
	c.Flags |= Dropped
	if c.nEntries <= manyEntries {
		s.filters.drop(c.ID)
	}
	return n
}

// FirstOn is the place of the first entry of day d or later.
func FirstOn(es []Entry, d int32) int {
	return sort.Search(len(es), func(i int) bool { return int32(es[i].Day) >= d })
}

// Waits are the reversals that wait for their original.
func (s *Store) Waits(c *Customer) []Wait {
	r := s.rareOf(c)
	return s.waits.Block(r.waits)[:r.nWaits]
}

// AddWait lets a reversal wait; false when 65535 do.
func (s *Store) AddWait(c *Customer, w Wait) bool {
	if !s.RoomToWait(c) {
		return false
	}
	r := s.makeRare(c)
	r.waits = s.waits.Grow(r.waits, int(r.nWaits), int(r.nWaits)+1)
	s.waits.Block(r.waits)[r.nWaits] = w
	r.nWaits++
	s.waitFiltered(c, w.Original)
	return true
}

// RoomToWait tells whether AddWait has room.
func (s *Store) RoomToWait(c *Customer) bool { return s.rareOf(c).nWaits < 1<<16-1 }

// KeepWaits keeps the first n waits (after the caller moved the kept ones there).
func (s *Store) KeepWaits(c *Customer, n int) {
	if n < len(s.Waits(c)) {
		s.makeRare(c).nWaits = uint16(n)
		if n <= manyWaits {
			s.awaited.drop(c.ID)
		}
	}
}

// DropWait takes out the waiting reversal at place i, keeping the order.
func (s *Store) DropWait(c *Customer, i int) {
	ws := s.Waits(c)
	copy(ws[i:], ws[i+1:])
	s.makeRare(c).nWaits--
}
