package control

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/rs/zerolog"
)

// Sources that lag behind the cut are told when the day should be closed by now,
// once for the same sources.
func TestWaitingIsToldWhenItLasts(t *testing.T) {
	o := newOffice(t)
	var log bytes.Buffer
	d := &duty{c: &Conductor{o: Options{Metrics: NewMetrics(), Log: zerolog.New(&log).Level(zerolog.WarnLevel)}}}
	schedule := &Schedule{WaitFor: []string{"core"}}
	schedule.defaults()
	tell := func(now string, want int) {
		t.Helper()
		s := &situation{Schedule: schedule, cal: o.cal, now: at(now), lastClose: o.day("2025-03-09"), sources: progressOf{}}
		due, waiting := s.closeDue()
		if due {
			t.Fatalf("%s: due although core lags", now)
		}
		d.tellWaiting(s, waiting)
		if got := strings.Count(log.String(), `"sources":["core"]`); got != want {
			t.Errorf("%s: told %d times, want %d:\n%s", now, got, want, log.String())
		}
	}
	tell("2025-03-10 12:00:00", 0) // the day is not over
	tell("2025-03-11 00:00:10", 0)
	tell("2025-03-11 02:59:59", 0)
	tell("2025-03-11 03:00:00", 1)
	tell("2025-03-11 04:00:00", 1)
	if !strings.Contains(log.String(), `"day":"2025-03-10"`) || !strings.Contains(log.String(), "tierwatch close --force") ||
		!strings.Contains(log.String(), "conductor.wait_for") {
		t.Errorf("log %s", log.String())
	}
	var late dto.Metric
	if err := d.c.o.Metrics.late.Write(&late); err != nil || late.GetGauge().GetValue() != 3600 {
		t.Errorf("an hour late, and the metric says %v, %v", late.GetGauge(), err)
	}
	schedule.CloseAt = 5 * time.Hour
	d.tellWaiting(&situation{Schedule: schedule, cal: o.cal, now: at("2025-03-11 04:00:00"), lastClose: o.day("2025-03-09")}, nil)
	tell("2025-03-11 04:30:00", 1)
	tell("2025-03-11 05:00:00", 2)
}

// A conductor that left office shows nothing late: its successor does.
func TestOutOfOfficeNothingIsLate(t *testing.T) {
	m := NewMetrics()
	for _, g := range []prometheus.Gauge{m.active, m.waiting, m.late} {
		g.Set(7)
	}
	m.leave()
	for i, g := range []prometheus.Gauge{m.active, m.waiting, m.late} {
		var is dto.Metric
		if err := g.Write(&is); err != nil || is.GetGauge().GetValue() != 0 {
			t.Errorf("gauge %d: %v, %v", i, is.GetGauge(), err)
		}
	}
}
