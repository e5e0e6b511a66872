package ledger

import "math"

// A merged entry stands for all activity of one day, kind and account: Amount is
// the sum, ID the largest amount, Content the number of entries. It has no
// identity: FindEntry does not see it.
const entryMerged = 1 << 4

// Merged tells whether the entry stands for several.
func (e *Entry) Merged() bool { return e.bits&entryMerged != 0 }

// Times is the number of events the entry stands for.
func (e *Entry) Times() int64 {
	if e.Merged() {
		return int64(e.Content)
	}
	return 1
}

// Most is the largest amount of the events the entry stands for.
func (e *Entry) Most() int64 {
	if e.Merged() {
		return int64(e.ID)
	}
	return e.Amount
}

// MergeBefore merges the entries of days before day by day, kind and account;
// those that are no activity are forgotten. Sums, counts, largest amounts and
// distinct keys stay exact, single events can no longer be told apart.
func (s *Store) MergeBefore(c *Customer, day int32) {
	es := s.Entries(c)
	n := FirstOn(es, day)
	if n > 0 {
		s.changed(int32(es[0].Day))
	}
	kept := 0
	first := 0
	for i := range n {
		e := es[i]
		if e.HasExtra() {
			s.dropExtra(c, e.ID)
			e.bits &^= entryExtra
		}
		if !e.Counts() {
			continue
		}
		if kept > first && es[first].Day != e.Day {
			first = kept
		}
		if k := mergeInto(es[first:kept], &e); !k {
			es[kept] = e.asMerged()
			kept++
		}
	}
	copy(es[kept:], es[n:])
	c.nEntries -= uint32(n - kept)
}

func (e *Entry) asMerged() Entry {
	m := *e
	if !e.Merged() {
		m.ID, m.Content = uint64(e.Amount), 1
		m.bits |= entryMerged
	}
	return m
}

// mergeInto adds e to the merged entry of its kind and account among those of its
// day; false if there is none with room.
func mergeInto(day []Entry, e *Entry) bool {
	for i := range day {
		m := &day[i]
		if m.Day != e.Day || m.Kind != e.Kind || m.Account != e.Account || m.Amount > math.MaxInt64-e.Amount ||
			int64(m.Content)+e.Times() > math.MaxUint32 {
			continue
		}
		m.Amount += e.Amount
		m.ID = uint64(max(m.Most(), e.Most()))
		m.Content += uint32(e.Times())
		return true
	}
	return false
}
