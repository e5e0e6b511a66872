package worker

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/pipeline/fold"
)

func TestThePaceFollowsTheCommits(t *testing.T) {
	a := newPace()
	for _, c := range []struct {
		drained int64
		took    time.Duration
		want    int64
		why     string
	}{
		{leastDrained, commitAim / 2, 2 * leastDrained, "quick and full: more"},
		{leastDrained, commitAim / 2, 2 * leastDrained, "quick, but not full: it tells nothing"},
		{2 * leastDrained, commitAim, 2 * leastDrained, "as long as aimed at"},
		{2 * leastDrained, 3 * commitAim, leastDrained, "slow: less"},
		{leastDrained, time.Minute, leastDrained, "never less than the least"},
		{mostDrained, 0, 2 * leastDrained, "twice as much"},
		{mostDrained, 0, mostDrained, "and twice"},
		{mostDrained, 0, mostDrained, "never more than the most"},
		{0, 0, leastDrained, "the next drain begins small"},
	} {
		a.committed(c.drained, c.took)
		if got := a.bound.Load(); got != c.want {
			t.Errorf("%d bytes in %s: bound %d, want %d: %s", c.drained, c.took, got, c.want, c.why)
		}
	}
}

func TestABarrierBeginsThePaceAnew(t *testing.T) {
	a := newPace()
	a.drained([]fold.Output{{Value: make([]byte, leastDrained)}})
	if a.may() {
		t.Error("a drain may go on though all is said that may be")
	}
	if n := a.barrier(); n != leastDrained+outputCost || !a.may() {
		t.Errorf("%d bytes were said, and a drain may go on: %t", n, a.may())
	}
}

// drainsIn is a partition whose drain takes so many visits, each of which says as much
// as a transaction may hold at first.
func drainsIn(t *testing.T, visits *atomic.Int64, most int64, to lines) *partition {
	t.Helper()
	o := Options{Registry: &memRegistry{}, NewFold: func(id int32) Fold {
		return &bigDrain{quietFold: quietFold{newFakeFold(id)}, value: make([]byte, leastDrained), visits: visits, most: most}
	}}
	if err := o.defaults(); err != nil {
		t.Fatal(err)
	}
	return newPartition(&Worker{o: o}, 0, "txn", to)
}

// A record that waits for a drain waits for the barrier too, and the partition does not
// spin meanwhile.
func TestARecordBehindADrainWaitsForTheBarrier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var visits atomic.Int64
		to := make(chan handover, 10)
		p := drainsIn(t, &visits, 3, lines{to: to, ahead: new(atomic.Int64), pace: newPace(), room: make(chan struct{}, 1)})
		p.paused = false
		p.rest = []*kgo.Record{{Value: []byte(closeTag)}, {Offset: 1, Value: []byte(closeTag)}}
		for visits.Load() == 0 {
			p.step(t.Context())
		}
		if !p.mustPause() {
			t.Fatal("the drain goes on behind its pace")
		}
		go func() { p.calls <- task{barrier: true} }()
		p.step(t.Context()) // it waits for a call
		if n := visits.Load(); n != 1 {
			t.Errorf("%d visits of the drain before the barrier, want 1", n)
		}
	})
}

// A replay has no barriers: its drains go through without waiting for one, and leave the
// pace to the partitions that are live.
func TestAReplayKeepsNoPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var visits atomic.Int64
		p := drainsIn(t, &visits, 3, lines{pace: newPace()})
		p.pace.drained([]fold.Output{{Value: make([]byte, leastDrained)}}) // by others, who are live
		n, err := p.applySome([]*kgo.Record{{Value: []byte(closeTag)}, {Offset: 1, Value: []byte(closeTag)}})
		if err != nil || n != 2 || visits.Load() != 3 {
			t.Errorf("a replay got past %d of 2 records with %d of 3 visits: %v", n, visits.Load(), err)
		}
		if said := p.pace.barrier(); said != leastDrained+outputCost {
			t.Errorf("%d bytes of the pace are used up, want those of the others", said)
		}
	})
}

// What an event says while a day is closed is readable soon, however slow the broker is:
// here it takes a second for 20 MB.
func TestAnEventAmidACloseIsReadableSoon(t *testing.T) {
	const size, most, rate = 1 << 16, 1600, 20 << 20
	var visits, sent atomic.Int64
	set := func(o *Options) {
		o.DrainChunk = 1
		o.NewFold = func(id int32) Fold {
			return &bigDrain{quietFold: quietFold{newFakeFold(id)}, value: make([]byte, size), visits: &visits, most: most}
		}
	}
	inFakeTimeSet(t, 1, set, func(t *testing.T, p *paced) {
		p.cluster.ControlKey(kmsg.Produce.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
			p.cluster.KeepControl()
			n := visits.Load()
			took := time.Duration(n-sent.Swap(n)) * size * time.Second / rate
			p.cluster.SleepControl(func() { time.Sleep(took) })
			return nil, nil, false
		})
		p.write(t, closeTag)
		for visits.Load() < most/2 {
			<-p.commits
		}
		wrote := p.write(t, "loud")
		before := visits.Load()
		for range 3 { // under way, the one with the alert, and one more
			at := <-p.commits
			if late := at.Sub(wrote); late > time.Second {
				t.Errorf("a commit %s after the event", late)
			}
		}
		if visits.Load() >= most || visits.Load() == before {
			t.Errorf("the drain is at %d of %d visits, %d when the event came", visits.Load(), most, before)
		}
	})
}
