package worker

import (
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// bigDrain says something large at each visit of a drain that only the test ends.
type bigDrain struct {
	quietFold
	value    []byte
	offset   int64
	draining bool
	visits   *atomic.Int64 // of all partitions
	most     int64
}

func (f *bigDrain) Apply(offset int64, value []byte, out *fold.Outputs) error {
	if string(value) == closeTag {
		f.offset, f.draining = offset, true
		return nil
	}
	return f.quietFold.Apply(offset, value, out)
}

func (f *bigDrain) Draining() bool { return f.draining }
func (f *bigDrain) Cursor() fold.Cursor {
	return fold.Cursor{Draining: f.draining, ControlOffset: f.offset, LastCustomer: "C"}
}

func (f *bigDrain) Drain(_ int, out *fold.Outputs) bool {
	time.Sleep(time.Millisecond) // so that a commit comes before all is said
	if f.visits.Add(1) >= f.most {
		f.draining = false
	}
	out.List = append(out.List, fold.Output{Kind: fold.KindSnapshot, Customer: "C", Value: f.value, Offset: f.offset})
	return !f.draining
}

// While a commit is under way drains of all partitions together say no more than their
// pace, and at most one step each beyond it. Once it is over they go on.
func TestWhatDrainsSayAheadIsBounded(t *testing.T) {
	const partitions, most, size = 2, 400, 1 << 16
	var visits atomic.Int64
	value := make([]byte, size)
	set := func(o *Options) {
		o.DrainChunk, o.CommitGap = 1, time.Millisecond
		o.NewFold = func(id int32) Fold {
			return &bigDrain{quietFold: quietFold{newFakeFold(id)}, value: value, visits: &visits, most: most}
		}
	}
	inFakeTimeSet(t, partitions, set, func(t *testing.T, p *paced) {
		synctest.Wait()
		held, release := make(chan int64), make(chan struct{})
		var armed atomic.Bool
		p.cluster.ControlKey(kmsg.TxnOffsetCommit.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
			p.cluster.KeepControl()
			if armed.CompareAndSwap(true, false) {
				p.cluster.SleepControl(func() { held <- visits.Load(); <-release })
			}
			return nil, nil, false
		})
		armed.Store(true)
		for id := range int32(partitions) {
			r := &kgo.Record{Topic: ns.Topic(topics.Events), Partition: id, Value: []byte(closeTag)}
			if err := p.client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		for round := range 2 { // the second finds nothing of the first
			before := <-held // and the broker does not answer
			time.Sleep(time.Second)
			synctest.Wait()
			ahead := visits.Load() - before
			// Some of it was said before the broker heard of the commit. Each partition may
			// hold one step that it cannot hand over, and make one more. The second may hold
			// twice as much.
			if most := int64(2*leastDrained/(size+outputCost) + 2*partitions); ahead <= partitions || ahead > most {
				t.Errorf("commit %d: %d visits are made while it is under way, want at most %d", round+1, ahead, most)
			}
			time.Sleep(5 * time.Second) // as long as no heartbeat is missed
			synctest.Wait()
			if n := visits.Load() - before; n != ahead {
				t.Errorf("commit %d: %d more are said in the course of time", round+1, n-ahead)
			}
			armed.Store(round == 0)
			release <- struct{}{}
		}
		for visits.Load() < most {
			select {
			case <-p.commits:
			case <-time.After(time.Minute):
				t.Fatalf("%d of %d are said, and then nothing more", visits.Load(), most)
			}
		}
	})
}

// stuckFold folds nothing until the test says so.
type stuckFold struct {
	quietFold
	open   <-chan struct{}
	folded *atomic.Int64
}

func (f stuckFold) Apply(offset int64, value []byte, out *fold.Outputs) error {
	if string(value) == "stuck" {
		<-f.open
		f.folded.Add(1)
	}
	return f.quietFold.Apply(offset, value, out)
}

// polls counts the records that a client's owner has taken.
type polls struct{ records atomic.Int64 }

// OnFetchRecordUnbuffered implements kgo.HookFetchRecordUnbuffered.
func (p *polls) OnFetchRecordUnbuffered(_ *kgo.Record, polled bool) {
	if polled {
		p.records.Add(1)
	}
}

// However much lies in the log, no more is polled than a busy partition holds and than
// may wait for it. What waits is folded when it goes on.
func TestWhatWaitsForABusyPartitionIsBounded(t *testing.T) {
	const poll, written = 10, 1000
	var folded atomic.Int64
	var open chan struct{}
	count := &polls{}
	set := func(o *Options) {
		o.PollRecords, open = poll, make(chan struct{}) // of the bubble
		// A barrier would wait for who is busy, and nothing is polled then.
		o.CommitEvery, o.CommitGap, o.TransactionTimeout = 7*time.Minute, time.Millisecond, 15*time.Minute
		o.Kafka = append(slices.Clip(o.Kafka), kgo.WithHooks(count))
		o.NewFold = func(id int32) Fold { return stuckFold{quietFold{newFakeFold(id)}, open, &folded} }
	}
	inFakeTimeSet(t, 1, set, func(t *testing.T, p *paced) {
		time.Sleep(time.Second) // the commit of the first output is over
		before := count.records.Load()
		var list []*kgo.Record
		for range written {
			list = append(list, &kgo.Record{Topic: ns.Topic(topics.Events), Partition: 0, Value: []byte("stuck")})
		}
		if err := p.client.ProduceSync(t.Context(), list...).FirstErr(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		// One slice is folded, one waits in the partition, and one poll more than may wait.
		polled := count.records.Load() - before
		if most := int64(2*poll + 2*poll); polled < 2*poll || polled > most {
			t.Errorf("%d records are polled for a partition that is busy, want at most %d", polled, most)
		}
		close(open)
		for range written {
			if folded.Load() == written {
				break
			}
			time.Sleep(time.Second)
		}
		if n := folded.Load(); n != written {
			t.Errorf("%d of %d records are folded", n, written)
		}
	})
}
