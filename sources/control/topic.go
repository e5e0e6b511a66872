package control

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// Topic reads and writes tierwatch.control. One goroutine uses it; Table
// belongs to that goroutine too.
type Topic struct {
	client *kgo.Client
	name   string
	table  *Table
	terms  map[pb.Mode]int64     // of the last claims made here
	broken error                 // of the first record that could not be read: see Follow
	posted atomic.Pointer[error] // the first failure of post
}

// OpenTopic connects lazily; nothing has been read yet.
func OpenTopic(opts []kgo.Opt, ns topics.Namespace) (*Topic, error) {
	name := ns.Topic(topics.Control)
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), opts...),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{name: {0: kgo.NewOffset().At(0)}}),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchMaxBytes(topics.MaxRecordBytes),
		kgo.ProducerLinger(0),
	)...)
	if err != nil {
		return nil, fmt.Errorf("open control topic: %w", err)
	}
	return &Topic{client: client, name: name, table: newTable(), terms: map[pb.Mode]int64{}}, nil
}

// Close releases the client.
func (t *Topic) Close() { t.client.Close() }

// Table is what has been read so far.
func (t *Topic) Table() *Table { return t.table }

// Refresh reads everything that was in the topic when it was called.
func (t *Topic) Refresh(ctx context.Context) (*Table, error) {
	if t.broken != nil {
		return nil, t.broken
	}
	ends, err := kafka.EndOffsets(ctx, t.client, t.name)
	if err != nil {
		return nil, err
	}
	if len(ends) != 1 {
		return nil, fmt.Errorf("topic %s has %d partitions, want 1: %w", t.name, len(ends), errUnusable)
	}
	for t.table.Next < ends[0] {
		if err := t.Follow(ctx); err != nil {
			return nil, err
		}
	}
	return t.table, nil
}

// Follow waits for further records and takes them into the table. After one that cannot
// be read it fails for ever: the table lacks that, and all behind it.
func (t *Topic) Follow(ctx context.Context) error {
	if t.broken != nil {
		return t.broken
	}
	fetches := t.client.PollRecords(ctx, 0)
	for _, r := range fetches.Records() { // also beside an error: they do not come again
		if t.broken = t.table.apply(r); t.broken != nil {
			return t.broken
		}
	}
	if err := fetches.Err(); err != nil {
		return fmt.Errorf("read %s: %w", t.name, err)
	}
	return nil
}

type marshaller interface{ MarshalVT() ([]byte, error) }

// put writes one record and returns its offset once it is durable.
func (t *Topic) put(ctx context.Context, key string, m marshaller) (int64, error) {
	value, err := m.MarshalVT()
	if err != nil {
		return 0, fmt.Errorf("marshal control record %q: %w", key, err)
	}
	r, err := t.client.ProduceSync(ctx, &kgo.Record{Topic: t.name, Key: []byte(key), Value: value}).First()
	if err != nil {
		return 0, fmt.Errorf("write control record %q: %w", key, err)
	}
	// What was posted before lies before it in the partition.
	if err := t.posted.Load(); err != nil {
		return 0, *err
	}
	return r.Offset, nil
}

// post writes one record that need not be durable before the next put; that put
// fails if this one did.
func (t *Topic) post(ctx context.Context, key string, m marshaller) error {
	value, err := m.MarshalVT()
	if err != nil {
		return fmt.Errorf("marshal control record %q: %w", key, err)
	}
	t.client.Produce(ctx, &kgo.Record{Topic: t.name, Key: []byte(key), Value: value}, func(_ *kgo.Record, err error) {
		if err != nil {
			err = fmt.Errorf("write control record %q: %w", key, err)
			t.posted.CompareAndSwap(nil, &err)
		}
	})
	return nil
}

// PublishPolicy hands a checked policy to the writer of time.
func (t *Topic) PublishPolicy(ctx context.Context, p *pb.PolicyPublication) error {
	_, err := t.put(ctx, policyKey(p.Name, p.Version), p)
	return err
}

// PublishRates hands rates of a day to the writer of time.
func (t *Topic) PublishRates(ctx context.Context, r *pb.Rates) error {
	for _, one := range r.Rates {
		if _, err := t.put(ctx, ratesKey(r.Day, one.Unit), &pb.Rates{Day: r.Day, Rates: []*pb.Rate{one}}); err != nil {
			return err
		}
	}
	return nil
}

// ForceClose asks the conductor to close all days up to f.Day, whatever lags.
func (t *Topic) ForceClose(ctx context.Context, f *pb.ForceClose) error {
	_, err := t.put(ctx, keyForceClose, f)
	return err
}

// noteRates keeps rates that the log has, for those who complete events.
func (t *Topic) noteRates(ctx context.Context, r *pb.Rates) error {
	return t.post(ctx, knownKey(r.Day), r)
}

// Park takes a log record out of the fold, for this and every replay.
func (t *Topic) Park(ctx context.Context, s *pb.Skip) error {
	_, err := t.put(ctx, skipKey(s.Partition, s.Offset), s)
	return err
}

// NoteFile records how far a file has been loaded.
func (t *Topic) NoteFile(ctx context.Context, f *pb.LoadedFile) error {
	_, err := t.put(ctx, fileKey(f.Sha256), f)
	return err
}

// NoteRedriven records that a dead letter was sent through again.
func (t *Topic) NoteRedriven(ctx context.Context, l *pb.Redriven) error {
	_, err := t.put(ctx, letterKey(l.Partition, l.Offset), l)
	return err
}

func (t *Topic) saveTime(ctx context.Context, p *pb.TimeProgress) error {
	_, err := t.put(ctx, keyTime, p)
	return err
}
