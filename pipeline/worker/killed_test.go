package worker

import (
	"errors"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
)

// farTimeout is of transactions that nothing but a fence ends within a test. It is less
// than the most that Apache Kafka takes unless told otherwise, 15 minutes.
const farTimeout = 10 * time.Minute

// outlasting makes a worker's transactions live on when it is killed, and lets it tell in
// tierwatch.control whose they are.
func (b *bank) outlasting() func(*Options) {
	b.t.Helper()
	reg, err := control.NewRegistry([]kgo.Opt{kgo.SeedBrokers(b.broker.Seeds...)}, b.ns)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(reg.Close)
	return func(o *Options) { o.Registry, o.TransactionTimeout = reg, farTimeout }
}

// killedAt starts a worker that dies with the first request of a kind that it sends after
// the returned switch is set. The broker has the request.
func (b *bank) killedAt(key kmsg.Key, change ...func(*Options)) (*running, *atomic.Bool) {
	b.t.Helper()
	var armed atomic.Bool
	w := &wire{}
	w.cutAt(func() bool { return armed.CompareAndSwap(true, false) }, key)
	return b.startWired(w, change...), &armed
}

// hides waits until records of a topic lie behind an open transaction.
func (b *bank) hides(ids ...topics.ID) {
	b.t.Helper()
	kafkatest.Until(b.t, "a transaction hides records", func() bool { return slices.ContainsFunc(ids, b.open) })
}

func (b *bank) open(id topics.ID) bool {
	b.t.Helper()
	name := b.ns.Topic(id)
	ends, err := b.admin.ListEndOffsets(b.t.Context(), name)
	if err == nil {
		err = ends.Error()
	}
	stable, serr := b.admin.ListCommittedOffsets(b.t.Context(), name)
	if serr == nil {
		serr = stable.Error()
	}
	if err := errors.Join(err, serr); err != nil {
		b.t.Fatal(err)
	}
	for p, end := range ends[name] {
		if stable[name][p].Offset < end.Offset {
			return true
		}
	}
	return false
}

// unstable waits until positions of the fold's group lie in an open transaction.
func (b *bank) unstable() {
	b.t.Helper()
	kafkatest.Until(b.t, "a transaction of the dead one holds positions", func() bool {
		rows, err := b.admin.FetchOffsetsForTopics(kadm.RequireStable(b.t.Context()), b.ns.Group("fold"), b.ns.Topic(topics.Events))
		for _, row := range rows[b.ns.Topic(topics.Events)] {
			err = errors.Join(err, row.Err)
		}
		return errors.Is(err, kerr.UnstableOffsetCommit)
	})
}

// Who dies with a transaction open leaves what is said after it unreadable until that
// has timed out, unless the successor ends it: it finds in tierwatch.control whose it is.
func TestASuccessorEndsTheTransactionOfADeadOne(t *testing.T) {
	for _, c := range []struct {
		name string
		key  kmsg.Key
		left func(*bank)
	}{
		{"outputs and no position", kmsg.Produce, func(b *bank) { b.hides(topics.Alerts, topics.Snapshots) }},
		{"outputs and positions", kmsg.TxnOffsetCommit, (*bank).unstable},
	} {
		t.Run(c.name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, b *bank) {
				outlasting := b.outlasting()
				b.traffic(100, 5, 30)
				r, armed := b.killedAt(c.key, outlasting)
				_, n := b.expect()
				b.read(n)
				armed.Store(true)
				b.traffic(100, 5, 30)
				kafkatest.Until(t, "the worker is cut off", r.wire.isCut)
				_ = r.stop()
				c.left(b)
				successor := b.start(outlasting)
				_, n = b.expect()
				b.read(n)
				if err := successor.stop(); err != nil {
					t.Fatal(err)
				}
				b.check()
			})
		})
	}
}

// countedState says nothing, and saves how many records it has folded.
type countedState struct {
	quietFold
	folded, saved int64
}

func (f *countedState) Apply(int64, []byte, *fold.Outputs) error { f.folded++; return nil }
func (f *countedState) Unsaved() int                             { return int(min(1, f.folded-f.saved)) }
func (f *countedState) ReplayFrom(int64) int64                   { return f.saved }
func (f *countedState) SaveProgress(int64, *fold.Saves)          {}
func (f *countedState) Save(_ int, s *fold.Saves) {
	f.saved = f.folded
	s.List = append(s.List, fold.Saved{Key: []byte("folded"), Value: strconv.AppendInt(nil, f.saved, 10)})
}

// Take and Done make it the Loading of itself.
func (f *countedState) Take(_, value []byte) {
	f.saved, _ = strconv.ParseInt(string(value), 10, 64) // our own digits
	f.folded = f.saved
}

func (f *countedState) Done() (Fold, int64, error) { return f, f.saved, nil }

// savedCount is what can be read of the state of a partition.
func (b *bank) savedCount(partition int32) int64 {
	b.t.Helper()
	var f countedState
	r := StateReader{Kafka: []kgo.Opt{kgo.SeedBrokers(b.broker.Seeds...)}, Topic: b.ns.Topic(topics.State), Partition: partition, poll: 100}
	if _, _, err := r.Read(b.t.Context(), f.Take); err != nil {
		b.t.Fatal(err)
	}
	return f.saved
}

// allSaved waits until the state of all that was written can be read.
func (b *bank) allSaved() {
	b.t.Helper()
	for p := range int32(testPartitions) {
		want := int64(len(b.log[p]))
		kafkatest.Until(b.t, "the saved state of partition "+strconv.Itoa(int(p))+" can be read", func() bool { return b.savedCount(p) == want })
	}
}

// A transaction of state alone leaves positions and outputs as they were, and hides what
// its successors save.
func TestASuccessorEndsATransactionOfStateAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		outlasting := b.outlasting()
		saving := func(o *Options) {
			o.NewFold, o.StateAge = nil, 10*time.Millisecond
			o.Restore = func(p int32) Loading { return &countedState{quietFold: quietFold{newFakeFold(p)}} }
		}
		b.traffic(50, 5, 0)
		r, armed := b.killedAt(kmsg.Produce, outlasting, saving)
		b.allSaved()
		armed.Store(true)
		b.traffic(50, 5, 0)
		kafkatest.Until(t, "the worker is cut off", r.wire.isCut)
		_ = r.stop()
		b.hides(topics.State)
		successor := b.start(outlasting, saving)
		b.allSaved()
		if err := successor.stop(); err != nil {
			t.Fatal(err)
		}
	})
}
