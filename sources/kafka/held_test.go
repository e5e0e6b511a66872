package kafka_test

import (
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// valueOf gives a function that adds up what a metric of ingest shows.
func valueOf(t *testing.T, m *kafka.Metrics, name string) func() float64 {
	t.Helper()
	r := prometheus.NewRegistry()
	for _, c := range m.Collectors() {
		r.MustRegister(c)
	}
	return func() (sum float64) {
		families, err := r.Gather()
		if err != nil {
			t.Error(err)
		}
		for _, f := range families {
			if f.GetName() != name {
				continue
			}
			for _, s := range f.Metric {
				sum += s.GetGauge().GetValue() + s.GetCounter().GetValue()
			}
		}
		return sum
	}
}

// While the log is short of replicas, reading waits for what was read before. That the
// gate has closed meanwhile, for want of a TICK, is shown all the same.
func TestAClosedGateIsShownWhileTheLogTakesNothing(t *testing.T) {
	b := newBank(t)
	var mended atomic.Bool
	b.cluster.ControlKey(kmsg.Produce.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		p := req.(*kmsg.ProduceRequest)
		info := b.cluster.TopicInfo(b.ns.Topic(topics.Events))
		resp := p.ResponseKind().(*kmsg.ProduceResponse)
		for _, topic := range p.Topics {
			if mended.Load() || topic.Topic != info.Topic && topic.TopicID != info.TopicID {
				return nil, nil, false
			}
			rt := kmsg.NewProduceResponseTopic()
			rt.Topic, rt.TopicID = topic.Topic, topic.TopicID
			for _, part := range topic.Partitions {
				rp := kmsg.NewProduceResponseTopicPartition()
				rp.Partition, rp.ErrorCode = part.Partition, 19 // NOT_ENOUGH_REPLICAS
				rt.Partitions = append(rt.Partitions, rp)
			}
			resp.Topics = append(resp.Topics, rt)
		}
		return resp, nil, true
	})
	b.send(0, "A 100", "A 200", "A 300", "A 400", "A 500")
	g, m := &gate{}, kafka.NewMetrics()
	g.open.Store(true)
	read, held := valueOf(t, m, "tierwatch_ingest_read_total"), valueOf(t, m, "tierwatch_ingest_held")
	b.ingest(func(o *kafka.IngestOptions) { o.Gate, o.Metrics, o.PollRecords, o.MaxBatches = g, m, 1, 1 })
	// One waits for its acknowledgement, one behind it, and the third for room.
	kafkatest.Until(t, "three batches are read", func() bool { return read() == 3 })
	if held() != 0 {
		t.Error("held back, and the gate is open")
	}
	g.open.Store(false)
	kafkatest.Until(t, "it is shown that events are held back", func() bool { return held() == 1 })
	g.open.Store(true)
	kafkatest.Until(t, "they are not held back any more", func() bool { return held() == 0 })
	mended.Store(true)
	b.read(topics.Events, 5)
}

// A source goes on while its offsets cannot be committed; that they cannot is counted.
func TestACommitThatFailsIsCounted(t *testing.T) {
	b := newBank(t)
	var mended atomic.Bool
	b.cluster.ControlKey(kmsg.OffsetCommit.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		if mended.Load() {
			return nil, nil, false
		}
		c := req.(*kmsg.OffsetCommitRequest)
		resp := c.ResponseKind().(*kmsg.OffsetCommitResponse)
		for _, topic := range c.Topics {
			rt := kmsg.NewOffsetCommitResponseTopic()
			rt.Topic, rt.TopicID = topic.Topic, topic.TopicID
			for _, part := range topic.Partitions {
				rp := kmsg.NewOffsetCommitResponseTopicPartition()
				rp.Partition, rp.ErrorCode = part.Partition, 30 // GROUP_AUTHORIZATION_FAILED
				rt.Partitions = append(rt.Partitions, rp)
			}
			resp.Topics = append(resp.Topics, rt)
		}
		return resp, nil, true
	})
	m := kafka.NewMetrics()
	failures := valueOf(t, m, "tierwatch_ingest_commit_failures_total")
	b.send(0, "A 100")
	b.ingest(func(o *kafka.IngestOptions) { o.Metrics = m })
	kafkatest.Until(t, "a failed commit is counted", func() bool { return failures() > 0 })
	mended.Store(true)
	kafkatest.Until(t, "the offset is committed", func() bool { return b.committed()[0] == 1 })
}
