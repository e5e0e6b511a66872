package ledger

// WarmMost is how many customers Warm takes at a time: about as many cache misses
// as a core can have under way.
const WarmMost = 32

// Seek finds the customers of these ids, at most WarmMost, as Find would one after
// the other. It trusts half a hash: what it gives is for Warm only. sum is any
// number, which the caller keeps, so that the reads are not optimised away.
func (s *Store) Seek(ids []string, slots []Slot) (found []Slot, sum uint64) {
	if len(s.index) == 0 {
		return slots[:0], 0
	}
	var hashes [WarmMost]uint64
	ids = ids[:min(len(ids), WarmMost)]
	mask := uint64(len(s.index) - 1)
	for i, id := range ids {
		hashes[i] = HashID(id)
		sum += s.index[hashes[i]&mask]
	}
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
// number, as Seek does.
func (s *Store) Warm(slots []Slot) (sum uint64) {
	for _, slot := range slots {
		sum += s.At(slot).Hash
	}
	for _, slot := range slots {
		c := s.At(slot)
		sum += uint64(s.Texts.first(c.ID))
		if es := s.Entries(c); len(es) > 0 {
			sum += uint64(es[len(es)-1].Day) + uint64(es[max(0, len(es)-3)].Day)
		}
		if as := s.Accounts(c); len(as) > 0 {
			sum += as[0].Hash + uint64(as[0].Opened)
		}
	}
	for _, slot := range slots {
		if as := s.Accounts(s.At(slot)); len(as) > 0 {
			sum += uint64(s.Texts.first(as[0].ID))
			if mv := s.Moves(&as[0]); len(mv) > 0 {
				sum += uint64(mv[len(mv)-1].Value)
			}
		}
	}
	return sum
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

// first is the first byte of a text, 0 if it is empty.
func (t *Texts) first(x Text) byte {
	if x == 0 {
		return 0
	}
	return t.chunks[x>>40][x>>16&0xffffff]
}
