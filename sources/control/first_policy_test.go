package control

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// A conductor takes no new log that it has no policy to open with: it says so, and a load
// may open it meanwhile.
func TestANewLogIsNotTakenBeforeItsFirstPolicy(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		var log bytes.Buffer
		m := NewMetrics()
		clock := newHandClock(at("2024-01-03 00:00:30"))
		c := o.conductor(clock, func(c *Options) {
			c.Metrics, c.Log = m, zerolog.New(zerolog.SyncWriter(&log)).Level(zerolog.WarnLevel)
		})
		kafkatest.Until(t, "it is shown in office", func() bool { return valueOf(t, m.active) == 1 })
		// Rates are no policy.
		if err := o.topic().PublishRates(t.Context(), &pb.Rates{Day: o.day("2024-01-01"), Rates: []*pb.Rate{{Unit: "USD", RateE12: 7e12}}}); err != nil {
			t.Fatal(err)
		}
		table, err := o.topic().Refresh(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ends, err := kafka.EndOffsets(t.Context(), o.client(), o.ns.Topic(topics.Events))
		if err != nil {
			t.Fatal(err)
		}
		if table.Live != nil || !slices.Equal(ends, make([]int64, partitions)) {
			t.Errorf("the lease is %v, the log ends at %d", table.Live, ends)
		}
		b, err := o.backfillThat("load", &pb.PolicyPublication{Name: "retail", Version: 1, Yaml: []byte("policy: retail")})
		if err != nil {
			t.Fatal(err)
		}
		o.play(b, o.day("2024-01-01"), o.day("2024-01-02"))
		if err := b.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		r := o.reader()
		r.until("tick 2024-01-03 00:00")
		clock.set(at("2024-01-03 00:01:00"))
		r.until("tick 2024-01-03 00:01")
		for p, got := range r.got {
			if !slices.Equal(got[:2], []string{"term BACKFILL", "engine Asia/Shanghai"}) || count(got, "term LIVE") != 1 {
				t.Errorf("partition %d: %q", p, got)
			}
		}
		if table, err = o.topic().Refresh(t.Context()); err != nil || len(table.Policies()) != 1 {
			t.Errorf("published: %v, %v", table.Policies(), err)
		}
		if err := c.stop(); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(log.String(), "the log is new and has no policy"); n != 1 {
			t.Errorf("it is told %d times:\n%s", n, log.String())
		}
	})
}

// What a load publishes does not go before its lease, and not beside what is published.
func TestALoadPublishesUnderItsLease(t *testing.T) {
	o := newOffice(t)
	policy := func(name string) *pb.PolicyPublication {
		return &pb.PolicyPublication{Name: name, Version: 1, Yaml: []byte("policy: " + name)}
	}
	for _, name := range []string{"retail", "other"} {
		b, err := o.backfillThat("load", policy(name))
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	table, err := o.topic().Refresh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list := table.Publications(0)
	if len(list) != 1 || list[0].Policy.Name != "retail" || list[0].Offset == 0 {
		t.Errorf("published: %v", list)
	}
}
