package worker

import (
	"context"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// outputTopics is the topic of each Kind.
var outputTopics = map[fold.Kind]topics.ID{
	fold.KindAlert:      topics.Alerts,
	fold.KindTierChange: topics.TierChanges,
	fold.KindSnapshot:   topics.Snapshots,
	fold.KindVerdict:    topics.Verdicts,
	fold.KindDeadLetter: topics.DLQ,
}

// producer turns outputs into records of the open transaction. Only the loop
// of the session uses it; promises report from the client's goroutines.
type producer struct {
	client *kgo.Client
	topic  [fold.KindDeadLetter + 1]string
	state  string

	mu  sync.Mutex
	err error
}

func newProducer(client *kgo.Client, ns topics.Namespace) *producer {
	p := &producer{client: client, state: ns.Topic(topics.State)}
	for kind, id := range outputTopics {
		p.topic[kind] = ns.Topic(id)
	}
	return p
}

// produce sends outs to the partition of the same number. The memory of outs
// belongs to the client until the transaction has been flushed.
func (p *producer) produce(ctx context.Context, partition int32, outs *fold.Outputs) {
	records, now := make([]kgo.Record, len(outs.List)), time.Now() // the client would ask for each
	for i := range outs.List {
		o, r := &outs.List[i], &records[i]
		r.Topic, r.Partition, r.Timestamp = p.topic[o.Kind], partition, now
		if o.Customer != "" {
			r.Key = []byte(o.Customer)
		}
		r.Value = o.Value
		p.client.Produce(ctx, r, p.promise)
	}
}

// produceState does the same with state records.
func (p *producer) produceState(ctx context.Context, partition int32, saves *fold.Saves) {
	records, now := make([]kgo.Record, len(saves.List)), time.Now()
	for i := range saves.List {
		r := &records[i]
		r.Topic, r.Partition, r.Key, r.Value = p.state, partition, saves.List[i].Key, saves.List[i].Value
		r.Timestamp = now
		p.client.Produce(ctx, r, p.promise)
	}
}

func (p *producer) promise(_ *kgo.Record, err error) {
	if err == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
	}
}

// failed returns the first error of a produced record.
func (p *producer) failed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}
