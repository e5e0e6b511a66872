package worker

import (
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"
)

// holdingFold says whether TICKs wait for its drains.
type holdingFold struct {
	*fakeFold
	holds bool
}

func (f *holdingFold) HoldsTicks() bool { return f.holds }

// TestATickWaitsWhereTheFoldSaysSo: it passes by a drain, or waits for its end as any
// other control record does: in chunks, and at the pace of the commits.
func TestATickWaitsWhereTheFoldSaysSo(t *testing.T) {
	for _, holds := range []bool{false, true} {
		o := Options{
			NewFold:  func(id int32) Fold { return &holdingFold{newFakeFold(id), holds} },
			Registry: &memRegistry{}, DrainChunk: 1, Log: zerolog.Nop(),
		}
		if err := o.defaults(); err != nil {
			t.Fatal(err)
		}
		p := newPartition(&Worker{o: o}, 0, "txn", lines{ahead: new(atomic.Int64), pace: newPace()})
		p.paused = false
		log := []*kgo.Record{
			{Offset: 0, Value: []byte("rA")}, {Offset: 1, Value: []byte("rB")}, {Offset: 2, Value: []byte("rC")}, {Offset: 3, Value: []byte(closeTag)},
		}
		apply := func(what string, records []*kgo.Record, want int, draining bool) {
			t.Helper()
			n, err := p.applySome(records)
			if err != nil || n != want || p.fold.Draining() != draining {
				t.Errorf("holds %v, %s: %d records, draining %v, %v; want %d, %v", holds, what, n, p.fold.Draining(), err, want, draining)
			}
		}
		apply("through the CLOSE", log, len(log), true)
		p.rest = []*kgo.Record{{Offset: 4, Value: []byte{tickTag}}}
		p.pace.said.Store(leastDrained)
		if got := p.mustPause(); got != holds {
			t.Errorf("holds %v: the TICK pauses the partition: %v", holds, got)
		}
		if holds {
			apply("the TICK, while a commit holds all it may", p.rest, 0, true)
			p.pace.barrier()
		}
		apply("the TICK", p.rest, 1, !holds)
	}
}
