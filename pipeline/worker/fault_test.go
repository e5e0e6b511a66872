package worker

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
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

// offsetsRefused is the answer that refuses them all.
func offsetsRefused(req *kmsg.TxnOffsetCommitRequest, e *kerr.Error) kmsg.Response {
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
	return resp
}

func TestNoLossAndNoDoubleWhen(t *testing.T) {
	hangUp := func(kmsg.Request) (kmsg.Response, error) { return nil, errors.New("hang up") }
	code := func(e *kerr.Error) func(kmsg.Request) (kmsg.Response, error) {
		return func(req kmsg.Request) (kmsg.Response, error) {
			switch req := req.(type) {
			case *kmsg.TxnOffsetCommitRequest:
				return offsetsRefused(req, e), nil
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
