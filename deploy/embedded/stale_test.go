package embedded

import (
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// What a clean stop has noted of a partition is not true any more when records were
// written since, also where a compaction made the files as long as they were.
func TestKafkaForgetsTheLastStopWhenItIsKilled(t *testing.T) {
	dir := t.TempDir()
	first := startKafka(t, KafkaOptions{DataDir: dir})
	createTopic(t, first, "state", compacted)
	produce(t, kafkaClient(t, first), "state", "a=1", "b=1", "b=2")
	stopEngine(t, first)

	seen := newEvents()
	k := startKafka(t, KafkaOptions{DataDir: dir, OnEvent: seen.add})
	client := kafkaClient(t, k)
	produce(t, client, "state", "b=3") // the last batch of a topic is never compacted
	for range 2 {                      // the first start behind it compacts, the second finds the same length
		openProcess(t, k.PID()).kill(t)
		seen.wait(t, EventDied)
		seen.wait(t, EventRestarted)
	}
	wantRecords(t, k, "state", "a=1", "b=2", "b=3")
	produce(t, client, "state", "c=1")
	wantRecords(t, k, "state", "a=1", "b=2", "b=3", "c=1")
}

// A transaction that was open at a clean stop and has been committed since is committed.
func TestKafkaForgetsWhichTransactionsWereOpen(t *testing.T) {
	dir := t.TempDir()
	first := startKafka(t, KafkaOptions{DataDir: dir})
	createTopic(t, first, "t", nil)
	client := transactional(t, first, "writer-1", defaultTxnTimeout)
	begin(t, client)
	produce(t, client, "t", "a=1")
	stopEngine(t, first)

	seen := newEvents()
	k := startKafka(t, KafkaOptions{DataDir: dir, OnEvent: seen.add})
	end(t, client, kgo.TryCommit)
	wantRecords(t, k, "t", "a=1")
	openProcess(t, k.PID()).kill(t)
	seen.wait(t, EventDied)
	seen.wait(t, EventRestarted)
	next := transactional(t, k, "writer-2", defaultTxnTimeout)
	begin(t, next)
	produce(t, next, "t", "b=1")
	end(t, next, kgo.TryCommit)
	waitUntil(t, "nothing is open any more", func() bool {
		ends, err := kadm.NewClient(next).ListCommittedOffsets(t.Context(), "t")
		if err != nil {
			t.Fatal(err)
		}
		o, _ := ends.Lookup("t", 0)
		return o.Offset > 3
	})
	if got := consume(t, k, "t"); !slices.Equal(got, []string{"a=1", "b=1"}) {
		t.Errorf("t holds %v, want both", got)
	}
}

// A reader of committed records comes to the end of a partition that ends in a transaction
// which was open when the broker was killed, be there anything else in it or not.
func TestKafkaEndsWhatWasOpenWhenItWasKilled(t *testing.T) {
	seen := newEvents()
	k := startKafka(t, KafkaOptions{DataDir: t.TempDir(), OnEvent: seen.add})
	createTopic(t, k, "nothing", nil)
	createTopic(t, k, "something", compacted)
	client := transactional(t, k, "writer-1", defaultTxnTimeout)
	begin(t, client)
	produce(t, client, "something", "a=1")
	end(t, client, kgo.TryCommit)
	begin(t, client)
	produce(t, client, "something", "a=2", "b=2")
	produce(t, client, "nothing", "a=2")
	for range 2 { // what is written at the first start holds for the second
		openProcess(t, k.PID()).kill(t)
		seen.wait(t, EventDied)
		seen.wait(t, EventRestarted)
		wantRecords(t, k, "nothing")
		wantRecords(t, k, "something", "a=1")
	}
	next := transactional(t, k, "writer-1", defaultTxnTimeout)
	begin(t, next)
	produce(t, next, "something", "b=3")
	end(t, next, kgo.TryCommit)
	openProcess(t, k.PID()).kill(t)
	seen.wait(t, EventDied)
	seen.wait(t, EventRestarted)
	wantRecords(t, k, "something", "a=1", "b=3")
}
