package control

import (
	"slices"
	"testing"
	"time"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// That a source is at its end is believed at close_at if it was told since: what it got
// in the minutes before may not be read. Days whose close_at is long past need no newer
// word than any other.
func TestWhatWasToldBeforeCloseAtClosesNoDay(t *testing.T) {
	o := newOffice(t)
	schedule := &Schedule{}
	schedule.defaults()
	s := situation{Schedule: schedule, cal: o.cal, lastClose: o.day("2025-03-09")}
	for _, c := range []struct {
		what, told, now string
		due             bool
	}{
		{"before close_at", "2025-03-11 02:59:00", "2025-03-11 02:59:30", false},
		{"told before it, a batch may have come since", "2025-03-11 02:57:00", "2025-03-11 03:00:30", false},
		{"told the second before", "2025-03-11 02:59:59", "2025-03-11 03:00:00", false},
		{"told at it", "2025-03-11 03:00:00", "2025-03-11 03:00:00", true},
		{"told since", "2025-03-11 03:00:05", "2025-03-11 03:00:30", true},
		{"told since, and silent", "2025-03-11 03:00:05", "2025-03-11 03:06:00", false},
		{"an hour later", "2025-03-11 03:58:00", "2025-03-11 04:00:00", true},
		{"days later", "2025-03-14 02:58:00", "2025-03-14 02:59:00", true},
	} {
		s.now, s.sources = at(c.now), progressOf{}
		s.sources.told(t, o.cal, &pb.SourceProgress{Source: "core", Position: 7, End: 7, At: at(c.told).Unix()})
		due, waiting := s.closeDue()
		if due != c.due || s.late() >= 0 && c.due == slices.Contains(waiting, "core") {
			t.Errorf("%s: due %t, waits for %q", c.what, due, waiting)
		}
	}
}

// Midnight is a time like any other, not one that is not set.
func TestADayMayCloseAtMidnight(t *testing.T) {
	o := newOffice(t)
	schedule := &Schedule{CloseAt: new(time.Duration)}
	schedule.defaults()
	s := situation{Schedule: schedule, cal: o.cal, lastClose: o.day("2025-03-09")}
	for now, want := range map[string]bool{"2025-03-10 23:59:59": false, "2025-03-11 00:00:00": true, "2025-03-11 00:10:00": true} {
		s.now = at(now)
		if due, _ := s.closeDue(); due != want {
			t.Errorf("%s: due %t, want %t", now, due, want)
		}
	}
}

// The conductor waits for that word, and no longer.
func TestADayClosesWithTheFirstWordAfterCloseAt(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		o.publish(1, "")
		clock, m := newHandClock(at("2025-03-10 23:59:00")), NewMetrics()
		o.conductor(clock, func(c *Options) { c.Schedule.WaitFor, c.Metrics = []string{"core"}, m })
		tell := func(told string) {
			o.report(&pb.SourceProgress{Source: "core", Position: 7, End: 7, At: at(told).Unix()})
		}
		r := o.reader()
		r.until("tick 2025-03-10 23:59")
		clock.set(at("2025-03-11 02:57:00"))
		kafkatest.Until(t, "it waits for core", func() bool { return valueOf(t, m.waiting) == 1 })
		tell("2025-03-11 02:57:00")
		kafkatest.Until(t, "it has heard of core", func() bool { return valueOf(t, m.waiting) == 0 })
		clock.set(at("2025-03-11 03:00:00"))
		r.until("tick 2025-03-11 03:00")
		clock.set(at("2025-03-11 03:01:00"))
		r.until("tick 2025-03-11 03:01")
		tell("2025-03-11 03:01:00")
		r.until("close 2025-03-10")
		for p, got := range r.got {
			if slices.Index(got, "close 2025-03-10") < slices.Index(got, "tick 2025-03-11 03:01") {
				t.Errorf("partition %d: closed by what was told before: %q", p, got)
			}
		}
	})
}

// Who is waited for because nothing was told since close_at is named with that.
func TestWhoIsNotHeardOfSinceCloseAtIsNamedSo(t *testing.T) {
	schedule := &Schedule{}
	schedule.defaults()
	o := newOffice(t)
	s := &situation{Schedule: schedule, cal: o.cal, now: at("2025-03-11 03:01:00"), lastClose: o.day("2025-03-09"), sources: progressOf{}}
	s.sources.told(t, o.cal, &pb.SourceProgress{Source: "core", Position: 7, End: 7, At: at("2025-03-11 02:59:30").Unix()})
	if got, want := s.sources.why("core", s.now, s.patience()), "core: partitions not heard of since 2025-03-10T18:59:30Z"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
