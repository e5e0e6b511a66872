package main

import (
	"fmt"
	"slices"
	"time"
)

// stretch is a part of a run whose bookings are told in a line of their own.
type stretch struct {
	name, note string
	fit        func(way) bool
	away       bool // ClickHouse is, or was until just now
}

// stretches are what went on while a booking was on its way, for those that it met:
// steady is what began behind the warm part and met nothing.
func (b *steady) stretches() []stretch {
	r := &b.record
	warm := r.began.Add(b.warm())
	took := func(w window) time.Duration { return w.to.Sub(w.from).Round(100 * time.Millisecond) }
	list := []stretch{{name: "steady", fit: func(x way) bool {
		return !x.from.Before(warm) && !slices.ContainsFunc([]window{r.still, r.catching, r.closing, r.restarting}, func(w window) bool { return w.meets(x.from, x.to) })
	}}}
	within := func(name string, w window, note string) {
		if !w.from.IsZero() {
			list = append(list, stretch{name: name, note: note, fit: func(x way) bool { return w.meets(x.from, x.to) }})
		}
	}
	within("ClickHouse stands still", r.still, fmt.Sprintf("; for %s", took(r.still)))
	within("the warehouse catches up", r.catching, fmt.Sprintf("; %s until it was as near as before", took(r.catching)))
	for i := range list[1:] {
		list[1+i].away = true
	}
	within("during a close", r.closing, fmt.Sprintf("; %s customers in %s", grouped(int64(r.customers)), took(r.closing)))
	if r.restarting.from.IsZero() {
		return list
	}
	word, moving := b.restartWord(), r.restarting
	return append(list,
		stretch{
			name: word + ", partitions that stay", fit: func(x way) bool { return moving.meets(x.from, x.to) && r.unmoved[x.partition] },
			note: fmt.Sprintf("; %d of %d, %s in all; %s%s", len(r.unmoved), b.partitions, took(moving), b.membership(), b.lostWord()),
		},
		stretch{name: word + ", all other partitions", fit: func(x way) bool { return moving.meets(x.from, x.to) && !r.unmoved[x.partition] }},
	)
}

// restartWord is what is done to the fold that is started again.
func (o *steadyOptions) restartWord() string {
	if o.kill {
		return "kill -9"
	}
	return "restart"
}

func (b *steady) lostWord() string {
	if b.record.lost {
		return "; " + stays + " lost an incarnation"
	}
	return ""
}
