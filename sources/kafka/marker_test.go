package kafka_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

func seldom(o *kafka.IngestOptions) { o.ReportEvery = time.Hour }

// However seldom progress is told, a marker of the end of a day is told before its
// offset is committed: who reads on behind it would not read it again.
func TestAMarkerIsToldBeforeItIsCommitted(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		b.send(0, "A 100")
		first := b.ingest(seldom)
		b.reported(func(s *pb.SourceProgress) bool { return s.Partition == 0 && s.Position == 1 })
		b.send(0, "eod 20259", "B 200")
		b.read(topics.Events, 2) // so the marker is read too
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
		if at := b.committed()[0]; at != 3 {
			t.Errorf("committed up to %d, want 3", at)
		}
		b.ingest()
		b.reported(func(s *pb.SourceProgress) bool { return s.Partition == 0 && s.EndOfDay == 20259 })
	})
}

// A marker whose report fails is not committed by the stop either: the next start reads
// it again.
func TestAMarkerWhoseReportFailsIsReadAgain(t *testing.T) {
	b := newBank(t)
	var armed atomic.Bool
	struck := make(chan struct{})
	strike := sync.OnceFunc(func() { close(struck) })
	reports := b.cluster.TopicInfo(b.ns.Topic(topics.Reports))
	b.cluster.ControlKey(kmsg.Produce.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		p := req.(*kmsg.ProduceRequest)
		for _, topic := range p.Topics {
			if armed.Load() && (topic.Topic == reports.Topic || topic.TopicID == reports.TopicID) {
				strike()
				return refused(p), nil, true
			}
		}
		return nil, nil, false
	})
	b.send(0, "A 100")
	first := b.ingest(seldom)
	b.reported(func(s *pb.SourceProgress) bool { return s.Partition == 0 && s.Position == 1 })
	armed.Store(true)
	b.send(0, "eod 20259")
	<-struck
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	if at := b.committed()[0]; at > 1 {
		t.Errorf("committed up to %d, behind a marker that nobody was told of", at)
	}
	armed.Store(false)
	second := b.ingest()
	b.reported(func(s *pb.SourceProgress) bool { return s.Partition == 0 && s.EndOfDay == 20259 })
	if err := second.stop(); err != nil {
		t.Fatal(err)
	}
	b.books(&pb.SourceBooks{Read: 2, Accepted: 1, Filtered: 1}, 2)
}

// refused answers a produce request with an error that is final, for all of it.
func refused(p *kmsg.ProduceRequest) kmsg.Response {
	resp := p.ResponseKind().(*kmsg.ProduceResponse)
	for _, topic := range p.Topics {
		rt := kmsg.NewProduceResponseTopic()
		rt.Topic, rt.TopicID = topic.Topic, topic.TopicID
		for _, part := range topic.Partitions {
			rp := kmsg.NewProduceResponseTopicPartition()
			rp.Partition, rp.ErrorCode = part.Partition, 87 // INVALID_RECORD
			rt.Partitions = append(rt.Partitions, rp)
		}
		resp.Topics = append(resp.Topics, rt)
	}
	return resp
}
