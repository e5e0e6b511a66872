package main

import (
	"fmt"
	"slices"
	"time"
)

// silence is how long partitions gave nothing to read around the end of the process
// that held them, one figure a partition.
type silence struct {
	// first is from that end to the first readable alert of a booking sent since: what
	// was committed before and arrives late is not taken for life.
	first []time.Duration
	// longest is the longest stretch without a readable alert.
	longest []time.Duration
	// never is how many partitions said nothing any more.
	never int
}

// silenceOf looks at the partitions that a process held whose end began the window;
// stretches count that begin in it.
func (p *probe) silenceOf(held map[int32]bool, w window) (s silence) {
	p.mu.Lock()
	defer p.mu.Unlock()
	readable, first := map[int32][]time.Time{}, map[int32]time.Time{}
	for _, x := range p.of {
		if x.readable.Before(w.from) || !held[x.partition] {
			continue
		}
		readable[x.partition] = append(readable[x.partition], x.readable)
		if at, ok := first[x.partition]; !x.sent.Before(w.from) && (!ok || x.readable.Before(at)) {
			first[x.partition] = x.readable
		}
	}
	for partition := range held {
		at, ok := first[partition]
		if !ok {
			s.never++
			continue
		}
		s.first = append(s.first, at.Sub(w.from))
		s.longest = append(s.longest, longestGap(readable[partition], w))
	}
	return s
}

// longestGap is the longest between two times, or the window's begin and the first,
// of those that begin in the window.
func longestGap(times []time.Time, w window) (longest time.Duration) {
	slices.SortFunc(times, time.Time.Compare)
	before := w.from
	for _, t := range times {
		if !before.Before(w.to) {
			break
		}
		longest = max(longest, t.Sub(before))
		before = t
	}
	return longest
}

// reportSilence tells for how long the partitions of the fold that was away had no
// readable output.
func (b *steady) reportSilence(word string) {
	r := &b.record
	s := b.probe.silenceOf(r.gone, r.restarting)
	middle := func(list []time.Duration) string {
		q := quantilesOf(list)
		return fmt.Sprintf("%d and %d ms", q.p50.Milliseconds(), q.slowest.Milliseconds())
	}
	note := fmt.Sprintf("%d partitions of %s, until the first alert of a booking sent since; longest stretch without any alert: %s",
		len(r.gone), restarts, middle(s.longest))
	if s.never > 0 {
		note += fmt.Sprintf("; %d said nothing any more", s.never)
	}
	b.table.add(word+" to readable again, median and longest of its partitions", middle(s.first), note)
}
