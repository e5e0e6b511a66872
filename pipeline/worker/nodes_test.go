package worker

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// Three nodes, three replicas, two in sync. While the log grows, the nodes that lead
// the log, the outputs and the group are killed in turn and started again. With two
// nodes the fold goes on; in the end nothing is lost and nothing doubled.
func TestNodesAreKilledInTheMidstOfFolding(t *testing.T) {
	cluster := kafkatest.Shared(t, 3)
	b := newBankOn(t, cluster.Broker())
	logs, want, n := b.history()
	var newest atomic.Int64
	r := b.start(fromItsState(&newest), func(o *Options) {
		o.TransactionTimeout, o.SessionTimeout = 10*time.Second, 6*time.Second
		o.Kafka = append(o.Kafka, kgo.MetadataMinAge(time.Second)) // as in production
		o.StopTimeout, o.StateAge = 5*time.Second, 200*time.Millisecond
	})
	// The second leads outputs too: what the first led has gone to the other two.
	victims := []func() int32{func() int32 { return b.leader(topics.Events, 0) }, b.coordinator}
	const chunk = 10
	written, total := 0, len(logs[0])
	write := func(upTo int) {
		for ; written < upTo; written += chunk {
			for p := range logs {
				b.write(int32(p), logs[p][min(written, len(logs[p])):min(written+chunk, len(logs[p]))]...)
			}
		}
	}
	for i, victim := range victims {
		write(total * (2*i + 1) / (2*len(victims) + 1))
		node, before := victim(), b.readable()
		cluster.Kill(node)
		// The log takes records, and what they cause can be read, with two nodes.
		write(total * (2*i + 2) / (2*len(victims) + 1))
		kafkatest.Within(t, 5*time.Minute, "the fold goes on without a node", func() bool { return b.readable() > before })
		if err := cluster.Restart(t.Context(), node); err != nil {
			t.Fatal(err)
		}
		// Or the next one that goes leaves partitions with one replica in sync, or none.
		kafkatest.Within(t, 5*time.Minute, "all replicas are in sync", b.inSync)
	}
	write(total + 100)
	got := b.read(n)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	compare(t, got, want)
	if visible := b.visible(); visible != n {
		t.Errorf("%d outputs are readable, want %d", visible, n)
	}
	// A restart on what the nodes kept says nothing twice.
	again := b.start(fromItsState(&newest))
	kafkatest.GroupStable(t, b.admin, b.ns.Group("fold"), 1)
	b.write(0, logs[0][len(logs[0])-1]) // the last CLOSE once more: folded, and not news
	kafkatest.Until(t, "the position passes it", func() bool { return b.committedOffset(0) == int64(len(logs[0])+1) })
	if err := again.stop(); err != nil {
		t.Fatal(err)
	}
	if visible := b.visible(); visible != n {
		t.Errorf("after a restart %d outputs are readable, want %d", visible, n)
	}
	if newest.Load() == 0 {
		t.Error("nothing was restored from the state")
	}
}

// inSync says whether every partition, the brokers' own too, has all its replicas in sync.
func (b *bank) inSync() bool {
	found, err := b.admin.ListTopicsWithInternal(b.t.Context())
	if err != nil || found.Error() != nil {
		return false
	}
	for _, topic := range found {
		for _, p := range topic.Partitions {
			if p.Err != nil || len(p.ISR) < len(p.Replicas) {
				return false
			}
		}
	}
	return true
}

// leader is the node that leads a partition.
func (b *bank) leader(id topics.ID, partition int32) int32 {
	b.t.Helper()
	found, err := b.admin.ListTopics(b.t.Context(), b.ns.Topic(id))
	if err != nil {
		b.t.Fatal(err)
	}
	return found[b.ns.Topic(id)].Partitions[partition].Leader
}

// coordinator is the node that coordinates the fold's group.
func (b *bank) coordinator() int32 {
	b.t.Helper()
	found := b.admin.FindGroupCoordinators(b.t.Context(), b.ns.Group("fold"))
	if err := found.Error(); err != nil {
		b.t.Fatal(err)
	}
	return found[b.ns.Group("fold")].NodeID
}

// readable is how far the outputs can be read, as a sum of offsets; 0 as long as a
// partition has no leader.
func (b *bank) readable() int64 {
	b.t.Helper()
	ends, err := b.admin.ListCommittedOffsets(b.t.Context(), b.outputNames()...)
	if err != nil || ends.Error() != nil {
		return 0
	}
	var sum int64
	for _, partitions := range ends {
		for _, end := range partitions {
			sum += max(0, end.Offset)
		}
	}
	return sum
}
