package control

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

func TestWhatASourceHasSaidStaysSaid(t *testing.T) {
	cal, err := event.NewCalendar("Asia/Shanghai", "", "CNY")
	if err != nil {
		t.Fatal(err)
	}
	now := at("2025-03-10 22:00:00").Unix()
	day := cal.BusinessDay(now)
	m := progressOf{}
	report := func(s *pb.SourceProgress) {
		t.Helper()
		value, err := (&pb.Report{Source: s}).MarshalVT()
		if err == nil {
			err = m.apply(&kgo.Record{Value: value}, cal)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
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
