package ledger

import "math/bits"

// filter tells that an entry is surely not there: nearly every booking asks for an id
// that is new. It is a Bloom filter whose four bits of an id lie in one word
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

// newFilter holds the ids of these entries, with room for as many again.
func newFilter(es []Entry) *filter {
	words := 1 << bits.Len(uint(2*len(es)/idsPerWord))
	f := &filter{words: make([]uint64, words), room: words * idsPerWord}
	for i := range es {
		f.add(es[i].ID)
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
		f = newFilter(es)
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
