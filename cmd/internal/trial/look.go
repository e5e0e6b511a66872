package trial

import (
	"context"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/explaining"
	"github.com/tierwatch/tierwatch/cmd/internal/letters"
	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// patience bounds every wait of a test for what runs beside it.
const patience = 2 * time.Minute

// Folded waits until the fold has passed all that is in the log now.
func (b *Bank) Folded() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	ends, err := progress.Ends(ctx, b.admin(), b.Namespace)
	if err == nil {
		err = progress.WaitFolded(ctx, b.admin(), b.Namespace, ends)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// follow reads topics from their start until enough says so.
func (b *Bank) follow(enough func(*kgo.Record) bool, ids ...topics.ID) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = b.Namespace.Topic(id)
	}
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), b.Kafka...),
		kgo.ConsumeTopics(names...), kgo.FetchIsolationLevel(kgo.ReadCommitted()))...)
	if err != nil {
		b.t.Fatal(err)
	}
	defer client.Close()
	for {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			b.t.Fatalf("wait for a record of %v: %v", ids, err)
		}
		if slices.ContainsFunc(fetches.Records(), enough) {
			return
		}
	}
}

// Arrived waits for a customer record in the log that is wanted.
func (b *Bank) Arrived(wanted func(*pb.LogRecord) bool) {
	b.t.Helper()
	b.follow(func(r *kgo.Record) bool { return len(r.Key) > 0 && wanted(b.record(r)) }, topics.Events)
}

// Letter waits for a dead letter that is wanted.
func (b *Bank) Letter(wanted func(*pb.DeadLetter) bool) {
	b.t.Helper()
	b.follow(func(r *kgo.Record) bool {
		l := new(pb.DeadLetter)
		if err := l.UnmarshalVT(r.Value); err != nil {
			b.t.Fatal(err)
		}
		return wanted(l)
	}, topics.DLQ)
}

func (b *Bank) record(r *kgo.Record) *pb.LogRecord {
	b.t.Helper()
	lr := new(pb.LogRecord)
	if err := lr.UnmarshalVT(r.Value); err != nil {
		b.t.Fatal(err)
	}
	return lr
}

// Log is what the partitions hold, each in its order, one after the other.
func (b *Bank) Log() []*pb.LogRecord {
	b.t.Helper()
	ends, err := progress.Ends(b.t.Context(), b.admin(), b.Namespace)
	if err != nil {
		b.t.Fatal(err)
	}
	left := int64(0)
	for _, end := range ends {
		left += end
	}
	parts := make([][]*pb.LogRecord, len(ends))
	if left > 0 {
		b.follow(func(r *kgo.Record) bool {
			parts[r.Partition] = append(parts[r.Partition], b.record(r))
			left--
			return left == 0
		}, topics.Events)
	}
	var all []*pb.LogRecord
	for _, list := range parts {
		all = append(all, list...)
	}
	return all
}

// Letters are all dead letters there are now.
func (b *Bank) Letters() (list []letters.Letter) {
	b.t.Helper()
	err := letters.Scan(b.t.Context(), b.Deployment, func(l letters.Letter) error {
		list = append(list, l)
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

// Causes are the causes of all dead letters by event id, or by place of origin
// where the letter has none.
func (b *Bank) Causes() map[string]string {
	b.t.Helper()
	m := map[string]string{}
	for _, l := range b.Letters() {
		m[l.EventId] = l.Cause
	}
	return m
}

// Customer is what explain shows of a customer, at a closed day or now (0).
func (b *Bank) Customer(id string, at int32) *explaining.View {
	b.t.Helper()
	x, alerts, err := explaining.Replay(b.t.Context(), b.Deployment, explaining.Question{Customer: id, At: at}, func(int64, int64) {})
	if err != nil {
		b.t.Fatal(err)
	}
	v := explaining.New(x, alerts, b.Config.Deployment.BaseCurrency)
	v.Asked(at)
	return v
}

// Closed waits until a day is closed.
func (b *Bank) Closed(day int32) {
	b.t.Helper()
	b.follow(func(r *kgo.Record) bool { return b.record(r).Close.GetDay() == day }, topics.Events)
}

// Ticked waits until time has been written into the log.
func (b *Bank) Ticked() {
	b.t.Helper()
	b.follow(func(r *kgo.Record) bool { return b.record(r).Tick != nil }, topics.Events)
}
