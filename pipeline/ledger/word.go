package ledger

import (
	"cmp"
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

// Word is what is remembered of the newest record about one thing that may come once
// more (rule R153): where it stands in the order of its source, and what it says.
type Word struct {
	// Time and Seq are the record's event time and source_seq.
	Time, Seq int64
	// Day orders words of one time and number, 0: nothing does.
	Day     int32
	Content uint32
}

// Hearing is what a word is to those heard before.
type Hearing uint8

// The hearings.
const (
	// NewWord is to be applied.
	NewWord Hearing = iota
	// SaidBefore has been applied already.
	SaidBefore
	// OldWord is older than the newest.
	OldWord
)

// Heard tells what w is to the words of the customer about the thing that key names.
func (s *Store) Heard(c *Customer, key uint64, w Word) Hearing {
	x := s.FindNote(c, key)
	if x == nil {
		return NewWord
	}
	switch n := cmp.Or(cmp.Compare(w.Time, x.Reversed), cmp.Compare(w.Seq, x.Quantity), cmp.Compare(w.Day, int32(x.Original))); {
	case n > 0:
		return NewWord
	case n < 0:
		return OldWord
	case w.Content == x.Version || x.Undone && s.FindNote(c, sibling(key, w.Content)) != nil:
		return SaidBefore
	}
	return NewWord
}

// Hear remembers a word that is new. It is kept as an Extra that no entry has, so only
// who was told of has one: Reversed is the time, Quantity the number, Original the day,
// Version the content. Undone tells that there were others of the same place, of which
// each has a note of its own until a newer one comes.
func (s *Store) Hear(c *Customer, key uint64, w Word) {
	x, known := s.Note(c, key)
	others := known && x.Undone
	switch was := x.Version; {
	case known && x.Reversed == w.Time && x.Quantity == w.Seq && int32(x.Original) == w.Day:
		others = true
		y := s.addExtra(c, sibling(key, was))
		y.Original, y.Version = key, was
	case others:
		others = false
		s.forgetSiblings(c, key)
	}
	x = s.FindNote(c, key)
	x.Reversed, x.Quantity, x.Original, x.Version, x.Undone = w.Time, w.Seq, uint64(w.Day), w.Content, others
}

func (s *Store) forgetSiblings(c *Customer, key uint64) {
	for i := len(s.extrasOf(c)) - 1; i >= 0; i-- {
		if x := s.extrasOf(c)[i]; x.Original == key && x.ID == sibling(key, x.Version) {
			s.dropExtra(c, x.ID)
		}
	}
}

// sibling is the note of a word that another one of the same place took over from.
func sibling(key uint64, content uint32) uint64 {
	var b [12]byte
	binary.LittleEndian.PutUint64(b[:], key)
	binary.LittleEndian.PutUint32(b[8:], content)
	return xxhash.Sum64(b[:])
}
