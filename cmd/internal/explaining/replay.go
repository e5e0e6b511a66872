package explaining

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// ErrUnknown is a customer of whom the log has no record.
var ErrUnknown = errors.New("the log has no record of this customer")

// ErrNotClosed is a day that the log has not closed.
var ErrNotClosed = errors.New("the day is not closed")

// Replay folds what the log has of a customer: all of it, or for at > 0 up to and
// with the CLOSE of that day. Alerts are the open ones, whole. Progress is told of
// records read and to read.
func Replay(ctx context.Context, d *wire.Deployment, customer string, at int32, progress func(done, total int64)) (*fold.Explanation, []*pb.Alert, error) {
	topic := d.Namespace.Topic(topics.Events)
	id := int32(kafka.LogPartitioner().ForTopic(topic).Partition(&kgo.Record{Key: []byte(customer)}, int(d.Partitions)))
	skips, err := parked(ctx, d, id)
	if err != nil {
		return nil, nil, err
	}
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), d.Kafka...),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {id: kgo.NewOffset().At(0)}}),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
	)...)
	if err != nil {
		return nil, nil, fmt.Errorf("open reader of %s: %w", topic, err)
	}
	defer client.Close()
	ends, err := kafka.EndOffsets(ctx, client, topic)
	if err != nil {
		return nil, nil, err
	}
	if len(ends) != int(d.Partitions) { // the customer would be looked for in another partition
		return nil, nil, fmt.Errorf("%s has %d partitions, but kafka.partitions is %d: set it to what the log has", topic, len(ends), d.Partitions)
	}
	r := &replay{
		customer: customer, at: at, skips: skips, alerts: map[string]*pb.Alert{},
		fold: fold.New(fold.Options{Partition: id, RawMax: d.Config.Fold.RawMax}),
	}
	for next := int64(0); next < ends[id] && !r.over; {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", topic, err)
		}
		for _, rec := range fetches.Records() {
			if next = rec.Offset + 1; rec.Offset >= ends[id] || r.over {
				break
			}
			if err := r.record(rec); err != nil {
				return nil, nil, err
			}
		}
		progress(next, ends[id])
	}
	return r.result()
}

func parked(ctx context.Context, d *wire.Deployment, id int32) (map[int64]bool, error) {
	registry, err := control.NewRegistry(d.Kafka, d.Namespace)
	if err != nil {
		return nil, err
	}
	defer registry.Close()
	list, err := registry.Skips(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read skips: %w", err)
	}
	skips := map[int64]bool{}
	for _, offset := range list {
		skips[offset] = true
	}
	return skips, nil
}

type replay struct {
	customer string
	at       int32
	skips    map[int64]bool
	fold     *fold.Partition
	out      fold.Outputs
	alerts   map[string]*pb.Alert // newest revision by id
	order    []string
	first    int32 // day of the first CLOSE
	over     bool
}

func (r *replay) record(rec *kgo.Record) error {
	if len(rec.Key) > 0 && string(rec.Key) != r.customer || r.skips[rec.Offset] {
		return nil
	}
	r.out.Reset()
	if err := r.fold.Apply(rec.Offset, rec.Value, &r.out); err != nil {
		return fmt.Errorf("fold offset %d: %w", rec.Offset, err)
	}
	for r.fold.Draining() {
		r.fold.Drain(1, &r.out)
	}
	for i := range r.out.List {
		if o := &r.out.List[i]; o.Kind == fold.KindAlert && o.Customer == r.customer {
			a := new(pb.Alert)
			if err := a.UnmarshalVT(o.Value); err != nil {
				return fmt.Errorf("decode alert: %w", err)
			}
			if r.alerts[a.AlertId] == nil {
				r.order = append(r.order, a.AlertId)
			}
			r.alerts[a.AlertId] = a
		}
	}
	last := r.fold.Clock().LastClose
	if r.first == 0 {
		r.first = last
	}
	r.over = r.at > 0 && last >= r.at
	return nil
}

func (r *replay) result() (*fold.Explanation, []*pb.Alert, error) {
	if r.at > 0 && !r.over {
		last := "none is"
		if c := r.fold.Clock().LastClose; c > 0 {
			last = "the last one that is: " + date(c)
		}
		return nil, nil, fmt.Errorf("%s: %w; %s", date(r.at), ErrNotClosed, last)
	}
	if r.at > 0 && r.at < r.first {
		return nil, nil, fmt.Errorf("%s: %w; the first one that is: %s", date(r.at), ErrNotClosed, date(r.first))
	}
	explain := r.fold.Explain
	if r.at > 0 {
		explain = r.fold.ExplainClosed
	}
	x, ok := explain(r.customer)
	if !ok {
		return nil, nil, fmt.Errorf("%s: %w", r.customer, ErrUnknown)
	}
	var open []*pb.Alert
	for _, id := range r.order {
		if a := r.alerts[id]; a.State == pb.AlertState_OPEN {
			open = append(open, a)
		}
	}
	return x, open, nil
}
