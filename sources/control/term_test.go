package control

import (
	"slices"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// An office ends when the group has let go of its holder, who is told so when he is heard
// again.
func TestALostMembershipEndsTheOffice(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		var line line
		stands := func(kafka []kgo.Opt) *election {
			c, err := NewConductor(Options{
				Kafka: kafka, Namespace: o.ns, Partitions: partitions, Calendar: o.cal, Clock: newHandClock(at("2025-03-10 10:00:00")),
				Engine: engine(), Holder: "test", SessionTimeout: 2 * time.Second, Log: zerolog.Nop(),
			})
			if err != nil {
				t.Fatal(err)
			}
			e, err := c.stand()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(e.close)
			return e
		}
		first := stands(append(slices.Clip(o.kafka), kgo.Dialer(line.dial)))
		office := <-first.offices
		second := stands(o.kafka)
		kafkatest.GroupStable(t, kadm.NewClient(o.client()), o.ns.Group("conductor"), 2)
		line.cut()
		<-second.offices
		line.mend()
		kafkatest.Until(t, "the first office ends", func() bool { return office.Err() != nil })
	})
}

// What one says of his place after another has claimed the office counts for nothing, in
// the order of the records; it does where nothing else is left.
func TestThePlaceOfALowerTermCountsForNothing(t *testing.T) {
	lease := func(m pb.Mode) *pb.Lease { return &pb.Lease{Holder: "h", Mode: m} }
	place := func(m pb.Mode, term int64, closed int32) *pb.TimeProgress {
		return &pb.TimeProgress{Mode: m, Term: term, LastClose: closed}
	}
	type record struct {
		key string
		m   marshaller
	}
	for _, m := range []pb.Mode{pb.Mode_LIVE, pb.Mode_BACKFILL} {
		for name, c := range map[string]struct {
			records []record
			want    int32
		}{
			"his own":            {[]record{{leaseKey(m), lease(m)}, {keyTime, place(m, 0, 10)}}, 10},
			"one who was passed": {[]record{{leaseKey(m), lease(m)}, {keyTime, place(m, 0, 10)}, {leaseKey(m), lease(m)}, {keyTime, place(m, 0, 11)}}, 10},
			"the next one's":     {[]record{{leaseKey(m), lease(m)}, {leaseKey(m), lease(m)}, {keyTime, place(m, 1, 12)}, {keyTime, place(m, 0, 11)}}, 12},
			"nothing else left":  {[]record{{"x", lease(m)}, {leaseKey(m), lease(m)}, {keyTime, place(m, 0, 11)}}, 11},
		} {
			table := newTable()
			for i, r := range c.records {
				value, err := r.m.MarshalVT()
				if err == nil {
					err = table.apply(&kgo.Record{Key: []byte(r.key), Value: value, Offset: int64(i)})
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if got := table.Time.LastClose; got != c.want {
				t.Errorf("%s, %s: the last day closed is %d, want %d", m, name, got, c.want)
			}
		}
	}
}

// The one in office says his place again behind that of another.
func TestAPlaceThatWasOverwrittenIsSaidAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		clock := newHandClock(at("2025-03-10 10:00:00"))
		o.publish(1, "")
		o.conductor(clock)
		o.saved("2025-03-10 10:00:00")
		topic := o.topic()
		if err := topic.saveTime(t.Context(), &pb.TimeProgress{Mode: pb.Mode_LIVE, LastClose: o.day("2025-06-30")}); err != nil {
			t.Fatal(err)
		}
		kafkatest.Until(t, "the place is said again", func() bool {
			table, err := topic.Refresh(t.Context())
			return err == nil && table.placedBy == table.Live.Offset && table.Live.Offset > 0
		})
		if table := topic.Table(); table.Time.LastClose != o.day("2025-03-09") {
			t.Errorf("the last day closed is %d, want %d", table.Time.LastClose, o.day("2025-03-09"))
		}
	})
}

// A conductor died when it had noted the day of an activation, and some partitions had
// it: the next one writes the same day, whatever the clock says by then.
func TestAnActivationHasOneDay(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		clock := newHandClock(at("2025-03-10 10:00:00"))
		o.publish(1, "")
		first := o.conductor(clock)
		o.saved("2025-03-10 10:00:00")
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
		topic := o.topic()
		table, err := topic.Refresh(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		noted := table.Time.CloneVT()
		noted.Policies = append(noted.Policies, &pb.PolicyDay{Version: 2, EffectiveDay: o.day("2025-03-20")})
		if err := topic.saveTime(t.Context(), noted); err != nil {
			t.Fatal(err)
		}
		o.publish(2, "2025-03-12")
		o.conductor(clock)
		r := o.reader()
		r.until("policy retail 2 from 2025-03-20")
	})
}

// Rates that were published before the first policy are in the log too.
func TestRatesBeforeTheFirstPolicyAreWritten(t *testing.T) {
	o := newOffice(t)
	rates := &pb.Rates{Day: o.day("2025-03-10"), Rates: []*pb.Rate{{Unit: "USD", RateE12: 7e12}}}
	if err := o.topic().PublishRates(t.Context(), rates); err != nil {
		t.Fatal(err)
	}
	o.publish(1, "")
	o.conductor(newHandClock(at("2025-03-10 10:00:00")))
	r := o.reader()
	r.until("tick 2025-03-10 10:00")
	for p, got := range r.got {
		if n := count(got, "rates 2025-03-10 USD"); n != 1 {
			t.Errorf("partition %d has the rates %d times: %q", p, n, got)
		}
	}
}
