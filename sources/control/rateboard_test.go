package control

import (
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

var _ event.Rates = (*RateBoard)(nil)

func TestTheLastRateKnownCounts(t *testing.T) {
	b := NewRateBoard()
	note := func(day int32, e12 int64) {
		b.Note(&pb.Rates{Day: day, Rates: []*pb.Rate{{Unit: "USD", RateE12: e12}}})
	}
	note(20, 720)
	note(10, 700)
	note(15, 710)
	note(15, 711) // corrected
	for _, c := range []struct {
		day  int32
		want int64
	}{{9, 0}, {10, 700}, {14, 700}, {15, 711}, {19, 711}, {20, 720}, {400, 720}} {
		got, ok := b.Rate("USD", c.day)
		if got != c.want || ok != (c.want != 0) {
			t.Errorf("day %d: %d %v, want %d", c.day, got, ok, c.want)
		}
	}
	if _, ok := b.Rate("EUR", 15); ok {
		t.Error("a rate of a unit nobody published")
	}
}

func TestTheGateFillsTheBoard(t *testing.T) {
	o := newOffice(t)
	if err := o.topic().PublishRates(t.Context(), &pb.Rates{Day: 10, Rates: []*pb.Rate{{Unit: "USD", RateE12: 7}, {Unit: "HKD", RateE12: 9}}}); err != nil {
		t.Fatal(err)
	}
	gate, err := NewGate(o.kafka, ns, Wall{}, 0)
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
