package explaining

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/reading"
	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// ErrUnknown is a customer of whom the log has no record.
var ErrUnknown = errors.New("the log has no record of this customer")

// ErrNotClosed is a day that the log has not closed.
var ErrNotClosed = errors.New("the day is not closed")

// Question is what Replay is asked.
type Question struct {
	Customer string
	// At is the day that was closed, 0: as known now.
	At int32
	// From is the snapshot to start at, nil: the start of the log.
	From *snapshot.Snapshot
}

// Replay folds what the log has of a customer: all of it, or for At > 0 up to and
// with the CLOSE of that day. Alerts are the open ones, whole. Progress is told of
// records read and to read.
func Replay(ctx context.Context, d *wire.Deployment, q Question, progress func(done, total int64)) (*fold.Explanation, []*pb.Alert, error) {
	topic := d.Namespace.Topic(topics.Events)
	id := int32(kafka.LogPartitioner().ForTopic(topic).Partition(&kgo.Record{Key: []byte(q.Customer)}, int(d.Partitions)))
	client, err := kgo.NewClient(d.Kafka...)
	if err != nil {
		return nil, nil, fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	bounds, err := reading.Log(ctx, admin, d)
	if err != nil {
		return nil, nil, err
	}
	skips, err := reading.Parked(ctx, d)
	if err != nil {
		return nil, nil, err
	}
	r := &replay{customer: q.Customer, at: q.At, skips: skips[id], alerts: map[string]*pb.Alert{}}
	from, err := r.begin(ctx, d, admin, id, bounds, q.From)
	if err != nil {
		return nil, nil, err
	}
	log, err := reading.Open(d.Kafka, topic, id, from, bounds[id].End)
	if err != nil {
		return nil, nil, err
	}
	defer log.Close()
	const tellEvery = 1024
	for n := int64(0); !r.over; n++ {
		rec, err := log.Read(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		if err := r.record(rec); err != nil {
			return nil, nil, err
		}
		if n%tellEvery == 0 {
			progress(n, bounds[id].End-from)
		}
	}
	return r.result()
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
			if err := r.alert(o.Value, math.MaxInt64); err != nil {
				return err
			}
		}
	}
	last := r.fold.Clock().LastClose
	if r.first == 0 {
		r.first = last
	}
	r.over = r.at > 0 && last >= r.at
	return nil
}

// alert takes a revision of an alert, if a record before offset next led to it.
func (r *replay) alert(value []byte, next int64) error {
	a := new(pb.Alert)
	if err := a.UnmarshalVT(value); err != nil {
		return fmt.Errorf("decode alert: %w", err)
	}
	if a.Log.GetOffset() >= next {
		return nil
	}
	if r.alerts[a.AlertId] == nil {
		r.order = append(r.order, a.AlertId)
	}
	r.alerts[a.AlertId] = a
	return nil
}

func (r *replay) result() (*fold.Explanation, []*pb.Alert, error) {
	if r.at > 0 && !r.over {
		return nil, nil, r.refuse()
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
	return x, r.open(x.Alerts), nil
}

// open are the open alerts: those known only to the customer's state, which lie in the
// topic of the log before a repartition, in short and first.
func (r *replay) open(known []*pb.Alert) (list []*pb.Alert) {
	for _, a := range known {
		if r.alerts[a.AlertId] == nil {
			list = append(list, a)
		}
	}
	for _, id := range r.order {
		if a := r.alerts[id]; a.State == pb.AlertState_OPEN {
			list = append(list, a)
		}
	}
	return list
}

// refuse tells why a day cannot be shown, and what can.
func (r *replay) refuse() error {
	clock, last := r.fold.Clock(), "none is"
	if clock.LastClose > 0 {
		last = "the last one that is: " + date(clock.LastClose)
	}
	if now := max(clock.TickAt, clock.Cut); r.at > max(clock.TickDay, clock.LastClose+1) && now > 0 {
		return fmt.Errorf("%s: %w, it has not begun: the log's clock is at %s; %s",
			date(r.at), ErrNotClosed, moment(now, r.fold.UTCOffset()).Format(minute), last)
	}
	return fmt.Errorf("%s: %w; %s; without --at it is shown as far as it is known", date(r.at), ErrNotClosed, last)
}
