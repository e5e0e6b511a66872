package control

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// told takes a report in.
func (m progressOf) told(t *testing.T, cal *event.Calendar, s *pb.SourceProgress) {
	t.Helper()
	value, err := (&pb.Report{Source: s}).MarshalVT()
	if err == nil {
		err = m.apply(&kgo.Record{Value: value}, cal)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatASourceHasSaidStaysSaid(t *testing.T) {
	cal, err := event.NewCalendar("Asia/Shanghai", "", "CNY")
	if err != nil {
		t.Fatal(err)
	}
	now := at("2025-03-10 22:00:00").Unix()
	day := cal.BusinessDay(now)
	m := progressOf{}
	report := func(s *pb.SourceProgress) { t.Helper(); m.told(t, cal, s) }
	passed := func() bool { return m.passed("core", day, cal.Cut(day)) }

	report(&pb.SourceProgress{Source: "core", At: now, EndOfDay: day + 1})
	if passed() {
		t.Error("a day that has not begun was said to be complete, and believed")
	}
	report(&pb.SourceProgress{Source: "core", At: now, EndOfDay: day})
	report(&pb.SourceProgress{Source: "core", At: now + 60}) // its successor
	if !passed() {
		t.Error("the end of the day is forgotten")
	}
	now = cal.Cut(day) + 60
	report(&pb.SourceProgress{Source: "core", Partition: 1, At: now, Watermark: cal.Cut(day) - 1})
	if passed() {
		t.Error("one partition speaks for the other")
	}
	report(&pb.SourceProgress{Source: "core", Partition: 1, At: now, Watermark: cal.Cut(day)})
	report(&pb.SourceProgress{Source: "core", Partition: 1, At: now + 60})
	if !passed() {
		t.Error("the watermark is forgotten")
	}
}

// One marker for a whole topic: no record of the day is left behind in another
// partition, whoever reads it and however late.
func TestAMarkerForTheWholeTopic(t *testing.T) {
	cal, err := event.NewCalendar("Asia/Shanghai", "", "CNY")
	if err != nil {
		t.Fatal(err)
	}
	now := at("2025-03-10 22:00:00").Unix()
	day := cal.BusinessDay(now)
	end := func(day int32, ends ...int64) *pb.TopicEnd {
		e := &pb.TopicEnd{Day: day}
		for p, at := range ends {
			e.Ends = append(e.Ends, &pb.PartitionEnd{Partition: int32(p), End: at})
		}
		return e
	}
	progress := func(partition int32, position int64, e *pb.TopicEnd) *pb.SourceProgress {
		return &pb.SourceProgress{Source: "core", Partition: partition, At: now, Position: position, End: 100, TopicEnd: e}
	}
	m := progressOf{}
	for _, step := range []struct {
		what   string
		report *pb.SourceProgress
		passed bool
	}{
		{"nothing is said", progress(0, 9, nil), false},
		{"the day has not begun", progress(0, 10, end(day+1, 10, 0)), false},
		{"nobody has told of partition 1", progress(0, 10, end(day, 10, 7)), false},
		{"partition 1 is behind", progress(1, 6, nil), false},
		{"partition 1 has come to where it ended", progress(1, 7, nil), true},
		{"a successor of partition 0 begins", progress(0, 10, nil), true},
		{"the day before is said again", progress(0, 11, end(day-1, 11, 8)), true},
		{"partition 2 is not of this topic and silent", progress(2, 0, nil), false},
		{"it says so itself", &pb.SourceProgress{Source: "core", Partition: 2, At: now, EndOfDay: day}, true},
	} {
		m.told(t, cal, step.report)
		if got := m.passed("core", day, cal.Cut(day)); got != step.passed {
			t.Errorf("%s: passed %t, want %t", step.what, got, step.passed)
		}
	}
}
