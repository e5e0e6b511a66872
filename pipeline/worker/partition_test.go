package worker

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/rs/zerolog"

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
		p.in <- task{}
		if h := <-to; len(h.outs.List) != 1 {
			t.Fatalf("woken: %+v", h)
		}
		p.in <- task{barrier: true}
		h := <-to
		for h.ack == nil { // it may have gone on before it saw the barrier
			h = <-to
		}
		if !h.ack.pos.cursor.Draining || h.ack.pos.cursor.LastCustomer == "" {
			t.Fatalf("acknowledged %+v", h.ack.pos)
		}
		silent("acknowledged, not yet committed")
		p.in <- task{}
		if h := <-to; len(h.outs.List) != 1 {
			t.Fatalf("committed: %+v", h)
		}
		cancel()
		<-ended
	})
}
