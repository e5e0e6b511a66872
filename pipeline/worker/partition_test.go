package worker

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// A partition may drain on its own, but what it says outside of a transaction
// that also holds its position would be said twice after a kill.
func TestADrainSaysNothingBetweenBarrierAndCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Options{NewFold: func(id int32) Fold { return newFakeFold(id) }, Registry: &memRegistry{}, DrainChunk: 1, Log: zerolog.Nop()}
		if err := o.defaults(); err != nil {
			t.Fatal(err)
		}
		to := make(chan handover)
		p := newPartition(&Worker{o: o}, 0, "txn", to)
		var muted fold.Outputs
		for i, v := range []string{"rA", "rB", "rC", "rD", closeTag} {
			if err := p.fold.Apply(int64(i), []byte(v), &muted); err != nil {
				t.Fatal(err)
			}
		}
		p.next = 5
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for p.step(ctx) {
			}
		}()
		silent := func(when string) {
			t.Helper()
			synctest.Wait()
			select {
			case h := <-to:
				t.Fatalf("%s: handed over %+v", when, h)
			default:
			}
		}
		silent("replayed, not yet woken")
		p.calls <- task{}
		if h := <-to; len(h.outs.List) != 1 {
			t.Fatalf("woken: %+v", h)
		}
		p.calls <- task{barrier: true}
		h := <-to
		for h.ack == nil { // it may have gone on before it saw the barrier
			h = <-to
		}
		if !h.ack.pos.cursor.Draining || h.ack.pos.cursor.LastCustomer == "" {
			t.Fatalf("acknowledged %+v", h.ack.pos)
		}
		silent("acknowledged, not yet committed")
		p.calls <- task{}
		if h := <-to; len(h.outs.List) != 1 {
			t.Fatalf("committed: %+v", h)
		}
		cancel()
		<-ended
	})
}

// What was polled must not pile up in a slow partition, barrier by barrier.
func TestABarrierPassesByTheRecords(t *testing.T) {
	o := Options{NewFold: func(id int32) Fold { return newFakeFold(id) }, Registry: &memRegistry{}, Log: zerolog.Nop()}
	if err := o.defaults(); err != nil {
		t.Fatal(err)
	}
	to := make(chan handover, 1)
	p := newPartition(&Worker{o: o}, 0, "txn", to)
	p.paused, p.rest = false, []*kgo.Record{{Value: []byte("rA")}}
	p.in <- task{records: []*kgo.Record{{Offset: 1, Value: []byte("rB")}}}
	p.yield.Store(true)
	p.calls <- task{barrier: true}
	p.step(t.Context())
	if h := <-to; h.ack == nil || !h.ack.more || h.ack.pos.next != 0 {
		t.Errorf("answered %+v", h.ack)
	}
	if len(p.in) != 1 || len(p.rest) != 1 {
		t.Errorf("%d slices wait and %d records are taken, want 1 and 1", len(p.in), len(p.rest))
	}
}
