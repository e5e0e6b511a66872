package control

import (
	"testing"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// One source holds up a day for longer than a gap may be, while TICKs are written, and
// the conductor dies: the next one writes TICKs too, and closes when the source is there.
func TestADayThatIsHeldUpForLongStopsNoSuccessor(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		o.publish(1, "")
		waits := func(c *Options) { c.Schedule.WaitFor = []string{"core"} }
		clock := newHandClock(at("2025-03-10 10:00:00"))
		first := o.conductor(clock, waits)
		o.saved("2025-03-10 10:00:00")
		for day := 1; day <= 9; day++ {
			now := at("2025-03-10 10:00:00").AddDate(0, 0, day)
			clock.set(now)
			o.saved(now.Format("2006-01-02 15:04:05"))
		}
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
		next := o.conductor(clock, waits)
		clock.set(at("2025-03-19 10:01:00"))
		topic := o.topic()
		kafkatest.Until(t, "its successor writes a TICK", func() bool {
			select {
			case err := <-next.done:
				next.done <- err
				t.Fatalf("the successor ends: %v", err)
			default:
			}
			table, err := topic.Refresh(t.Context())
			return err == nil && table.Time.TickAt == at("2025-03-19 10:01:00").Unix()
		})
		now := at("2025-03-19 10:01:00").Unix()
		o.report(&pb.SourceProgress{Source: "core", EndOfDay: o.day("2025-03-18"), Position: 9, End: 9, At: now})
		r := o.reader()
		r.until("close 2025-03-18")
		for p, got := range r.got {
			if n := count(got, "close 2025-03-10"); n != 1 {
				t.Errorf("partition %d: the day that was held up is closed %d times", p, n)
			}
		}
	})
}

// Who comes into office does not count days that something still holds up.
func TestWhatIsAGapForWhoComesIntoOffice(t *testing.T) {
	o := newOffice(t)
	ticked, now := at("2025-03-19 10:00:00").Unix(), at("2025-03-19 10:01:00")
	lags := progressOf{}
	lags.told(t, o.cal, &pb.SourceProgress{Source: "core", Position: 3, End: 9, At: now.Unix()})
	there := progressOf{}
	there.told(t, o.cal, &pb.SourceProgress{Source: "cards", Position: 9, End: 9, At: now.Unix()})
	for name, c := range map[string]struct {
		s    situation
		want int32
	}{
		"a source lags":                                      {situation{lastTick: ticked, sources: lags}, 0},
		"a named one was not heard of":                       {situation{Schedule: &Schedule{WaitFor: []string{"core"}}, lastTick: ticked}, 0},
		"a person forces the day":                            {situation{lastTick: ticked, force: o.day("2025-03-18")}, 0},
		"the one that lagged is forgotten, another is there": {situation{lastTick: ticked, sources: there}, 9},
		"nobody was in office":                               {situation{lastTick: at("2025-03-10 10:00:00").Unix(), sources: lags}, 9},
	} {
		s := c.s
		if s.Schedule == nil {
			s.Schedule = &Schedule{}
		}
		s.Schedule.defaults()
		s.cal, s.now, s.lastClose = o.cal, now, o.day("2025-03-09")
		if got := s.outage(); got != c.want {
			t.Errorf("%s: a gap of %d days, want %d", name, got, c.want)
		}
	}
}
