package main

import (
	"slices"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// told is the time as a partition of the log tells it, as semantics 1 has it: lower
// terms count for nothing, and neither does a day that is closed.
type told struct {
	term, tick int64
	ticks      int
	days       []int32
	ignored    int
}

// hear takes a control record in.
func (t *told) hear(r *pb.LogRecord) {
	switch {
	case r.Term != nil: // the fold heeds no lower one from here on
		t.term = max(t.term, r.Term.Term)
		return
	case r.Tick != nil:
		if t.counts(r.Tick.Term) && r.Tick.At > t.tick {
			t.tick = r.Tick.At
			t.ticks++
			return
		}
	case r.Close != nil:
		if t.counts(r.Close.Term) && (len(t.days) == 0 || r.Close.Day > t.days[len(t.days)-1]) {
			t.days = append(t.days, r.Close.Day)
			return
		}
	default:
		return
	}
	t.ignored++
}

func (t *told) counts(term int64) bool {
	t.term = max(t.term, term)
	return term == t.term
}

// clocks checks that all partitions have seen the same time: each day of the bank
// closed, one after the other, and the same ticks. It gives the number of days.
func clocks(book *logbook, b *bank, found *findings) (days, ticks, ignored int, err error) {
	all := make([]told, len(book.partitions))
	for p, part := range book.partitions {
		for i := range part {
			if part[i].customer != "" {
				continue
			}
			r, err := part[i].record()
			if err != nil {
				return 0, 0, 0, err
			}
			all[p].hear(r)
		}
		t := &all[p]
		ignored += t.ignored
		for i, day := range t.days {
			if i > 0 && day != t.days[i-1]+1 {
				found.add("log, partition %d: CLOSE of %s follows that of %s", p, event.FormatDay(day), event.FormatDay(t.days[i-1]))
			}
		}
		if !slices.Contains(t.days, b.first) || !slices.Contains(t.days, b.last) {
			found.add("log, partition %d: not every day from %s to %s is closed", p, event.FormatDay(b.first), event.FormatDay(b.last))
		}
		if p > 0 && (!slices.Equal(t.days, all[0].days) || t.tick != all[0].tick) {
			found.add("log: partitions 0 and %d do not have the same time", p)
		}
	}
	return len(all[0].days), all[0].ticks, ignored, nil
}
