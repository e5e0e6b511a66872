package worker

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// Before it is woken a partition says nothing: no transaction would hold its position.
// When it has answered a barrier it goes on, but not for ever.
func TestADrainGoesOnBetweenBarrierAndCommitWithinBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Options{NewFold: func(id int32) Fold { return newFakeFold(id) }, Registry: &memRegistry{}, DrainChunk: 1, Log: zerolog.Nop()}
		if err := o.defaults(); err != nil {
			t.Fatal(err)
		}
		to := make(chan handover)
		p := newPartition(&Worker{o: o}, 0, "txn", lines{to: to, ahead: new(atomic.Int64), pace: newPace()})
		var muted fold.Outputs
		for i, v := range []string{"rA", "rB", "rC", "rD", "rE", "rF", "rG", closeTag} {
			if err := p.fold.Apply(int64(i), []byte(v), &muted); err != nil {
				t.Fatal(err)
			}
		}
		p.next = 8
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
		if h := <-to; h.ack != nil || len(h.outs.List) != 1 {
			t.Fatalf("acknowledged, not yet committed: %+v", h)
		}
		synctest.Wait() // one more step is done
		p.ahead.Store(mostAhead)
		<-to
		silent("acknowledged, and too much waits")
		p.ahead.Store(0)
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
	p := newPartition(&Worker{o: o}, 0, "txn", lines{to: to, ahead: new(atomic.Int64), pace: newPace()})
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

// savingFold saves how many records it has folded, each time it is asked.
type savingFold struct {
	*fakeFold
	folded int
}

func (f *savingFold) Apply(offset int64, value []byte, out *fold.Outputs) error {
	f.folded++
	return f.fakeFold.Apply(offset, value, out)
}

func (f *savingFold) Unsaved() int                    { return 1 }
func (f *savingFold) ReplayFrom(next int64) int64     { return next }
func (f *savingFold) SaveProgress(int64, *fold.Saves) {}
func (f *savingFold) Save(_ int, s *fold.Saves) {
	s.List = append(s.List, fold.Saved{Value: []byte(strconv.Itoa(f.folded))})
}

// State that goes with a position is that of the position, however much is folded while
// it is on its way.
func TestStateIsThatOfTheCommittedPosition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Options{Restore: func(int32) Loading { return nil }, Registry: &memRegistry{}, Log: zerolog.Nop()}
		if err := o.defaults(); err != nil {
			t.Fatal(err)
		}
		to := make(chan handover)
		p := newPartition(&Worker{o: o}, 0, "txn", lines{to: to, ahead: new(atomic.Int64), pace: newPace()})
		f := &savingFold{fakeFold: newFakeFold(0)}
		p.fold, p.paused = f, false
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for p.step(ctx) {
			}
		}()
		folded := 0
		give := func(n int) {
			var records []*kgo.Record
			for range n {
				records = append(records, &kgo.Record{Offset: int64(folded), Value: []byte("rA")})
				folded++
			}
			p.in <- task{records: records}
			if h := <-to; len(h.outs.List) != n {
				t.Fatalf("handed over %+v", h)
			}
		}
		compared := 0
		for range 3 {
			give(2)
			time.Sleep(time.Minute) // the change is due to be saved
			p.calls <- task{barrier: true}
			answer := <-to
			give(3) // ahead of the commit
			if answer.saves == nil {
				continue // the first answer only begins to count the time
			}
			compared++
			if got, want := string(answer.saves.List[0].Value), strconv.FormatInt(answer.ack.pos.next, 10); got != want {
				t.Errorf("state of %s records goes with the position behind %s", got, want)
			}
			p.respare(answer.saves)
		}
		if compared != 2 {
			t.Errorf("%d answers bring state, want 2", compared)
		}
		if f.folded != 15 {
			t.Errorf("%d records are folded, want 15", f.folded)
		}
		cancel()
		<-ended
	})
}
