package main

import (
	"slices"
	"testing"
	"time"
)

func TestHowLongPartitionsWereSilent(t *testing.T) {
	at := func(ms int) time.Time { return time.Unix(100, 0).Add(time.Duration(ms) * time.Millisecond) }
	p := newProbe(9)
	for i, x := range []struct {
		partition      int32
		sent, readable int
	}{
		{1, -50, 20},        // committed before the end, seen after it
		{1, 300, 9_000},     // the first of what was sent since
		{1, 200, 9_010},     // sent before it, read after it
		{1, 9_500, 9_600},   //
		{1, 21_000, 40_000}, // a stretch that begins behind the window
		{2, -400, -300},     // before it all
		{2, 100, 4_000},     //
		{2, 4_100, 10_100},  // the longest is not the first
		{3, 100, 150},       // another process's
	} {
		p.leaves(i, at(x.sent))
		p.arrived(i, x.partition, at(x.readable))
	}
	s := p.silenceOf(map[int32]bool{1: true, 2: true, 4: true}, window{at(0), at(9_550)})
	slices.Sort(s.first)
	slices.Sort(s.longest)
	ms := time.Millisecond
	if want := []time.Duration{4_000 * ms, 9_000 * ms}; !slices.Equal(s.first, want) {
		t.Errorf("until the first: %v, want %v", s.first, want)
	}
	if want := []time.Duration{6_100 * ms, 8_980 * ms}; !slices.Equal(s.longest, want) {
		t.Errorf("longest: %v, want %v", s.longest, want)
	}
	if s.never != 1 {
		t.Errorf("%d never spoke again, want partition 4 alone", s.never)
	}
}
