package worker

import (
	"bytes"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
)

// leavesOpen leaves a worker's transaction, outputs and positions, as he dies, and returns
// its id.
func (b *bank) leavesOpen(outlasting func(*Options)) string {
	b.t.Helper()
	b.traffic(100, 5, 30)
	r, armed := b.killedAt(kmsg.TxnOffsetCommit, outlasting)
	_, n := b.expect()
	b.read(n)
	armed.Store(true)
	b.traffic(100, 5, 30)
	kafkatest.Until(b.t, "the worker is cut off", r.wire.isCut)
	_ = r.stop()
	b.unstable()
	list, err := b.admin.ListTransactions(b.t.Context(), nil, []string{"Ongoing"})
	if err != nil || len(list) != 1 {
		b.t.Fatalf("open transactions: %v (%v), want one", list, err)
	}
	return list.TransactionalIDs()[0]
}

// Apache Kafka, one node: what its coordinator calls over, and a partition does not know
// of, as KAFKA-20734 leaves it behind, is ended as the coordinator says; all is read once.
func TestASuccessorEndsWhatTheBrokerLeftHanging(t *testing.T) {
	for _, state := range []kmsg.TransactionState{kmsg.TransactionStateCompleteCommit, kmsg.TransactionStateCompleteAbort} {
		t.Run(state.String(), func(t *testing.T) {
			kafkatest.Shared(t, 1) // skips without Apache Kafka
			dir := t.TempDir()
			cluster, err := kafkatest.Start(t.Context(), kafkatest.Options{Nodes: 1, Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(cluster.Stop)
			b := newBankOn(t, cluster.Broker())
			outlasting := b.outlasting()
			id := b.leavesOpen(outlasting)
			cluster.Kill(1)
			callOver(t, dir, id, state)
			if err := cluster.Restart(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			kafkatest.Until(t, "the coordinator says "+state.String(), func() bool {
				all, err := b.admin.DescribeTransactions(t.Context(), id)
				return err == nil && all[id].State == state.String()
			})
			var told safeBuffer
			successor := b.start(outlasting, telling(t, &told))
			_, n := b.expect()
			b.read(n)
			if err := successor.stop(); err != nil {
				t.Fatal(err)
			}
			b.check()
			if !told.says(endedThere) {
				t.Error("the successor does not say that it has ended what hung")
			}
		})
	}
}

var endedThere = regexp.MustCompile(`"committed":(true|false).*is ended there`)

// telling keeps what a worker says.
func telling(t *testing.T, told *safeBuffer) func(*Options) {
	return func(o *Options) {
		o.Log = zerolog.New(io.MultiWriter(zerolog.NewTestWriter(t), told)).Level(zerolog.WarnLevel)
	}
}

// callOver writes into the log of a dead node's coordinator that a transaction is over.
func callOver(t *testing.T, dir, id string, state kmsg.TransactionState) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(dir, "*", "node1", "data", "__transaction_state-*", "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range logs {
		log, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var last, his kmsg.RecordBatch
		for rest := log; len(rest) > 12; rest = rest[12+last.Length:] {
			if err := last.ReadFrom(rest); err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(last.Records, []byte(id)) {
				his = last
			}
		}
		if his.NumRecords == 0 {
			continue
		}
		if his.NumRecords != 1 {
			t.Fatalf("%d records in a batch of the coordinator, want 1", his.NumRecords)
		}
		his.FirstOffset, his.PartitionLeaderEpoch = last.FirstOffset+int64(last.LastOffsetDelta)+1, last.PartitionLeaderEpoch
		his.Records = calledOver(t, his.Records, state)
		if err := os.WriteFile(path, append(log, whole(&his)...), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatalf("no coordinator knows %s: %v", id, logs)
}

// calledOver is the coordinator's record of a transaction, over.
func calledOver(t *testing.T, record []byte, state kmsg.TransactionState) []byte {
	t.Helper()
	var r kmsg.Record
	var v kmsg.TxnMetadataValue
	if err := r.ReadFrom(record); err != nil {
		t.Fatal(err)
	}
	if err := v.ReadFrom(r.Value); err != nil {
		t.Fatal(err)
	}
	// As the end of a transaction does since Kafka 4. No topics are another thing than null.
	v.State, v.Topics, v.ProducerEpoch = state, []kmsg.TxnMetadataValueTopic{}, v.ProducerEpoch+1
	r.Value, r.Length = v.AppendTo(nil), 0
	r.Length = int32(len(r.AppendTo(nil)) - 1) // a length of 0 takes one byte
	return r.AppendTo(nil)
}

// whole is a batch with its length and checksum.
func whole(b *kmsg.RecordBatch) []byte {
	b.Length = int32(len(b.AppendTo(nil)) - 12)
	b.CRC = int32(crc32.Checksum(b.AppendTo(nil)[21:], crc32.MakeTable(crc32.Castagnoli)))
	return b.AppendTo(nil)
}

// toldOver makes the broker in memory call a transaction over for the next times that it
// is asked.
func (b *bank) toldOver(id string, times int) {
	b.t.Helper()
	all, err := b.admin.DescribeTransactions(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	var asked atomic.Int64
	b.cluster.ControlKey(kmsg.DescribeTransactions.Int16(), func(q kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		if asked.Add(1) > int64(times) {
			return nil, nil, false
		}
		resp := q.ResponseKind().(*kmsg.DescribeTransactionsResponse)
		s := kmsg.NewDescribeTransactionsResponseTransactionState()
		s.TransactionalID, s.State, s.ProducerID, s.ProducerEpoch = id, "CompleteCommit", all[id].ProducerID, all[id].ProducerEpoch+1
		resp.TransactionStates = append(resp.TransactionStates, s)
		return resp, nil, true
	})
}

// What began anew while it was looked at is somebody's who lives: he is fenced, and no
// marker is written.
func TestATransactionThatGoesOnIsNoHungOne(t *testing.T) {
	b := newBank(t)
	outlasting := b.outlasting()
	b.toldOver(b.leavesOpen(outlasting), 1)
	var marked atomic.Bool
	b.cluster.ControlKey(kmsg.WriteTxnMarkers.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
		marked.Store(true)
		return nil, nil, false
	})
	successor := b.start(outlasting)
	_, n := b.expect()
	b.read(n)
	if err := successor.stop(); err != nil {
		t.Fatal(err)
	}
	b.check()
	if marked.Load() {
		t.Error("a marker was written")
	}
}

// Who may not look or mark says what to do, and leaves the id alone: the coordinator would
// forget the outcome.
func TestAHungTransactionNeedsTheRight(t *testing.T) {
	for _, c := range []struct {
		key  kmsg.Key
		says string
		deny func(kmsg.Request) kmsg.Response
	}{
		{kmsg.WriteTxnMarkers, "ClusterAction", deniedMarkers},
		{kmsg.DescribeProducers, "TOPIC_AUTHORIZATION_FAILED", deniedLook},
	} {
		t.Run(c.key.Name(), func(t *testing.T) {
			b := newBank(t)
			outlasting := b.outlasting()
			id := b.leavesOpen(outlasting)
			b.toldOver(id, 1<<30)
			b.cluster.ControlKey(c.key.Int16(), func(q kmsg.Request) (kmsg.Response, error, bool) {
				b.cluster.KeepControl()
				return c.deny(q), nil, true
			})
			var taken atomic.Bool
			b.cluster.ControlKey(kmsg.InitProducerID.Int16(), func(q kmsg.Request) (kmsg.Response, error, bool) {
				b.cluster.KeepControl()
				if at := q.(*kmsg.InitProducerIDRequest).TransactionalID; at != nil && *at == id {
					taken.Store(true)
				}
				return nil, nil, false
			})
			var told safeBuffer
			successor := b.start(outlasting, telling(t, &told))
			want := regexp.MustCompile("transaction " + id + " hangs.*docs/runbook.md.*" + c.says)
			kafkatest.Until(t, "the worker says what it lacks", func() bool { return told.says(want) })
			_ = successor.stop()
			if taken.Load() {
				t.Error("the id was taken")
			}
		})
	}
}

func deniedMarkers(q kmsg.Request) kmsg.Response {
	resp := q.ResponseKind().(*kmsg.WriteTxnMarkersResponse)
	for _, m := range q.(*kmsg.WriteTxnMarkersRequest).Markers {
		rm := kmsg.NewWriteTxnMarkersResponseMarker()
		for _, topic := range m.Topics {
			rt := kmsg.NewWriteTxnMarkersResponseMarkerTopic()
			rt.Topic = topic.Topic
			for _, p := range topic.Partitions {
				rp := kmsg.NewWriteTxnMarkersResponseMarkerTopicPartition()
				rp.Partition, rp.ErrorCode = p, kerr.ClusterAuthorizationFailed.Code
				rt.Partitions = append(rt.Partitions, rp)
			}
			rm.Topics = append(rm.Topics, rt)
		}
		resp.Markers = append(resp.Markers, rm)
	}
	return resp
}

func deniedLook(q kmsg.Request) kmsg.Response {
	resp := q.ResponseKind().(*kmsg.DescribeProducersResponse)
	for _, topic := range q.(*kmsg.DescribeProducersRequest).Topics {
		rt := kmsg.NewDescribeProducersResponseTopic()
		rt.Topic = topic.Topic
		for _, p := range topic.Partitions {
			rp := kmsg.NewDescribeProducersResponseTopicPartition()
			rp.Partition, rp.ErrorCode = p, kerr.TopicAuthorizationFailed.Code
			rt.Partitions = append(rt.Partitions, rp)
		}
		resp.Topics = append(resp.Topics, rt)
	}
	return resp
}
