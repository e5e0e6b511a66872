package control

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

func (o *office) backfill(holder string) (*Backfill, error) { return o.backfillThat(holder, nil) }

// backfillThat publishes a policy too.
func (o *office) backfillThat(holder string, publish *pb.PolicyPublication) (*Backfill, error) {
	b, err := StartBackfill(o.t.Context(), BackfillOptions{
		Kafka: o.kafka, Namespace: o.ns, Writer: kafka.WriterOptions{Partitions: partitions}, Calendar: o.cal, Holder: holder, Publish: publish,
		Opening: &Opening{
			Engine: engine(), At: at("2024-01-01 00:00:00").Unix(),
			Policy: &pb.PolicyActivation{Name: "retail", Version: 1, EffectiveDay: o.day("2024-01-01"), Yaml: []byte("policy: retail")},
		},
	})
	if err == nil {
		o.t.Cleanup(b.Close)
	}
	return b, err
}

func customer(i int) (string, *pb.LogRecord) {
	id := fmt.Sprintf("C%d", i)
	return id, &pb.LogRecord{Transaction: &pb.Transaction{CustomerId: id}}
}

// play writes days of a few customers.
func (o *office) play(b *Backfill, from, to int32) {
	o.t.Helper()
	for day := from; day <= to; day++ {
		if err := b.OpenDay(o.t.Context(), day); err != nil {
			o.t.Fatal(err)
		}
		for i := range 9 {
			id, r := customer(i)
			if err := b.Write(o.t.Context(), id, r, nil); err != nil {
				o.t.Fatal(err)
			}
		}
		if err := b.Rates(o.t.Context(), &pb.Rates{Day: day, Rates: []*pb.Rate{{Unit: "USD", RateE12: 7e12}}}); err != nil {
			o.t.Fatal(err)
		}
		if err := b.CloseDay(o.t.Context(), day); err != nil {
			o.t.Fatal(err)
		}
	}
}

func TestHistoryThenLive(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		b, err := o.backfill("load 1")
		if err != nil {
			t.Fatal(err)
		}
		// A conductor that is up waits for the release.
		clock := newHandClock(at("2024-01-04 00:00:30"))
		o.conductor(clock)
		o.play(b, o.day("2024-01-01"), o.day("2024-01-03"))
		if err := b.Handover(t.Context(), o.day("2024-01-03")); err != nil {
			t.Fatal(err)
		}
		if err := b.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		r := o.reader()
		r.until("term LIVE")
		clock.set(at("2024-01-04 00:01:30"))
		r.until("tick 2024-01-04 00:01")
		for p, got := range r.got {
			var control []string
			for _, g := range got {
				if !strings.HasPrefix(g, "customer") {
					control = append(control, g)
				}
			}
			want := []string{
				"term BACKFILL", "engine Asia/Shanghai", "policy retail 1 from 2024-01-01", "tick 2024-01-01 00:00",
				"rates 2024-01-01 USD", "close 2024-01-01",
				"tick 2024-01-02 00:00", "rates 2024-01-02 USD", "close 2024-01-02",
				"tick 2024-01-03 00:00", "rates 2024-01-03 USD", "close 2024-01-03",
				"handover 2024-01-03", "term LIVE",
			}
			if len(control) < len(want) || !slices.Equal(control[:len(want)], want) {
				t.Errorf("partition %d: %q, want %q", p, control, want)
			}
		}
		_, err = o.backfill("load 2")
		if !errors.Is(err, ErrLive) {
			t.Errorf("a load into a live log: %v, want ErrLive", err)
		}
	})
}

func TestALoadThatDiedIsTakenOver(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		dead, err := o.backfill("load")
		if err != nil {
			t.Fatal(err)
		}
		o.play(dead, o.day("2024-01-01"), o.day("2024-01-02"))
		next, err := o.backfill("load, again")
		if err != nil {
			t.Fatal(err)
		}
		if next.scribe.term <= dead.scribe.term {
			t.Errorf("term %d, want more than %d", next.scribe.term, dead.scribe.term)
		}
		// The second CLOSE was not known to be everywhere: it is written again.
		if next.LastClose() != o.day("2024-01-01") {
			t.Errorf("last close %d, want %d", next.LastClose(), o.day("2024-01-01"))
		}
		if err := dead.Flush(t.Context()); !errors.Is(err, errSuperseded) {
			t.Errorf("the dead load goes on: %v", err)
		}
		o.play(next, o.day("2024-01-02"), o.day("2024-01-03"))
		if err := next.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		table, err := o.topic().Refresh(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if table.Mode() != pb.Mode_LIVE || table.Time.LastClose != o.day("2024-01-03") {
			t.Errorf("mode %v, last close %d", table.Mode(), table.Time.LastClose)
		}
	})
}

func TestANewLogNeedsAnOpeningThatFits(t *testing.T) {
	o := newOffice(t)
	for _, c := range []struct {
		opening *Opening
		want    string
	}{
		{nil, "the log is new"},
		{&Opening{}, "ENGINE"},
		{&Opening{Engine: engine()}, "policy publish"},
		{&Opening{Engine: &pb.Engine{Version: 1, TimeZone: "Europe/Prague", BaseCurrency: "CNY"}, Policy: &pb.PolicyActivation{Yaml: []byte("x")}}, "time zone"},
		{&Opening{Engine: &pb.Engine{Version: 1, TimeZone: "Asia/Shanghai", BaseCurrency: "CZK"}, Policy: &pb.PolicyActivation{Yaml: []byte("x")}}, "base currency"},
	} {
		_, err := StartBackfill(t.Context(), BackfillOptions{
			Kafka: o.kafka, Namespace: o.ns, Writer: kafka.WriterOptions{Partitions: partitions}, Calendar: o.cal, Opening: c.opening,
		})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}

func TestTheGate(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		clock := newHandClock(at("2024-01-01 00:00:00"))
		gate, err := NewGate(o.kafka, o.ns, clock, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(gate.Close)
		see := func(want bool, when string) {
			t.Helper()
			if err := gate.refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			if gate.Open() != want {
				t.Errorf("%s: open %v, want %v", when, !want, want)
			}
		}
		see(false, "no log")
		b, err := o.backfill("load")
		if err != nil {
			t.Fatal(err)
		}
		see(false, "a load is at work")
		if err := b.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		see(true, "the load is over")
		clock.set(at("2024-01-01 00:05:01"))
		see(false, "the TICK is stale")
		o.conductor(clock)
		r := o.reader()
		r.until("tick 2024-01-01 00:05")
		for !gate.Open() { // the progress is saved after the TICK
			if err := gate.follow(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestScaledClock(t *testing.T) {
	c := NewScaled(at("2025-01-01 00:00:00"), 86400)
	reached, stop := c.At(at("2025-01-01 00:10:00")) // seven milliseconds
	defer stop()
	<-reached
	if now := c.Now(); now.Before(at("2025-01-01 00:10:00")) || now.Sub(at("2025-01-01 00:00:00")) > 100*24*time.Hour {
		t.Errorf("the clock says %s", now)
	}
	never, stop := c.At(at("2035-01-01 00:00:00"))
	stop()
	select {
	case <-never:
		t.Error("a wait that was given up came true")
	default:
	}
}
