package worker

import (
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// TestGoesOnBehindACut: a log that was cut no further than its state needs is folded
// on; one of which a record is missing is refused.
func TestGoesOnBehindACut(t *testing.T) { onBoth(t, goesOnBehindACut) }

func goesOnBehindACut(t *testing.T, b *bank) {
	restoring := fromItsState(new(atomic.Int64))
	logs, want, n := b.history()
	halves := make([][]string, testPartitions)
	for p := range logs {
		halves[p] = logs[p][:len(logs[p])/2]
		b.write(int32(p), halves[p]...)
	}
	_, half := b.plainFold(halves)
	first := b.start(restoring)
	b.read(half)
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	cut := kadm.Offsets{}
	for p := range int32(testPartitions) {
		l, r := fold.NewLoading(fold.Options{}), StateReader{Kafka: []kgo.Opt{kgo.SeedBrokers(b.broker.Seeds...)}, Topic: b.ns.Topic(topics.State), Partition: p, poll: 100}
		if _, _, err := r.Read(t.Context(), l.Take); err != nil {
			t.Fatal(err)
		}
		from := l.Summary().ReplayFrom
		if from < 10 {
			t.Fatalf("partition %d is folded again from %d: nothing can be cut", p, from)
		}
		cut.Add(kadm.Offset{Topic: b.ns.Topic(topics.Events), Partition: p, At: from})
	}
	if _, err := b.admin.DeleteRecords(t.Context(), cut); err != nil {
		t.Fatal(err)
	}
	for p := range logs {
		b.write(int32(p), logs[p][len(halves[p]):]...)
	}
	second := b.start(restoring)
	got := b.read(n)
	if err := second.stop(); err != nil {
		t.Fatal(err)
	}
	compare(t, got, want)

	var forget fold.Saves
	fold.ForgetState(&forget)
	r := &kgo.Record{Topic: b.ns.Topic(topics.State), Partition: 1, Key: forget.List[0].Key, Value: forget.List[0].Value}
	if err := b.client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, b.start(restoring), "partition 1", "needs the log from offset 0 on", "tierwatch state rebuild --partition 1 --from", "retention.ms=-1")
}
