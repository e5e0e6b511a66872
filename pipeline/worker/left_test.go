package worker

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/tierwatch/tierwatch/pipeline/fold"
)

func TestALongRestoreSaysHowFarItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines journal
		p := &partition{id: 3, w: &Worker{o: Options{Log: zerolog.New(&lines)}}}
		left := p.lefts(prometheus.NewGauge(prometheus.GaugeOpts{}), stateLeft)
		for _, n := range []int64{900, 800} {
			left(n)
		}
		time.Sleep(sayEvery)
		for _, n := range []int64{300, 200} {
			left(n)
		}
		said := lines.with(stateLeft)
		if len(said) != 1 || said[0]["partition"] != 3.0 || said[0]["left"] != 300.0 {
			t.Errorf("it says %v, want one line: 300 records of partition 3 are left", said)
		}
	})
}

// slowly folds a record for each that comes through gate, and all when that is closed.
type slowly struct {
	*fakeFold
	gate <-chan struct{}
}

func (f slowly) Apply(offset int64, value []byte, out *fold.Outputs) error {
	<-f.gate
	return f.fakeFold.Apply(offset, value, out)
}

// leftPoll is how many records the tests below poll at once.
const leftPoll = 5

// TestTheGaugesTellHowMuchIsLeft: what is left of a restore and of a replay is all at its
// beginning, less with each poll, and nothing when the partition is live.
func TestTheGaugesTellHowMuchIsLeft(t *testing.T) {
	t.Run("of the state", func(t *testing.T) {
		b := newBank(t)
		var s fold.Saves
		fold.New(fold.Options{Saves: true}).SaveProgress(0, &s)
		const times = 4 * leftPoll
		for range times {
			for _, r := range s.List {
				b.writeState(r.Key, r.Value)
			}
		}
		b.traffic(50, 5, 20)
		gate := make(chan struct{}, 2*leftPoll)
		r := b.start(fakeFromState, func(o *Options) {
			restore := o.Restore
			o.Restore = func(p int32) Loading { return slowLoading{restore(p), gate} }
			o.PollRecords = leftPoll
		})
		b.goesDown(r.w.o.Metrics.restore.WithLabelValues("0"), times*len(s.List), gate)
	})
	t.Run("of the log", func(t *testing.T) {
		b := newBank(t)
		b.traffic(50, 5, 20)
		first := b.start()
		_, n := b.expect()
		b.read(n)
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
		gate := make(chan struct{}, 2*leftPoll)
		r := b.start(func(o *Options) {
			o.NewFold = func(p int32) Fold {
				f := newFakeFold(p)
				if p > 0 {
					return f
				}
				return slowly{f, gate}
			}
			o.PollRecords = leftPoll
		})
		b.goesDown(r.w.o.Metrics.replay.WithLabelValues("0"), len(b.log[0]), gate)
	})
}

// goesDown lets partition 0 do some of what is before it, and then all. What is left is told
// before each poll, so it may lag behind by one.
func (b *bank) goesDown(left prometheus.Gauge, all int, gate chan struct{}) {
	b.t.Helper()
	open := sync.OnceFunc(func() { close(gate) })
	b.t.Cleanup(open) // before the worker is stopped
	eventually(b.t, func() bool { return gauge(b.t, left) == float64(all) })
	for range cap(gate) {
		gate <- struct{}{}
	}
	eventually(b.t, func() bool {
		n := int(gauge(b.t, left))
		return n >= all-cap(gate) && n < all-cap(gate)+leftPoll
	})
	open()
	b.write(0, "rA") // the partition is live when this is told
	_, n := b.expect()
	b.read(n)
	if n := gauge(b.t, left); n != 0 {
		b.t.Errorf("partition 0 is live, and %v records are said to be left", n)
	}
}
