package kafka_test

import (
	"fmt"
	"testing"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// The only node of the broker is killed while a source is read, and comes back: every
// record reaches the log, and the books count it once.
func TestTheBrokerIsRestartedUnderIngest(t *testing.T) {
	cluster := kafkatest.Shared(t, 1)
	b := newBankOn(t, cluster.Broker())
	const rounds, each = 3, 100
	send := func(round int) {
		values := make([]string, each)
		for i := range values {
			values[i] = fmt.Sprintf("C%d %d", round*each+i, 100)
		}
		b.sendAll(0, values...)
	}
	send(0)
	r := b.ingest()
	b.read(topics.Events, 1)
	for round := 1; round < rounds; round++ {
		send(round)
		if round == 1 { // in the midst of it
			cluster.Kill(1)
			if err := cluster.Restart(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
		}
	}
	seen := map[string]bool{}
	for n := rounds * each; len(seen) < rounds*each; n++ { // at least once: some may come twice
		for _, rec := range b.read(topics.Events, n) {
			seen[string(rec.Key)] = true
		}
	}
	b.reported(func(s *pb.SourceProgress) bool { return s.Partition == 0 && s.Position == rounds*each })
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	b.books(&pb.SourceBooks{Read: rounds * each, Accepted: rounds * each}, rounds*each)
}
