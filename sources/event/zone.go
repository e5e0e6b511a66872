package event

import (
	"hash/fnv"
	"sort"
	"time"
)

// zone is a time zone flattened to its transitions of 1969 … 2150: immutable,
// lock-free and without a call into package time per event.
type zone struct {
	at     []int64 // UTC seconds from which offset[i] holds; at[0] is far past
	offset []int64 // seconds east of UTC
}

func newZone(loc *time.Location) *zone {
	t := time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC).In(loc)
	_, off := t.Zone()
	z := &zone{at: []int64{-1 << 62}, offset: []int64{int64(off)}}
	for t.Year() <= 2150 {
		_, end := t.ZoneBounds()
		if end.IsZero() {
			break
		}
		if !end.After(t) {
			// On the last day of a leap year ZoneBounds ends a zone of rules a day
			// early, before t itself.
			end = t.Add(24 * time.Hour)
		}
		t = end
		// Such zones also have bounds at the turn of the year, where nothing changes.
		if _, off = t.Zone(); int64(off) != z.offset[len(z.offset)-1] {
			z.at = append(z.at, t.Unix())
			z.offset = append(z.offset, int64(off))
		}
	}
	return z
}

func (z *zone) offsetAt(utc int64) int64 {
	last := len(z.at) - 1
	if utc >= z.at[last] {
		return z.offset[last]
	}
	return z.offset[sort.Search(last, func(i int) bool { return z.at[i+1] > utc })]
}

// toUTC takes a local time twice in the year to its first occurrence, and one
// that the clocks skipped to the time it would have been without the skip.
func (z *zone) toUTC(local int64) int64 {
	before, after := z.offsetAt(local-86400), z.offsetAt(local+86400)
	if before == after || z.offsetAt(local-before) == before {
		return local - before
	}
	if z.offsetAt(local-after) == after {
		return local - after
	}
	return local - before
}

func (z *zone) fingerprint() uint64 {
	h := fnv.New64a()
	var b [16]byte
	for i := range z.at {
		for j := range 8 {
			b[j], b[j+8] = byte(z.at[i]>>(8*j)), byte(z.offset[i]>>(8*j))
		}
		_, _ = h.Write(b[:]) // never fails
	}
	return h.Sum64()
}
