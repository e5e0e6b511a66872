package ledger

import "math/bits"

// filter tells that an entry, or a reversal that waits, is surely not there: nearly
// every booking asks for an id that is new. It is a Bloom filter whose four bits of an id lie in one word
// (Putze, Sanders, Singler 2007), 16 bits an id or more: it errs once in some hundred
// questions, on the safe side. Ids that have left stay in it.
type filter struct {
	words []uint64
	// n ids have been added; when there is no room for more, it is made anew.
	n, room int
}

// manyEntries is where looking through all entries costs more than a filter.
const manyEntries = 64

const idsPerWord = 4

// newFilter holds n ids, with room for as many again.
func newFilter(n int, id func(i int) uint64) *filter {
	words := 1 << bits.Len(uint(2*n/idsPerWord))
	f := &filter{words: make([]uint64, words), room: words * idsPerWord}
	for i := range n {
		f.add(id(i))
	}
	return f
}

// add puts an id in. It must be evenly spread, as hashes are.
func (f *filter) add(id uint64) {
	w, m := f.of(id)
	*w |= m
	f.n++
}

// mayHave is false if the id has not been added.
func (f *filter) mayHave(id uint64) bool {
	w, m := f.of(id)
	return *w&m == m
}

// of is an id's word and its bits in it.
func (f *filter) of(id uint64) (*uint64, uint64) {
	m := uint64(1)<<(id&63) | 1<<(id>>6&63) | 1<<(id>>12&63) | 1<<(id>>18&63)
	return &f.words[id>>24&uint64(len(f.words)-1)], m
}

// mayHave tells whether one of the customer's many entries may have this id.
func (s *Store) mayHave(c *Customer, es []Entry, id uint64) bool {
	f := s.filters[c.ID]
	if f == nil {
		f = newFilter(len(es), func(i int) uint64 { return es[i].ID })
		if s.filters == nil {
			s.filters = map[Text]*filter{}
		}
		s.filters[c.ID] = f
	}
	return f.mayHave(id)
}

// filtered keeps the filter of a customer with many entries to what he has, now that
// an entry has come.
func (s *Store) filtered(c *Customer, id uint64) {
	f := s.filters[c.ID]
	if f == nil {
		return
	}
	// Entries that came while he had few are not in it.
	if c.nEntries == manyEntries+1 || f.n == f.room {
		delete(s.filters, c.ID)
		return
	}
	f.add(id)
}

// manyWaits is where looking through all waits costs more than a filter.
const manyWaits = 64

// Awaited tells whether one of the customer's waits may be for this original.
func (s *Store) Awaited(c *Customer, original uint64) bool {
	ws := s.Waits(c)
	if len(ws) <= manyWaits {
		return len(ws) > 0
	}
	f := s.awaited[c.ID]
	if f == nil {
		f = newFilter(len(ws), func(i int) uint64 { return ws[i].Original })
		if s.awaited == nil {
			s.awaited = map[Text]*filter{}
		}
		s.awaited[c.ID] = f
	}
	return f.mayHave(original)
}

// waitFiltered keeps that filter to what waits, now that a wait has come.
func (s *Store) waitFiltered(c *Customer, original uint64) {
	f := s.awaited[c.ID]
	switch {
	case f == nil:
	case f.n == f.room:
		delete(s.awaited, c.ID)
	default:
		f.add(original)
	}
}
