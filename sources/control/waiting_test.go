package control

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/rs/zerolog"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
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
	tell("2025-03-11 03:00:00", 0) // each source must first report once more
	tell("2025-03-11 03:00:59", 0)
	tell("2025-03-11 03:01:00", 1)
	tell("2025-03-11 04:00:00", 1)
	if !strings.Contains(log.String(), `"day":"2025-03-10"`) || !strings.Contains(log.String(), "tierwatch close --force") ||
		!strings.Contains(log.String(), "conductor.wait_for") {
		t.Errorf("log %s", log.String())
	}
	var late dto.Metric
	if err := d.c.o.Metrics.late.Write(&late); err != nil || late.GetGauge().GetValue() != 3600 {
		t.Errorf("an hour late, and the metric says %v, %v", late.GetGauge(), err)
	}
	schedule.CloseAt = new(5 * time.Hour)
	d.tellWaiting(&situation{Schedule: schedule, cal: o.cal, now: at("2025-03-11 04:00:00"), lastClose: o.day("2025-03-09")}, nil)
	tell("2025-03-11 04:30:00", 1)
	tell("2025-03-11 05:01:00", 2)
}

// Why a source holds up the close is told with it: records that are not read, or nothing
// heard of it, and since when.
func TestWhyASourceHoldsUpTheCloseIsTold(t *testing.T) {
	now := at("2025-03-11 03:01:00")
	lately, before := now.Add(-time.Minute).Unix(), now.Add(-2*time.Hour).Unix()
	of := func(topics []*pb.SourceTopic, parts ...*pb.SourceProgress) *source {
		s := &source{topics: topics, parts: map[int32]*standing{}}
		for i, p := range parts {
			s.parts[int32(i)] = &standing{SourceProgress: p}
		}
		return s
	}
	whole := &pb.SourceProgress{Position: 7, End: 7, At: lately}
	sources := progressOf{
		"core":  of(nil, &pb.SourceProgress{Position: 10, End: 1200, At: lately}, &pb.SourceProgress{Position: 5, End: 15, At: lately - 1}, whole),
		"cards": of(nil, &pb.SourceProgress{Position: 7, End: 7, At: before}, &pb.SourceProgress{Position: 7, End: 9, At: lately}),
		"funds": of([]*pb.SourceTopic{topicOf("funds.nav", 3)}, whole, whole),
	}
	for source, want := range map[string]string{
		"core":  "core: 1200 records not read, as of 2025-03-10T19:00:00Z",
		"cards": "cards: partitions not heard of since 2025-03-10T17:01:00Z",
		"funds": "funds: nobody tells of 1 of its 3 partitions",
		"loans": "loans: never heard of",
	} {
		if got := sources.why(source, now, 5*time.Minute); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	var log bytes.Buffer
	d := &duty{c: &Conductor{o: Options{Metrics: NewMetrics(), Log: zerolog.New(&log)}}}
	schedule := &Schedule{}
	schedule.defaults()
	o := newOffice(t)
	s := &situation{Schedule: schedule, cal: o.cal, now: now, lastClose: o.day("2025-03-09"), sources: sources}
	d.tellWaiting(s, []string{"cards", "loans"})
	if want := `"why":["cards: partitions not heard of since 2025-03-10T17:01:00Z","loans: never heard of"]`; !strings.Contains(log.String(), want) {
		t.Errorf("told is %s, want %s", log.String(), want)
	}
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
