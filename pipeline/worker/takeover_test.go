package worker

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

func TestTwoWorkersShareAndTakeOver(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		first := b.start()
		b.traffic(200, 7, 50)
		_, n := b.expect()
		b.read(n)
		second := b.start()
		kafkatest.GroupStable(t, b.admin, b.ns.Group("fold"), 2)
		b.traffic(200, 7, 50)
		_, n = b.expect()
		b.read(n)
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
		b.traffic(200, 7, 50)
		_, n = b.expect()
		b.read(n)
		third := b.start()
		second.kill()
		b.traffic(200, 7, 50)
		_, n = b.expect()
		b.read(n)
		if err := third.stop(); err != nil {
			t.Fatal(err)
		}
		b.check()
	})
}

// A worker comes to another one that is at work, and goes again: what stays where it is is
// folded on, without being rebuilt, and no incarnation ends.
func TestWhatDoesNotMoveIsFoldedOn(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		var his, theirs builds
		counting := func(n *builds) func(*Options) {
			return func(o *Options) {
				o.NewFold = func(p int32) Fold {
					n.add(p)
					return newFakeFold(p)
				}
			}
		}
		stays := func(when string, workers ...*running) {
			t.Helper()
			moved := theirs.now()
			for p, times := range his.now() {
				if moved[p] == 0 && times != 1 {
					t.Errorf("%s: partition %d has stayed, and is built %d times", when, p, times)
				}
			}
			for _, r := range workers {
				if lost := r.lost(t); lost != 0 {
					t.Errorf("%s: %v incarnations are lost", when, lost)
				}
			}
		}
		first := b.start(unhurried, counting(&his))
		b.meanwhile(func() { kafkatest.GroupStable(t, b.admin, b.ns.Group("fold"), 1) })
		second := b.start(unhurried, counting(&theirs))
		b.meanwhile(func() {
			kafkatest.GroupStable(t, b.admin, b.ns.Group("fold"), 2)
			kafkatest.Until(t, "both have partitions", func() bool {
				left, taken := first.holds(t), second.holds(t)
				return left > 0 && taken > 0 && left+taken == testPartitions
			})
		})
		stays("when the second came", first, second)
		b.meanwhile(func() {
			if err := second.stop(); err != nil {
				t.Error(err)
			}
			kafkatest.Until(t, "the first has all partitions", func() bool { return first.holds(t) == testPartitions })
		})
		stays("when the second went", first)
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
		b.check()
	})
}

// slowDrain is a fold that visits a customer only for a token, so that the
// test can commit and kill in the midst of a drain.
type slowDrain struct {
	*fakeFold
	visits <-chan struct{}
}

func (s slowDrain) Drain(_ int, out *fold.Outputs) bool {
	select {
	case <-s.visits:
		return s.fakeFold.Drain(1, out)
	default:
		runtime.Gosched()
		return false
	}
}

func TestADrainGoesOnWhereItWasCommitted(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		for i := range 20 {
			b.write(0, fmt.Sprintf("rC%d", i))
		}
		b.write(0, closeTag)
		visits := make(chan struct{}, 5)
		for range cap(visits) {
			visits <- struct{}{}
		}
		r := b.start(func(o *Options) {
			o.NewFold = func(p int32) Fold { return slowDrain{newFakeFold(p), visits} }
		})
		b.read(20 + cap(visits)) // five are told, and committed
		committed := b.committedCursor(0)
		if !committed.Draining || committed.ControlOffset != 20 || committed.LastCustomer == "" {
			t.Fatalf("committed cursor %+v", committed)
		}
		r.kill()
		b.write(0, "rC3", "rC21", "rC7") // before the rest of the drain

		next := b.start()
		_, n := b.expect()
		b.read(n)
		if err := next.stop(); err != nil {
			t.Fatal(err)
		}
		b.check()
	})
}

func (b *bank) committedCursor(partition int32) fold.Cursor {
	b.t.Helper()
	rows, err := b.admin.FetchOffsets(b.t.Context(), b.ns.Group("fold"))
	if err != nil {
		b.t.Fatal(err)
	}
	row, _ := rows.Lookup(b.ns.Topic(topics.Events), partition)
	c, err := decodeProgress(row.Metadata)
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

func TestAPoisonRecordStopsItsPartitionAlone(t *testing.T) {
	for _, poison := range []string{"e", "p"} {
		onBoth(t, func(t *testing.T, b *bank) { stopsAlone(t, b, poison) })
	}
}

func stopsAlone(t *testing.T, b *bank, poison string) {
	t.Helper()
	b.traffic(50, 5, 20)
	b.write(1, poison)
	b.traffic(50, 5, 20)
	r := b.start()
	_, n := b.expect() // of partition 1, what comes before the poison
	b.read(n)
	b.traffic(50, 5, 20)
	_, n = b.expect()
	b.read(n)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	// A restart meets it again and stops again; then a person parks it.
	again := b.start()
	b.traffic(50, 5, 20)
	_, n = b.expect()
	b.read(n)
	if err := again.stop(); err != nil {
		t.Fatal(err)
	}
	b.check()
	offset := b.committedOffset(1)
	if b.log[1][offset] != poison {
		t.Fatalf("committed at %q, want before the poison", b.log[1][offset])
	}
	b.reg.mu.Lock()
	b.reg.skips = map[int32][]int64{1: {offset}}
	b.reg.mu.Unlock()
	b.log[1][offset] = string([]byte{tickTag}) // the oracle's view of a parked record
	_, n = b.expect()
	last := b.start()
	got := b.read(n + 1)
	if v := got[b.ns.Topic(topics.Verdicts)+" "]; len(v) != 1 {
		t.Errorf("%d verdicts about the parked record, want 1", len(v))
	}
	if err := last.stop(); err != nil {
		t.Fatal(err)
	}
}

func (b *bank) committedOffset(partition int32) int64 {
	b.t.Helper()
	rows, err := b.admin.FetchOffsets(b.t.Context(), b.ns.Group("fold"))
	if err != nil {
		b.t.Fatal(err)
	}
	row, ok := rows.Lookup(b.ns.Topic(topics.Events), partition)
	if !ok {
		b.t.Fatalf("no offset of partition %d", partition)
	}
	return row.At
}
