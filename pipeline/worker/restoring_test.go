package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// fakeFromState restores fake folds, of which nothing was saved.
func fakeFromState(o *Options) {
	o.NewFold = nil
	o.Restore = func(p int32) Loading {
		return checkedLoading{fold.NewLoading(fold.Options{Partition: p, Saves: true}), p, false}
	}
}

// withoutFirst lets do something while partition 0 says nothing: the oracle does not
// expect its outputs.
func (b *bank) withoutFirst(do func()) {
	log := b.log[0]
	b.log[0] = nil
	do()
	b.log[0] = log
}

// readOn writes to partitions 1 and 2 and reads all that is expected.
func (b *bank) readOn() {
	for range 3 {
		b.write(1, "rA", "rB", closeTag)
		b.write(2, "rA", "rB", closeTag)
		_, n := b.expect()
		b.read(n)
	}
}

// TestAPartitionInRestoreDoesNotHoldUpTheOthers: they fold and commit, however long one
// takes to read its state.
func TestAPartitionInRestoreDoesNotHoldUpTheOthers(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		var s fold.Saves
		fold.New(fold.Options{Saves: true}).SaveProgress(0, &s)
		for _, r := range s.List {
			b.writeState(r.Key, r.Value)
		}
		b.traffic(50, 5, 20)
		gate := make(chan struct{})
		open := sync.OnceFunc(func() { close(gate) })
		var lines journal
		r := b.start(fakeFromState, func(o *Options) {
			restore := o.Restore
			o.Restore = func(p int32) Loading { return slowLoading{restore(p), gate} }
			o.Log = zerolog.New(&lines)
		})
		t.Cleanup(open)
		b.withoutFirst(b.readOn)
		if lines.partitions("partition restored")[0] {
			t.Fatal("partition 0 was restored: nothing was held up")
		}
		left := r.w.o.Metrics.restore
		eventually(t, func() bool { return gauge(t, left.WithLabelValues("0")) > 0 })
		waiting := r.w.o.Metrics.waiting
		if n := gauge(t, waiting.WithLabelValues("0")); n != 1 {
			t.Errorf("partition 0 is restored, and its gauge of waiting is %v", n)
		}
		for _, l := range []string{"1", "2"} {
			if n, w := gauge(t, left.WithLabelValues(l)), gauge(t, waiting.WithLabelValues(l)); n != 0 || w != 0 {
				t.Errorf("partition %s folds, and %v records of its state are said to be left, its gauge of waiting is %v", l, n, w)
			}
		}
		open()
		_, n := b.expect()
		b.read(n)
		if n := gauge(t, left.WithLabelValues("0")); n != 0 {
			t.Errorf("partition 0 is live, and %v records of its state are said to be left", n)
		}
		if n := gauge(t, waiting.WithLabelValues("0")); n != 0 {
			t.Errorf("partition 0 is live, and its gauge of waiting is %v", n)
		}
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		b.check()
		b.oneIncarnation(r, &lines)
	})
}

func (b *bank) oneIncarnation(r *running, lines *journal) {
	b.t.Helper()
	if n := len(lines.with("fold incarnation begins")); n != 1 {
		b.t.Errorf("%d incarnations began, want one", n)
	}
}

// failing0 is a registry in which partition 0 cannot be claimed at times, or only tells.
type failing0 struct {
	*memRegistry
	claimed func() error
}

func (r failing0) Claim(ctx context.Context, p int32, id string) error {
	if p == 0 {
		if err := r.claimed(); err != nil {
			return err
		}
	}
	return r.memRegistry.Claim(ctx, p, id)
}

// TestAPartitionThatCannotBeRestoredIsTriedAgainAlone: for a reason that passes, say a
// leader that is away. The others keep their incarnation and fold on, and the partition
// is live when the reason has passed.
func TestAPartitionThatCannotBeRestoredIsTriedAgainAlone(t *testing.T) {
	for name, topic := range map[string]topics.ID{
		"its state has no leader": topics.State, "its log has no leader": topics.Events, "it cannot be claimed": topics.Control,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBank(t)
			var away atomic.Bool
			b.leaderless(topic, &away)
			var once sync.Once
			claimed := func() error {
				once.Do(func() { away.Store(true) }) // the incarnation has begun, what comes next is the restore
				if topic == topics.Control && away.Load() {
					return errors.New("no answer")
				}
				return nil
			}
			var lines journal
			b.traffic(50, 5, 20)
			r := b.start(fakeFromState, func(o *Options) {
				o.Registry, o.Log = failing0{b.reg, claimed}, zerolog.New(&lines)
			})
			b.withoutFirst(func() {
				b.readOn()
				eventually(t, func() bool { return len(lines.with(restoreAgain)) > 2 })
				b.readOn()
			})
			if n := counter(t, r.w.o.Metrics.retries.WithLabelValues("0")); n < 3 {
				t.Errorf("%v retries are counted, want 3 at least", n)
			}
			away.Store(false)
			_, n := b.expect()
			b.read(n)
			if err := r.stop(); err != nil {
				t.Fatal(err)
			}
			b.check()
			b.oneIncarnation(r, &lines)
			for _, l := range lines.with(restoreAgain) {
				if l["partition"] != 0.0 || l["error"] == nil {
					t.Errorf("the log says %v, want partition 0 and its error", l)
				}
			}
		})
	}
}

// leaderless lets nobody ask for the offsets of partition 0 of a topic at times, but for
// the session's client: it asks where it would read, under the leader's epoch, and this is
// not about what it is told.
func (b *bank) leaderless(id topics.ID, away *atomic.Bool) {
	b.cluster.ControlKey(kmsg.ListOffsets.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		in := req.(*kmsg.ListOffsetsRequest)
		resp, struck := in.ResponseKind().(*kmsg.ListOffsetsResponse), false
		for _, t := range in.Topics {
			rt := kmsg.NewListOffsetsResponseTopic()
			rt.Topic = t.Topic
			for _, p := range t.Partitions {
				rp := kmsg.NewListOffsetsResponseTopicPartition()
				rp.Partition, rp.Offset = p.Partition, 0
				if p.Partition == 0 && t.Topic == b.ns.Topic(id) && p.CurrentLeaderEpoch == -1 {
					rp.ErrorCode, struck = kerr.UnknownServerError.Code, away.Load() // which the client does not repeat by itself
				}
				rt.Partitions = append(rt.Partitions, rp)
			}
			resp.Topics = append(resp.Topics, rt)
		}
		return resp, nil, struck
	})
}

// deaf is a registry that does not answer the first question.
type deaf struct {
	*memRegistry
	t     *testing.T
	asked atomic.Int32
}

func (d *deaf) Skips(ctx context.Context, p int32) ([]int64, error) {
	if d.asked.Add(1) > 1 {
		return d.memRegistry.Skips(ctx, p)
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(time.Hour):
		d.t.Error("it is waited for for an hour")
		return nil, nil
	}
}

// TestAQuestionThatIsNotAnsweredIsAskedAgain: else the partition would wait without a
// word of it.
func TestAQuestionThatIsNotAnsweredIsAskedAgain(t *testing.T) {
	registry := &deaf{memRegistry: &memRegistry{owners: map[int32]string{}}, t: t}
	inFakeTimeSet(t, 1, func(o *Options) {
		o.NewFold = func(id int32) Fold { return quietFold{newFakeFold(id)} }
		o.Registry = registry
	}, func(t *testing.T, _ *paced) {
		if n := registry.asked.Load(); n != 2 {
			t.Errorf("asked %d times, want 2", n)
		}
	})
}

// TestWhatARecoveryMustNotTryAgain: it ends the incarnation, or stops the partition.
func TestWhatARecoveryMustNotTryAgain(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{&poison{err: errors.New("p")}, true},
		{&unfit{errors.New("u")}, true},
		{refuse("r"), true},
		{errOvertaken, true},
		{kerr.NotLeaderForPartition, false},
		{context.DeadlineExceeded, false},
	} {
		if got := lasting(fmt.Errorf("restore: %w", c.err)); got != c.want {
			t.Errorf("%v: lasting %t, want %t", c.err, got, c.want)
		}
	}
}

// TestARecoveryThatFailedSaysNothingLater: what a replay has muted before it failed is
// forgotten, and the next one begins with an empty fold.
func TestARecoveryThatFailedSaysNothingLater(t *testing.T) {
	p := partitionAlone(t, func(id int32) Fold { return newFakeFold(id) })
	var gap []*kgo.Record
	for _, offset := range []int64{0, 1, 3} {
		gap = append(gap, &kgo.Record{Offset: offset, Value: []byte("rA")})
	}
	if err := p.replayRecords(t.Context(), gap, position{next: 4}); err == nil {
		t.Fatal("a record that is missing is no error")
	}
	p.forget()
	if outs := p.takeOutputs(); outs != nil || p.next != 0 {
		t.Errorf("offset %d is next, and %v would be said", p.next, outs)
	}
	if _, err := p.applySome([]*kgo.Record{{Offset: 0, Value: []byte("rA")}}); err != nil {
		t.Fatal(err)
	}
	if got := string(p.takeOutputs().List[0].Value); got != "A #1 @0" {
		t.Errorf("the next replay says %q", got)
	}
}

// partitionAlone is one without a loop.
func partitionAlone(t *testing.T, newFold func(int32) Fold) *partition {
	t.Helper()
	o := Options{NewFold: newFold, Registry: &memRegistry{}, Log: zerolog.Nop()}
	if err := o.defaults(); err != nil {
		t.Fatal(err)
	}
	return newPartition(&Worker{o: o}, 0, "txn", lines{to: make(chan handover), ahead: new(atomic.Int64), pace: newPace()})
}

// steppingFold tells of its third step and waits there; it could go on for long.
type steppingFold struct {
	*fakeFold
	steps        int
	third, going chan struct{}
}

const manySteps = 5_000

func (f *steppingFold) step() {
	if f.steps++; f.steps == 3 {
		close(f.third)
		<-f.going
	}
}

func (f *steppingFold) Apply(int64, []byte, *fold.Outputs) error { f.step(); return nil }
func (f *steppingFold) Draining() bool                           { return f.steps < manySteps }
func (f *steppingFold) Drain(int, *fold.Outputs) bool            { f.step(); return false }
func (f *steppingFold) DrainThrough(fold.Cursor, *fold.Outputs)  { f.step() }

// TestAStopDoesNotWaitForAReplay: a rebalance, and with it every other partition, would
// wait too.
func TestAStopDoesNotWaitForAReplay(t *testing.T) {
	for name, replay := range map[string]func(ctx context.Context, p *partition) error{
		"records": func(ctx context.Context, p *partition) error {
			var list []*kgo.Record
			for i := range int64(manySteps) {
				list = append(list, &kgo.Record{Offset: i, Value: []byte("r")})
			}
			return p.replayRecords(ctx, list, position{next: manySteps})
		},
		"a drain to where it was": func(ctx context.Context, p *partition) error {
			return p.drainThrough(ctx, fold.Cursor{Draining: true, LastHash: 1 << 63})
		},
		"a drain to its end": func(ctx context.Context, p *partition) error { return p.finishReplay(ctx, position{}) },
	} {
		t.Run(name, func(t *testing.T) {
			f := &steppingFold{fakeFold: newFakeFold(0), third: make(chan struct{}), going: make(chan struct{})}
			p := partitionAlone(t, func(int32) Fold { return f })
			ctx, cancel := context.WithCancel(t.Context())
			p.cancel = cancel
			var err error
			go func() {
				defer close(p.done)
				err = replay(ctx, p)
			}()
			<-f.third
			go func() {
				<-ctx.Done()
				close(f.going)
			}()
			p.stop()
			if f.steps != 3 || !errors.Is(err, context.Canceled) {
				t.Errorf("it ended after %d steps with %v, want 3 and that it was stopped", f.steps, err)
			}
		})
	}
}

func counter(t *testing.T, c prometheus.Counter) float64 {
	t.Helper()
	var m dto.Metric
	if err := c.Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.GetCounter().GetValue()
}

// TestASilentBrokerDoesNotHoldAReplayForEver: few partitions replay at once, and one
// whose broker is silent would keep its place from the others. One that is only slow is
// waited for, and others have their turn meanwhile.
func TestASilentBrokerDoesNotHoldAReplayForEver(t *testing.T) {
	for name, dumb := range map[string]bool{"dumb": true, "slow": false} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T, b *paced) {
				var unanswered atomic.Int32
				b.cluster.ControlKey(kmsg.Fetch.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
					b.cluster.KeepControl()
					return nil, nil, dumb || unanswered.Add(1) < 5
				})
				if dumb {
					b.cluster.ControlKey(kmsg.ListOffsets.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
						b.cluster.KeepControl()
						return nil, nil, true
					})
				}
				w, err := New(Options{
					Kafka: b.opts, Namespace: ns, Log: zerolog.Nop(), Registry: &memRegistry{}, Replays: 1,
					NewFold: func(id int32) Fold { return quietFold{newFakeFold(id)} },
				})
				if err != nil {
					t.Fatal(err)
				}
				defer w.Close()
				p, other := newPartition(w, 0, "txn", lines{}), newPartition(w, 1, "txn", lines{})
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				if err := p.takeTurn(ctx); err != nil {
					t.Fatal(err)
				}
				had := make(chan error, 1)
				go func() {
					err := other.takeTurn(ctx)
					other.endTurn()
					had <- err
				}()
				err = p.replay(ctx, position{next: 1})
				select {
				case err := <-had:
					if err != nil {
						t.Errorf("the other partition had no turn: %v", err)
					}
				default:
					t.Error("the other partition had no turn while the broker gave nothing")
				}
				p.endTurn()
				if (err != nil) != dumb || ctx.Err() != nil {
					t.Errorf("the replay ends with %v", err)
				}
			})
		})
	}
}
