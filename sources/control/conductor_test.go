package control

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

func TestALogOpensWithEnginePolicyTick(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		clock := newHandClock(at("2025-03-10 09:30:20"))
		o.conductor(clock)
		o.publish(1, "")
		r := o.reader()
		r.until("tick 2025-03-10 09:30")
		want := []string{"term LIVE", "engine Asia/Shanghai", "policy retail 1 from 2025-03-10", "tick 2025-03-10 09:30"}
		for p, got := range r.got {
			if !slices.Equal(got, want) {
				t.Errorf("partition %d: %q, want %q", p, got, want)
			}
		}
		clock.set(at("2025-03-10 09:31:00"))
		r.until("tick 2025-03-10 09:31")
	})
}

func TestADayClosesWhenItsSourcesAreDone(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		clock := newHandClock(at("2025-03-10 23:59:00"))
		o.publish(1, "")
		rates := fixedRates{"USD"}
		o.conductor(clock, func(c *Options) {
			c.Schedule.WaitFor = []string{"core", "cards"}
			c.Rates = rates
		})
		r := o.reader()
		r.until("tick 2025-03-10 23:59")
		clock.set(at("2025-03-11 00:30:00"))
		r.until("tick 2025-03-11 00:30")
		day, now := o.day("2025-03-10"), at("2025-03-11 00:30:00").Unix()
		o.report(&pb.SourceProgress{Source: "core", Partition: 0, EndOfDay: day, Position: 10, End: 10, At: now})
		o.report(&pb.SourceProgress{Source: "core", Partition: 1, EndOfDay: day, Position: 10, End: 10, At: now})
		o.report(&pb.SourceProgress{Source: "cards", Partition: 0, Watermark: o.cal.Cut(day) - 1, Position: 5, End: 9, At: now})
		clock.set(at("2025-03-11 00:31:00"))
		r.until("tick 2025-03-11 00:31")
		clock.set(at("2025-03-11 03:01:00")) // close.at has passed, but cards lags
		r.until("tick 2025-03-11 03:01")
		for p, got := range r.got {
			if contains(got, "close 2025-03-10") {
				t.Fatalf("partition %d closed while a source lags", p)
			}
		}
		o.report(&pb.SourceProgress{Source: "cards", Partition: 0, Watermark: o.cal.Cut(day), Position: 9, End: 9, At: now})
		r.until("close 2025-03-10")
		for p, got := range r.got {
			i, j := slices.Index(got, "rates 2025-03-10 USD"), slices.Index(got, "close 2025-03-10")
			if i < 0 || i > j {
				t.Errorf("partition %d: rates must come before the CLOSE: %q", p, got)
			}
		}
	})
}

type fixedRates []string

func (f fixedRates) Rates(_ context.Context, day int32) (*pb.Rates, error) {
	r := &pb.Rates{Day: day}
	for _, u := range f {
		r.Rates = append(r.Rates, &pb.Rate{Unit: u, RateE12: 7e12})
	}
	return r, nil
}

func TestAPersonMayForceAClose(t *testing.T) {
	o := newOffice(t)
	clock := newHandClock(at("2025-03-10 23:59:00"))
	o.publish(1, "")
	o.conductor(clock, func(c *Options) { c.Schedule.WaitFor = []string{"core"} })
	r := o.reader()
	r.until("tick 2025-03-10 23:59")
	clock.set(at("2025-03-11 09:00:00"))
	r.until("tick 2025-03-11 09:00")
	if err := o.topic().ForceClose(t.Context(), &pb.ForceClose{Day: o.day("2025-03-10"), Reason: "core is down"}); err != nil {
		t.Fatal(err)
	}
	r.until("close 2025-03-10")
}

func TestPublicationsReachTheLogOnceInOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		clock := newHandClock(at("2025-03-10 10:00:00"))
		o.publish(1, "")
		first := o.conductor(clock)
		r := o.reader()
		r.until("tick 2025-03-10 10:00")
		o.publish(2, "2025-04-01")
		if err := o.topic().PublishRates(t.Context(), &pb.Rates{Day: o.day("2025-03-10"), Rates: []*pb.Rate{{Unit: "USD", RateE12: 7e12}}}); err != nil {
			t.Fatal(err)
		}
		o.publish(3, "2025-03-01") // too late for its day, and version 2 comes before it
		r.until("policy retail 3 from 2025-04-01")
		clock.set(at("2025-03-10 10:01:00"))
		o.saved("2025-03-10 10:01:00") // and so the publications before it
		// Which version is in force when is noted too.
		table, err := o.topic().Refresh(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		noted := table.Time.Policies
		for i, day := range []string{"2025-03-10", "2025-04-01", "2025-04-01"} {
			if len(noted) != 3 || noted[i].Version != uint32(i+1) || noted[i].EffectiveDay != o.day(day) {
				t.Errorf("policies noted: %v, version %d is from %s", noted, i+1, day)
			}
		}
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
		o.conductor(clock)
		clock.set(at("2025-03-10 10:05:00"))
		r.until("tick 2025-03-10 10:05")
		for p, got := range r.got {
			var published []string
			for _, g := range got {
				if strings.HasPrefix(g, "policy") || strings.HasPrefix(g, "rates") {
					published = append(published, g)
				}
			}
			want := []string{"policy retail 1 from 2025-03-10", "policy retail 2 from 2025-04-01", "rates 2025-03-10 USD", "policy retail 3 from 2025-04-01"}
			if !slices.Equal(published, want) {
				t.Errorf("partition %d: %q, want %q", p, published, want)
			}
		}
	})
}

func TestOneConductorIsActiveAndTheNextTakesOver(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		clock := newHandClock(at("2025-03-10 10:00:00"))
		o.publish(1, "")
		first := o.conductor(clock)
		r := o.reader()
		r.until("tick 2025-03-10 10:00")
		second := o.conductor(clock)
		kafkatest.GroupStable(t, kadm.NewClient(o.client()), o.ns.Group("conductor"), 2)
		clock.set(at("2025-03-10 10:01:00"))
		r.until("tick 2025-03-10 10:01")
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
		clock.set(at("2025-03-10 10:02:00"))
		r.until("tick 2025-03-10 10:02")
		for p, got := range r.got {
			seen := map[string]int{}
			for _, g := range got {
				seen[g]++
			}
			if seen["tick 2025-03-10 10:01"] != 1 || seen["engine Asia/Shanghai"] != 1 {
				t.Errorf("partition %d: written twice: %q", p, got)
			}
		}
		o.saved("2025-03-10 10:02:00")
		if err := second.stop(); err != nil {
			t.Fatal(err)
		}
		table, err := o.topic().Refresh(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if table.Time.Term != table.Live.Offset || table.Time.TickAt != at("2025-03-10 10:02:00").Unix() {
			t.Errorf("progress %v, live claim at %d", table.Time, table.Live.Offset)
		}
	})
}

// The one in office dies as its process would: nobody leaves the group, and nothing it
// still tries gets out. The other is in office when the session has timed out.
func TestAConductorDiesAndTheNextTakesOver(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		clock := newHandClock(at("2025-03-10 10:00:00"))
		o.publish(1, "")
		var line line
		first := o.conductor(clock, func(c *Options) { c.Kafka = append(slices.Clip(c.Kafka), kgo.Dialer(line.dial)) })
		r := o.reader()
		r.until("tick 2025-03-10 10:00")
		o.conductor(clock)
		kafkatest.GroupStable(t, kadm.NewClient(o.client()), o.ns.Group("conductor"), 2)
		line.cut()
		clock.set(at("2025-03-10 10:01:00"))
		r.until("tick 2025-03-10 10:01")
		_ = first.stop() // it may have something to say
		clock.set(at("2025-03-11 03:01:00"))
		r.until("close 2025-03-10")
		for p, got := range r.got {
			for _, once := range []string{"tick 2025-03-10 10:00", "tick 2025-03-10 10:01", "close 2025-03-10", "engine Asia/Shanghai"} {
				if n := count(got, once); n != 1 {
					t.Errorf("partition %d: %q is written %d times: %q", p, once, n, got)
				}
			}
		}
	})
}

func TestAClockThatGoesBackWritesNothing(t *testing.T) {
	o := newOffice(t)
	clock := newHandClock(at("2025-03-10 10:00:00"))
	o.publish(1, "")
	o.conductor(clock)
	r := o.reader()
	r.until("tick 2025-03-10 10:00")
	clock.set(at("2025-03-10 09:00:00"))
	o.publish(2, "2025-04-01") // wakes it
	r.until("policy retail 2 from 2025-04-01")
	clock.set(at("2025-03-10 10:01:00"))
	r.until("tick 2025-03-10 10:01")
	for p, got := range r.got {
		if got[len(got)-1] != "tick 2025-03-10 10:01" || contains(got, "tick 2025-03-10 09:00") {
			t.Errorf("partition %d: %q", p, got)
		}
	}
}

// A version never comes into force before an older one that waits: what is written is the
// day on which it does (rule R178).
func TestAPolicyDoesNotOvertakeOneThatWaits(t *testing.T) {
	o := newOffice(t)
	o.publish(1, "")
	o.conductor(newHandClock(at("2025-03-10 10:00:00")))
	r := o.reader()
	r.until("tick 2025-03-10 10:00")
	o.publish(2, "2025-04-01")
	o.publish(3, "2025-03-15")
	o.publish(4, "2025-04-02")
	r.until("policy retail 4 from 2025-04-02")
	for p, got := range r.got {
		if !contains(got, "policy retail 2 from 2025-04-01") || !contains(got, "policy retail 3 from 2025-04-01") {
			t.Errorf("partition %d: %q", p, got)
		}
	}
}

// The clock of the one in office is set a month ahead, and so are those of its sources:
// it writes nothing more, and one with a right clock goes on.
func TestAClockThatJumpsAheadClosesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		clock := newHandClock(at("2025-03-10 10:00:00"))
		o.publish(1, "")
		astray := o.conductor(clock)
		r := o.reader()
		r.until("tick 2025-03-10 10:00")
		o.saved("2025-03-10 10:00:00")
		ahead := at("2025-04-09 10:00:00")
		o.report(&pb.SourceProgress{Source: "core", At: ahead.Unix(), Watermark: ahead.Unix(), Position: 3, End: 3})
		clock.jump(ahead)
		o.publish(2, "") // wakes it
		select {
		case err := <-astray.done:
			astray.done <- err
			for _, part := range []string{"2025-03-10", "2025-04-09", "30 days", "--catch-up"} {
				if !errors.Is(err, ErrGap) || !strings.Contains(err.Error(), part) {
					t.Fatalf("error %v, want it to tell %q", err, part)
				}
			}
		case <-time.After(patience):
			t.Error("it is still in office")
			_ = astray.stop()
		}
		o.conductor(newHandClock(at("2025-03-10 10:01:00")))
		r.until("tick 2025-03-10 10:01")
		for p, got := range r.got {
			for _, wrote := range got {
				if strings.HasPrefix(wrote, "close") || strings.Contains(wrote, "2025-04") {
					t.Fatalf("partition %d: it wrote %q", p, wrote)
				}
			}
			if !contains(got, "policy retail 2 from 2025-03-11") {
				t.Errorf("partition %d: the policy is not in it: %q", p, got)
			}
		}
	})
}

// A policy that waits is not put into force behind the days that the clock has left out.
func TestAClockThatJumpsAheadPutsNoPolicyIntoForce(t *testing.T) {
	o := newOffice(t)
	topic := o.topic()
	o.publish(1, "")
	if _, err := topic.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := &duty{
		c: &Conductor{o: Options{Calendar: o.cal, Clock: newHandClock(at("2025-04-09 10:00:00")), Metrics: NewMetrics()}}, topic: topic,
		scribe: &scribe{topic: topic, done: &pb.TimeProgress{TickAt: at("2025-03-10 10:00:00").Unix(), LastClose: o.day("2025-03-09")}},
	}
	if wrote, _, err := d.write(t.Context()); wrote || !errors.Is(err, ErrGap) || d.scribe.noted(1) != 0 {
		t.Errorf("wrote %t, version 1 from day %d, error %v", wrote, d.scribe.noted(1), err)
	}
}

// In office a day that a source holds up for long is no gap: the TICKs tell that the
// clock went on as it should.
func TestADayThatIsHeldUpForLongIsNoGap(t *testing.T) {
	o := newOffice(t)
	s := situation{Schedule: &Schedule{}, cal: o.cal, lastTick: at("2025-03-20 23:59:00").Unix(), lastClose: o.day("2025-03-01")}
	for _, now := range []struct {
		at   string
		jump int32
	}{{"2025-03-20 23:59:30", 0}, {"2025-03-21 00:00:00", 1}, {"2025-03-27 12:00:00", 7}, {"2025-03-28 00:00:00", 8}} {
		if s.now = at(now.at); s.jump() != now.jump {
			t.Errorf("at %s: %d days, want %d", now.at, s.jump(), now.jump)
		}
	}
	// A load has closed the day of its last TICK.
	s.lastClose = o.day("2025-03-20")
	if s.jump() != s.gap() || s.jump() != 7 {
		t.Errorf("behind a load: %d days since the last TICK, %d not closed, want 7", s.jump(), s.gap())
	}
}

func TestAGapOfAYearNeedsCatchUp(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		clock := newHandClock(at("2024-03-10 10:00:00"))
		o.publish(1, "")
		first := o.conductor(clock)
		r := o.reader()
		r.until("tick 2024-03-10 10:00")
		o.saved("2024-03-10 10:00:00")
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
		late := newHandClock(at("2025-03-10 10:00:00"))
		refused := o.conductor(late)
		err := <-refused.done
		refused.done <- err
		for _, part := range []string{"2024-03-09", "365 days", "--catch-up", "--roles warehouse"} {
			if !errors.Is(err, ErrGap) || !strings.Contains(err.Error(), part) {
				t.Fatalf("error %v, want it to tell %q", err, part)
			}
		}
		// An office that is lost between a CLOSE and its place would write it once more.
		o.conductor(late, func(c *Options) { c.Schedule.CatchUp, c.SessionTimeout = true, 30*time.Second })
		r.until("close 2025-03-09")
		for p, got := range r.got {
			closes := slices.DeleteFunc(slices.Clone(got), func(s string) bool { return !strings.HasPrefix(s, "close") })
			if len(closes) != 365 || !slices.IsSorted(closes) {
				t.Errorf("partition %d: %d closes, want one for each of 365 days, in order", p, len(closes))
			}
		}
	})
}

func TestAWeekIsCaughtUpUnasked(t *testing.T) {
	s := situation{Schedule: &Schedule{}, now: at("2025-03-11 00:30:00"), lastClose: 0}
	s.Schedule.defaults()
	o := newOffice(t)
	s.cal, s.lastClose = o.cal, o.day("2025-03-03")
	if s.gap() != MaxGap {
		t.Errorf("gap %d, want %d", s.gap(), MaxGap)
	}
	if due, _ := s.closeDue(); !due {
		t.Error("without sources, a day past close.at is due")
	}
	s.lastClose = o.day("2025-03-09")
	if due, _ := s.closeDue(); due {
		t.Error("close.at of the last day has not come")
	}
	s.now = at("2025-03-11 03:00:00")
	if due, _ := s.closeDue(); !due {
		t.Error("close.at has come")
	}
	s.sources = progressOf{}
	s.sources.told(t, o.cal, &pb.SourceProgress{Source: "core", Position: 3, End: 3, At: s.now.Add(-time.Hour).Unix()})
	if due, waiting := s.closeDue(); due || !slices.Equal(waiting, []string{"core"}) {
		t.Errorf("a silent source counts as lagging: due %v, waiting %q", due, waiting)
	}
}
