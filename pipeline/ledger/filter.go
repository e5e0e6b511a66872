package ledger

import (
	"math/bits"
	"unsafe"
)

// filter tells that an entry, or a reversal that waits, is surely not there: nearly
// every booking asks for an id that is new. It is a Bloom filter whose four bits of an id lie in one word
// (Putze, Sanders, Singler 2007), 16 bits an id or more: it errs once in some hundred
// questions, on the safe side. Ids that have left stay in it. It is as large as what it
// was made for, and not a power of two: customers who grow alike would all come to the
// next one at the same time.
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
	words := 2*n/idsPerWord + 1
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

// of is an id's word, by its upper bits, and its bits in it, by the lower ones.
func (f *filter) of(id uint64) (*uint64, uint64) {
	m := uint64(1)<<(id&63) | 1<<(id>>6&63) | 1<<(id>>12&63) | 1<<(id>>18&63)
	w, _ := bits.Mul64(id, uint64(len(f.words)))
	return &f.words[w], m
}

// filters are those of the customers who have many of something.
type filters struct {
	of    map[Text]*filter
	bytes int64
}

// get is the customer's, made of his n ids if there is none.
func (fs *filters) get(customer Text, n int, id func(i int) uint64) *filter {
	f := fs.of[customer]
	if f == nil {
		f = newFilter(n, id)
		if fs.of == nil {
			fs.of = map[Text]*filter{}
		}
		fs.of[customer] = f
		fs.bytes += f.size()
	}
	return f
}

// drop forgets the customer's, if there is one.
func (fs *filters) drop(customer Text) {
	if f := fs.of[customer]; f != nil {
		delete(fs.of, customer)
		fs.bytes -= f.size()
	}
}

func (f *filter) size() int64 { return int64(unsafe.Sizeof(*f)) + int64(len(f.words))*8 }

// mayHave tells whether one of the customer's many entries may have this id.
func (s *Store) mayHave(c *Customer, es []Entry, id uint64) bool {
	return s.filters.get(c.ID, len(es), func(i int) uint64 { return es[i].ID }).mayHave(id)
}

// filtered keeps the filter of a customer with many entries to what he has, now that
// an entry has come.
func (s *Store) filtered(c *Customer, id uint64) {
	f := s.filters.of[c.ID]
	if f == nil {
		return
	}
	// Entries that came while he had few are not in it.
	if c.nEntries == manyEntries+1 || f.n == f.room {
		s.filters.drop(c.ID)
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
	return s.awaited.get(c.ID, len(ws), func(i int) uint64 { return ws[i].Original }).mayHave(original)
}

// waitFiltered keeps that filter to what waits, now that a wait has come.
func (s *Store) waitFiltered(c *Customer, original uint64) {
	f := s.awaited.of[c.ID]
	switch {
	case f == nil:
	case f.n == f.room:
		s.awaited.drop(c.ID)
	default:
		f.add(original)
	}
}
