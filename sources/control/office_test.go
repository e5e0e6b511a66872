package control

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

func valueOf(t *testing.T, g prometheus.Gauge) float64 {
	t.Helper()
	var m dto.Metric
	if err := g.Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.GetGauge().GetValue()
}

// Who cannot write its term, the log being short of replicas, is not shown in office;
// and the last TICK is, though another has written it, so that its age tells.
func TestWhoCannotWriteItsTermIsNotShownInOffice(t *testing.T) {
	o := newOffice(t)
	clock := newHandClock(at("2025-03-10 10:00:00"))
	o.publish(1, "")
	first := o.conductor(clock)
	o.saved("2025-03-10 10:00:00")
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}

	refused, mended := make(chan struct{}, 1), make(chan struct{})
	o.cluster.ControlKey(kmsg.Produce.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		o.cluster.KeepControl()
		p := req.(*kmsg.ProduceRequest)
		info := o.cluster.TopicInfo(o.ns.Topic(topics.Events))
		select {
		case <-mended:
			return nil, nil, false
		default:
		}
		resp := p.ResponseKind().(*kmsg.ProduceResponse)
		for _, topic := range p.Topics {
			if topic.Topic != info.Topic && topic.TopicID != info.TopicID {
				continue
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
		if len(resp.Topics) == 0 {
			return nil, nil, false
		}
		select {
		case refused <- struct{}{}:
		default:
		}
		return resp, nil, true
	})
	m := NewMetrics()
	o.conductor(clock, func(c *Options) { c.Metrics = m })
	<-refused
	if valueOf(t, m.active) != 0 {
		t.Error("it is shown in office, and cannot write")
	}
	if got, want := valueOf(t, m.tick), float64(at("2025-03-10 10:00:00").Unix()); got != want {
		t.Errorf("the last TICK is shown at %.0f, want %.0f", got, want)
	}
	close(mended)
	kafkatest.Until(t, "it is shown in office", func() bool { return valueOf(t, m.active) == 1 })
}

// A conductor that waits for a load has nothing else to do: it is shown in office.
func TestWhoWaitsForALoadIsShownInOffice(t *testing.T) {
	o := newOffice(t)
	topic := o.topic()
	now := at("2025-03-10 10:00:00").Unix()
	if _, err := topic.claim(t.Context(), "load", pb.Mode_BACKFILL, now); err != nil {
		t.Fatal(err)
	}
	m := NewMetrics()
	o.conductor(newHandClock(at("2025-03-10 10:00:00")), func(c *Options) { c.Metrics = m })
	kafkatest.Until(t, "it is shown in office", func() bool { return valueOf(t, m.active) == 1 })
	if valueOf(t, m.tick) != 0 {
		t.Error("it shows a TICK, and none was written")
	}
	o.publish(1, "")
	if err := topic.release(t.Context(), "load", pb.Mode_BACKFILL, now); err != nil {
		t.Fatal(err)
	}
	kafkatest.Until(t, "the first TICK is shown", func() bool { return valueOf(t, m.tick) == float64(now) })
}
