package main

import (
	"cmp"
	"slices"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// hours is what the time of a run came to.
type hours struct {
	Days    int `json:"days_closed"`
	Ticks   int `json:"ticks"`
	Ignored int `json:"control_records_ignored"`
	// Rates are those that count, one of each unit and day.
	Rates int `json:"rates"`
	// CutShort are the TICKs that their writer could not tell all partitions any more.
	CutShort int `json:"ticks_cut_short"`
}

// tick is a TICK without the term of its writer.
type tick struct {
	at          int64 // UTC seconds
	day, offset int32 // business day, and the zone's offset in seconds
}

// closing is a CLOSE without the term of its writer.
type closing struct {
	day int32
	cut int64
}

// told is the time as a partition of the log tells it, as semantics 1 has it: lower
// terms count for nothing, and neither does a day that is closed, nor a TICK that is
// not later.
type told struct {
	term, at int64
	ticks    map[tick]int64 // that count, with the term of their writer
	closes   []closing      // that count
	// last is, by term, the second of the TICK that is its last record here, 0 when that is
	// another record.
	last    map[int64]int64
	ignored int
	rules   rules
}

func hearing() told {
	return told{ticks: map[tick]int64{}, last: map[int64]int64{}, rules: rules{rates: map[ratedDay]int64{}}}
}

// hear takes a control record in.
func (t *told) hear(r *pb.LogRecord) {
	term := termOf(r)
	t.last[term] = r.Tick.GetAt()
	switch {
	case r.Term != nil: // the fold heeds no lower one from here on
		t.term = max(t.term, term)
		return
	case r.Tick != nil:
		if t.counts(term) && r.Tick.At > t.at {
			t.at = r.Tick.At
			t.ticks[tick{r.Tick.At, r.Tick.BusinessDay, r.Tick.UtcOffset}] = term
			return
		}
	case r.Close != nil:
		if t.counts(term) && (len(t.closes) == 0 || r.Close.Day > t.closes[len(t.closes)-1].day) {
			t.closes = append(t.closes, closing{r.Close.Day, r.Close.Cut})
			return
		}
	default:
		if !t.counts(term) {
			break
		}
		t.rules.hear(r, t.closes)
		return
	}
	t.ignored++
}

func (t *told) counts(term int64) bool {
	t.term = max(t.term, term)
	return term == t.term
}

func (t *told) closed(day int32) bool {
	return slices.ContainsFunc(t.closes, func(c closing) bool { return c.day == day })
}

// termOf is the term of a control record's writer.
func termOf(r *pb.LogRecord) int64 {
	switch {
	case r.Term != nil:
		return r.Term.Term
	case r.Tick != nil:
		return r.Tick.Term
	case r.Close != nil:
		return r.Close.Term
	case r.Rates != nil:
		return r.Rates.Term
	case r.Policy != nil:
		return r.Policy.Term
	case r.Engine != nil:
		return r.Engine.Term
	case r.Handover != nil:
		return r.Handover.Term
	default:
		return r.CutOffs.GetTerm()
	}
}

// clocks checks that all partitions have seen the same time: each day of the bank
// closed, one after the other, the same ticks, and the same rates and policies.
func clocks(book *logbook, b *bank, found *findings) (h hours, err error) {
	all := make([]told, len(book.partitions))
	for p, part := range book.partitions {
		all[p] = hearing()
		t := &all[p]
		for i := range part {
			if part[i].customer != "" {
				continue
			}
			r, err := part[i].record()
			if err != nil {
				return h, err
			}
			t.hear(r)
		}
		h.Ignored += t.ignored
		for i := 1; i < len(t.closes); i++ {
			if was, is := t.closes[i-1].day, t.closes[i].day; is != was+1 {
				found.add("log, partition %d: CLOSE of %s follows that of %s", p, event.FormatDay(is), event.FormatDay(was))
			}
		}
		if !t.closed(b.first) || !t.closed(b.last) {
			found.add("log, partition %d: not every day from %s to %s is closed", p, event.FormatDay(b.first), event.FormatDay(b.last))
		}
		if missing, more := only(all[0].closes, t.closes), only(t.closes, all[0].closes); len(missing)+len(more) > 0 {
			found.add("log: partition %d lacks %d CLOSEs of partition 0 and has %d that it has not", p, len(missing), len(more))
		}
	}
	h.Days, h.Ticks, h.CutShort = len(all[0].closes), len(all[0].ticks), sameTicks(all, found)
	h.Rates = sameRules(all, found)
	return h, nil
}

// sameTicks checks that all partitions have the TICKs that count in one of them. A
// writer is sure that all have a TICK before it writes anything else: only the last
// record of one that died, or lost the office, may be missing somewhere (R100). It gives
// the number of these.
func sameTicks(all []told, found *findings) (cutShort int) {
	short := map[tick]bool{}
	lacks := make([][]tick, len(all))
	for p := range all {
		for k, term := range all[p].ticks {
			for q := range all {
				if _, has := all[q].ticks[k]; has {
					continue
				}
				if lastOf(all, p, term, k.at) {
					short[k] = true
				} else if !slices.Contains(lacks[q], k) {
					lacks[q] = append(lacks[q], k)
				}
			}
		}
	}
	for p, list := range lacks {
		if len(list) > 0 {
			first := slices.MinFunc(list, func(a, b tick) int { return cmp.Compare(a.at, b.at) })
			found.add("log, partition %d: %d TICKs that others have do not count or are missing, the first at %d", p, len(list), first.at)
		}
	}
	return len(short)
}

// lastOf tells that a TICK of partition p is the last record of its writer: nothing of
// that term follows it there, and no partition has a later TICK of it.
func lastOf(all []told, p int, term, at int64) bool {
	return all[p].last[term] == at && !slices.ContainsFunc(all, func(t told) bool { return t.last[term] > at })
}
