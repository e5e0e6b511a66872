package worker

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// failing answers the nth and later requests of a kind until it has failed
// times of them.
func (b *bank) failing(key kmsg.Key, nth, times int32, answer func(kmsg.Request) (kmsg.Response, error)) *atomic.Int32 {
	var seen, failed atomic.Int32
	b.cluster.ControlKey(key.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		if p, ok := req.(*kmsg.ProduceRequest); ok && p.TransactionID == nil {
			return nil, nil, false // the bank's own
		}
		if seen.Add(1) < nth || failed.Load() >= times {
			return nil, nil, false
		}
		failed.Add(1)
		resp, err := answer(req)
		return resp, err, true
	})
	return &failed
}

func TestNoLossAndNoDoubleWhen(t *testing.T) {
	hangUp := func(kmsg.Request) (kmsg.Response, error) { return nil, errors.New("hang up") }
	code := func(e *kerr.Error) func(kmsg.Request) (kmsg.Response, error) {
		return func(req kmsg.Request) (kmsg.Response, error) {
			switch req := req.(type) {
			case *kmsg.TxnOffsetCommitRequest:
				resp := req.ResponseKind().(*kmsg.TxnOffsetCommitResponse)
				for _, t := range req.Topics {
					rt := kmsg.NewTxnOffsetCommitResponseTopic()
					rt.Topic, rt.TopicID = t.Topic, t.TopicID
					for _, p := range t.Partitions {
						rp := kmsg.NewTxnOffsetCommitResponseTopicPartition()
						rp.Partition, rp.ErrorCode = p.Partition, e.Code
						rt.Partitions = append(rt.Partitions, rp)
					}
					resp.Topics = append(resp.Topics, rt)
				}
				return resp, nil
			case *kmsg.EndTxnRequest:
				resp := req.ResponseKind().(*kmsg.EndTxnResponse)
				resp.ErrorCode = e.Code
				return resp, nil
			case *kmsg.ProduceRequest:
				resp := req.ResponseKind().(*kmsg.ProduceResponse)
				for _, t := range req.Topics {
					rt := kmsg.NewProduceResponseTopic()
					rt.Topic, rt.TopicID = t.Topic, t.TopicID
					for _, p := range t.Partitions {
						rp := kmsg.NewProduceResponseTopicPartition()
						rp.Partition, rp.ErrorCode = p.Partition, e.Code
						rt.Partitions = append(rt.Partitions, rp)
					}
					resp.Topics = append(resp.Topics, rt)
				}
				return resp, nil
			}
			return nil, fmt.Errorf("no answer for %T", req)
		}
	}
	for _, c := range []struct {
		name   string
		key    kmsg.Key
		answer func(kmsg.Request) (kmsg.Response, error)
		times  int32
	}{
		{"the outputs are refused", kmsg.Produce, code(kerr.InvalidRecord), 1},
		{"the offsets are refused", kmsg.TxnOffsetCommit, code(kerr.UnknownMemberID), 1},
		{"the group has moved on", kmsg.TxnOffsetCommit, code(kerr.IllegalGeneration), 2},
		{"the worker is fenced", kmsg.EndTxn, code(kerr.ProducerFenced), 1},
		{"the transaction is unknown", kmsg.EndTxn, code(kerr.InvalidTxnState), 1},
		{"the end is not answered", kmsg.EndTxn, hangUp, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBank(t)
			failed := b.failing(c.key, 4, c.times, c.answer)
			r := b.start()
			for range 5 {
				b.traffic(60, 5, 30)
				_, n := b.expect()
				b.read(n)
			}
			if err := r.stop(); err != nil {
				t.Fatal(err)
			}
			if failed.Load() == 0 {
				t.Fatal("the fault never struck")
			}
			b.check()
		})
	}
}

func TestKilledBetweenProduceAndCommit(t *testing.T) {
	b := newBank(t)
	reached := make(chan struct{})
	var armed atomic.Bool
	b.cluster.ControlKey(kmsg.TxnOffsetCommit.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		if armed.CompareAndSwap(true, false) {
			close(reached) // the outputs are in the topics, the offsets are not
			return nil, errors.New("killed"), true
		}
		return nil, nil, false
	})
	// What the dead one hides must not wait until his transaction has timed out.
	b.cluster.ControlKey(kmsg.InitProducerID.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		if init, ok := req.(*kmsg.InitProducerIDRequest); ok {
			init.TransactionTimeoutMillis = int32((10 * time.Minute).Milliseconds())
		}
		return nil, nil, false
	})
	b.traffic(100, 5, 30)
	r := b.start()
	_, n := b.expect()
	b.read(n)
	armed.Store(true)
	b.traffic(100, 5, 30)
	<-reached
	r.kill()

	successor := b.start()
	_, n = b.expect()
	b.read(n)
	if err := successor.stop(); err != nil {
		t.Fatal(err)
	}
	b.check()
}

func TestTwoWorkersShareAndTakeOver(t *testing.T) {
	b := newBank(t)
	first := b.start()
	b.traffic(200, 7, 50)
	_, n := b.expect()
	b.read(n)
	second := b.start()
	if _, err := b.cluster.WaitGroupStable(t.Context(), ns.Group("fold"), 2); err != nil {
		t.Fatal(err)
	}
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
	b := newBank(t)
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
}

func (b *bank) committedCursor(partition int32) fold.Cursor {
	b.t.Helper()
	rows, err := kadm.NewClient(b.client).FetchOffsets(b.t.Context(), ns.Group("fold"))
	if err != nil {
		b.t.Fatal(err)
	}
	row, _ := rows.Lookup(ns.Topic(topics.Events), partition)
	c, err := decodeProgress(row.Metadata)
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

func TestAPoisonRecordStopsItsPartitionAlone(t *testing.T) {
	for _, poison := range []string{"e", "p"} {
		b := newBank(t)
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
		if v := got[ns.Topic(topics.Verdicts)+" "]; len(v) != 1 {
			t.Errorf("%d verdicts about the parked record, want 1", len(v))
		}
		if err := last.stop(); err != nil {
			t.Fatal(err)
		}
	}
}

func (b *bank) committedOffset(partition int32) int64 {
	b.t.Helper()
	rows, err := kadm.NewClient(b.client).FetchOffsets(b.t.Context(), ns.Group("fold"))
	if err != nil {
		b.t.Fatal(err)
	}
	row, ok := rows.Lookup(ns.Topic(topics.Events), partition)
	if !ok {
		b.t.Fatalf("no offset of partition %d", partition)
	}
	return row.At
}

func wantRefusal(t *testing.T, r *running, want ...string) {
	t.Helper()
	select {
	case err := <-r.done:
		r.done <- err
		for _, w := range want {
			if err == nil || !contains(err.Error(), w) {
				t.Errorf("refusal %v, want %q in it", err, w)
			}
		}
	case <-time.After(2 * time.Minute):
		t.Fatal("not refused")
	}
}

func TestRefusesALogThatWasCutShort(t *testing.T) {
	b := newBank(t)
	b.traffic(50, 5, 0)
	if err := b.cluster.DeleteRecords(ns.Topic(topics.Events), 2, 10); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, b.start(), "partition 2", "offset 10", "retention.ms=-1")
}

func TestRefusesOutputsWithoutAnOffset(t *testing.T) {
	b := newBank(t)
	b.traffic(50, 5, 0)
	r := b.start()
	_, n := b.expect()
	b.read(n)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := kadm.NewClient(b.client).DeleteGroups(t.Context(), ns.Group("fold")); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, b.start(), "has no offset", "delete the output topics")
}

func TestAbortedOutputsAreNoReasonToRefuse(t *testing.T) {
	b := newBank(t)
	failed := b.failing(kmsg.TxnOffsetCommit, 1, 3, func(kmsg.Request) (kmsg.Response, error) {
		return nil, errors.New("hang up")
	})
	b.traffic(50, 5, 20)
	r := b.start()
	_, n := b.expect()
	b.read(n)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if failed.Load() == 0 {
		t.Fatal("the fault never struck")
	}
	b.check()
}

func TestRefusesOffsetsThatAToolHasSet(t *testing.T) {
	b := newBank(t)
	b.traffic(50, 5, 0)
	var os kadm.Offsets
	os.Add(kadm.Offset{Topic: ns.Topic(topics.Events), Partition: 0, At: 7, LeaderEpoch: -1, Metadata: "by hand"})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if _, err := kadm.NewClient(b.client).CommitOffsets(ctx, ns.Group("fold"), os); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, b.start(), "partition 0", "offset 7", "a tool has set this offset")
}

func TestRefusesALogThatLostItsEnd(t *testing.T) {
	b := newBank(t)
	b.traffic(50, 5, 0)
	metadata, err := encodeProgress(fold.Cursor{})
	if err != nil {
		t.Fatal(err)
	}
	var os kadm.Offsets
	os.Add(kadm.Offset{Topic: ns.Topic(topics.Events), Partition: 0, At: 70, LeaderEpoch: -1, Metadata: metadata})
	if _, err := kadm.NewClient(b.client).CommitOffsets(t.Context(), ns.Group("fold"), os); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, b.start(), "offset 70", "ends at 50", "lost records")
}
