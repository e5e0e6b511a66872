package ledger

import "unsafe"

// WarmMost is how many customers Warm takes at a time: about as many cache misses
// as a core can have under way.
const WarmMost = 32

// Ahead are places of memory that are to be read together. A pass that finds out
// where to read and waits for nothing, and then a loop of bare reads, keeps many
// misses of the cache under way at once: with other work in between, the core sees
// only few reads ahead of the one that it waits for.
type Ahead struct {
	at [5 * WarmMost]*byte
	n  int
}

// Add notes a value to be read; there is room for five a customer. nil is nothing.
func Add[T any](a *Ahead, v *T) {
	if v != nil {
		a.at[a.n] = (*byte)(unsafe.Pointer(v))
		a.n++
	}
}

// Read reads what was noted. It gives any number, which the caller keeps, so that the
// reads are not optimised away.
func (a *Ahead) Read() (sum byte) {
	for _, p := range a.at[:a.n] {
		sum += *p
	}
	a.n = 0
	return sum
}

// Seek finds the customers of these ids, at most WarmMost, as Find would one after
// the other. It trusts half a hash: what it gives is for Warm only.
func (s *Store) Seek(a *Ahead, ids []string, slots []Slot) (found []Slot, sum byte) {
	if len(s.index) == 0 {
		return slots[:0], 0
	}
	var hashes [WarmMost]uint64
	ids = ids[:min(len(ids), WarmMost)]
	mask := uint64(len(s.index) - 1)
	for i, id := range ids {
		hashes[i] = HashID(id)
		Add(a, &s.index[hashes[i]&mask])
	}
	sum = a.Read()
	found = slots[:0]
	for i := range ids {
		if slot, ok := s.likely(hashes[i]); ok {
			found = append(found, slot)
		}
	}
	return found, sum
}

// Warm reads what folding a record of each of these customers will read. It changes
// nothing: the point is that the misses of many customers are under way at once,
// where one customer's follow one another (his head names his blocks). It gives any
// number, as Ahead.Read does.
func (s *Store) Warm(a *Ahead, slots []Slot) (sum byte) {
	for _, slot := range slots {
		Add(a, s.At(slot))
	}
	sum = a.Read()
	for _, slot := range slots {
		c := s.At(slot)
		Add(a, s.Texts.first(c.ID))
		if es := s.Entries(c); len(es) > 0 {
			Add(a, &es[0])
			Add(a, &es[len(es)-1])
		}
		if as := s.Accounts(c); len(as) > 0 {
			Add(a, &as[0].Hash)
			Add(a, &as[0].Opened)
		}
	}
	sum += a.Read()
	for _, slot := range slots {
		if as := s.Accounts(s.At(slot)); len(as) > 0 {
			Add(a, s.Texts.first(as[0].ID))
			if mv := s.Moves(&as[0]); len(mv) > 0 {
				Add(a, &mv[len(mv)-1])
			}
		}
	}
	return sum + a.Read()
}

// likely is the customer of a hash, by the half of it that the table holds.
func (s *Store) likely(h uint64) (Slot, bool) {
	mask := uint64(len(s.index) - 1)
	for i := h & mask; s.index[i] != 0; i = (i + 1) & mask {
		if s.index[i]>>32 == h>>32 {
			return Slot(uint32(s.index[i]) - 1), true
		}
	}
	return 0, false
}

// first is the first byte of a text, nil if it is empty.
func (t *Texts) first(x Text) *byte {
	if x == 0 {
		return nil
	}
	return &t.chunks[x>>40][x>>16&0xffffff]
}
