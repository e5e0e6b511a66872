package control

import (
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

func TestTheGateKnowsPublishedRates(t *testing.T) {
	o := newOffice(t)
	if err := o.topic().PublishRates(t.Context(), &pb.Rates{Day: 10, Rates: []*pb.Rate{{Unit: "USD", RateE12: 7}, {Unit: "HKD", RateE12: 9}}}); err != nil {
		t.Fatal(err)
	}
	gate, err := NewGate(o.kafka, o.ns, Wall{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(gate.Close)
	if err := gate.refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e12, ok := gate.Rates().Rate("HKD", 12); !ok || e12 != 9 {
		t.Errorf("rate %d %v", e12, ok)
	}
}

// Rates that the conductor has from elsewhere, or a load, reach ingest too.
func TestTheGateKnowsWhatTheLogHas(t *testing.T) {
	o := newOffice(t)
	b, err := o.backfill("load")
	if err != nil {
		t.Fatal(err)
	}
	day := o.day("2024-01-01")
	if err := b.Topic().PublishRates(t.Context(), &pb.Rates{Day: day, Rates: []*pb.Rate{{Unit: "HKD", RateE12: 9}}}); err != nil {
		t.Fatal(err)
	}
	for i, e12 := range []int64{700, 710, 720} {
		if err := b.Rates(t.Context(), &pb.Rates{Day: day + int32(2*i), Rates: []*pb.Rate{{Unit: "USD", RateE12: e12}}}); err != nil {
			t.Fatal(err)
		}
		if err := b.CloseDay(t.Context(), day+int32(2*i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	gate, err := NewGate(o.kafka, o.ns, Wall{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(gate.Close)
	if err := gate.refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		unit string
		day  int32
		want int64
	}{{"USD", -1, 0}, {"USD", 0, 700}, {"USD", 1, 700}, {"USD", 2, 710}, {"USD", 30, 720}, {"HKD", 3, 9}} {
		got, ok := gate.Rates().Rate(c.unit, day+c.day)
		if got != c.want || ok != (c.want != 0) {
			t.Errorf("%s on day %d: %d %v, want %d", c.unit, c.day, got, ok, c.want)
		}
	}
}
