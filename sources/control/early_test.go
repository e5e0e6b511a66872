package control

import (
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// One record with a wrong date says nothing of the days before that date, neither when
// it is told nor when its date has come; what is told behind it counts.
func TestAWatermarkAheadOfItsTimeIsNoEndOfADay(t *testing.T) {
	cal, err := event.NewCalendar("Asia/Shanghai", "", "CNY")
	if err != nil {
		t.Fatal(err)
	}
	now := at("2025-03-10 22:00:00").Unix()
	day := cal.BusinessDay(now)
	const month = 30 * daySeconds
	m := progressOf{}
	report := func(at, watermark int64) {
		t.Helper()
		m.told(t, cal, &pb.SourceProgress{Source: "core", At: at, Watermark: watermark})
	}
	passed := func(day int32) bool { return m.passed("core", day, cal.Cut(day)) }

	report(now, now+month)
	if passed(day) || passed(day+5) {
		t.Error("a booking of next month ends the days before it")
	}
	report(now+daySeconds, now+3600) // its successor has not read that booking
	if passed(day) {
		t.Error("the day has not ended, by what was told since")
	}
	report(now+daySeconds, cal.Cut(day))
	if !passed(day) || passed(day+1) {
		t.Error("what was told since does not count")
	}
	report(now+daySeconds, now+month) // another one of that kind, told until its date has come
	report(now+month, now+month)
	if passed(day + 5) {
		t.Error("the wrong date has come, and what was read a month ago ends the days before it")
	}
	report(now+month, now+month-60)
	if !passed(day+5) || passed(day+30) {
		t.Error("what was told since does not count")
	}
}

// Clocks of a bank and of Tierwatch differ: a source that is always some seconds ahead
// ends its days by its events like any other.
func TestASourceWhoseClockIsAheadEndsItsDays(t *testing.T) {
	cal, err := event.NewCalendar("Asia/Shanghai", "", "CNY")
	if err != nil {
		t.Fatal(err)
	}
	day := cal.BusinessDay(at("2025-03-10 12:00:00").Unix())
	cut := cal.Cut(day)
	m := progressOf{}
	for i := int64(-10); i <= 3; i++ {
		m.told(t, cal, &pb.SourceProgress{Source: "core", At: cut + i, Watermark: cut + i + 3})
		if i < 0 && m.passed("core", day, cut) {
			t.Errorf("%d s before the cut the day has ended", -i)
		}
	}
	if !m.passed("core", day, cut) {
		t.Error("3 s after the cut, nothing that was told as being past it counts")
	}
}

// A marker for a day that had not begun is none, also when the day has come and the
// reader still tells of it; one that is told anew counts.
func TestAMarkerAheadOfItsDayIsNone(t *testing.T) {
	cal, err := event.NewCalendar("Asia/Shanghai", "", "CNY")
	if err != nil {
		t.Fatal(err)
	}
	now := at("2025-03-10 22:00:00").Unix()
	day := cal.BusinessDay(now)
	partition := func(day int32, position int64) *pb.SourceProgress {
		return &pb.SourceProgress{Source: "core", Position: position, EndOfDay: day}
	}
	topic := func(day int32, position int64) *pb.SourceProgress {
		p := &pb.SourceProgress{Source: "core", Position: position}
		if day != 0 {
			p.TopicEnd = &pb.TopicEnd{Day: day, Ends: []*pb.PartitionEnd{{End: position}}}
		}
		return p
	}
	for name, marker := range map[string]func(int32, int64) *pb.SourceProgress{"partition": partition, "topic": topic} {
		t.Run(name, func(t *testing.T) {
			m := progressOf{}
			report := func(at int64, p *pb.SourceProgress) {
				t.Helper()
				p.At = at
				m.told(t, cal, p)
			}
			passed := func(day int32) bool { return m.passed("core", day, cal.Cut(day)) }

			report(now, marker(day+1, 7))
			report(now+daySeconds, marker(day+1, 7))
			if passed(day) || passed(day+1) {
				t.Error("a marker for tomorrow is believed tomorrow")
			}
			report(now+daySeconds, marker(0, 8)) // its successor, who reads the day's own marker then
			report(now+daySeconds, marker(day+1, 9))
			if !passed(day+1) || passed(day+2) {
				t.Error("the day's own marker does not count")
			}
			far := day + 75*365
			report(now+daySeconds, marker(far, 10))
			report(now+2*daySeconds, marker(day+2, 11))
			if !passed(day+2) || passed(day+3) {
				t.Error("behind a marker for 2099 the day's own does not count")
			}
		})
	}
}
