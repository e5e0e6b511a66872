package clickhouse

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// After a restart a topic at rest has no lag, although this process has committed
// nothing of it; and what is no partition at all is not counted.
func TestLagAfterARestart(t *testing.T) {
	_, db := database(t)
	k := newKafka(t)
	k.put(topics.Events, 0, kgo.TryCommit, tx("a", "1", 100))
	for range 5 {
		k.put(topics.TierChanges, 0, kgo.TryCommit, &pb.TierChange{CustomerId: "a", Scheme: "card", Kind: pb.ChangeKind_DOWNGRADED, Log: &pb.Position{}})
	}
	stop := run(t, k.config(db))
	k.caughtUp()
	stop()

	cfg := k.config(db)
	metrics := prometheus.NewRegistry()
	cfg.Registerer = metrics
	stop = run(t, cfg)
	k.put(topics.Events, 0, kgo.TryCommit, tx("a", "2", 100))
	k.caughtUp()
	stop()
	families, err := metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range families {
		if f.GetName() != "tierwatch_warehouse_lag_records" {
			continue
		}
		for _, m := range f.GetMetric() {
			seen++
			topic := m.GetLabel()[0].GetValue()
			if n := m.GetGauge().GetValue(); n != 0 || topic == "" {
				t.Errorf("topic %q: lag %v, want none", topic, n)
			}
		}
	}
	if seen == 0 {
		t.Error("no lag is told")
	}
}

func TestLagCountsFromWhatWasCommitted(t *testing.T) {
	o := newOffsets()
	key := topicPartition{"t", 1}
	if o.reached(key, 10) || len(o.lag()) != 0 {
		t.Error("a partition that is not owned counts")
	}
	o.assign(map[string][]int32{"t": {1}})
	if !o.reached(key, 10) {
		t.Error("the first sight is not told")
	}
	o.began(key, 7)
	if o.reached(key, 12) || o.lag()["t"] != 5 {
		t.Errorf("lag %v, want 5 from the seventh on", o.lag())
	}
	o.began(key, 12)
	if o.lag()["t"] != 5 {
		t.Error("a later beginning overwrites the mark")
	}
}
