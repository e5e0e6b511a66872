package snapshot

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/reading"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/worker"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// PutBack makes a partition's state in tierwatch.state void and puts that of a snapshot
// in its place; without one the partition is folded from the start of its log, which
// must be whole then. Nobody may fold the partition meanwhile. Interrupted, it leaves
// a state that is refused: the progress record comes last. A snapshot that lies behind
// what the fold has said is ErrAhead: what lies between would never be said.
func PutBack(ctx context.Context, d *wire.Deployment, partition int32, s *Snapshot) error {
	client, err := kgo.NewClient(d.Kafka...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	bounds, err := reading.Log(ctx, admin, d)
	if err != nil {
		return err
	}
	if s == nil {
		if err := Whole(d, partition, bounds[partition]); err != nil {
			return err
		}
		return Void(ctx, d, partition)
	}
	if err := s.Fits(ctx, d, bounds); err != nil {
		return err
	}
	stands := func() (worker.Stand, error) {
		return worker.StandOf(ctx, admin, d.Namespace.Group("fold"), d.Namespace.Topic(topics.Events), partition)
	}
	before, err := stands()
	if err != nil {
		return err
	}
	if err := s.behind(partition, before); err != nil {
		return err
	}
	if err := s.Put(ctx, d, partition); err != nil {
		return err
	}
	after, err := stands()
	if err == nil && after != before {
		err = fmt.Errorf("%w: partition %d stood at offset %d and stands at %d now", ErrFolded, partition, before.Next, after.Next)
	}
	if err != nil { // what was saved meanwhile and what was put here do not go together
		return errors.Join(err, Void(ctx, d, partition))
	}
	return nil
}

var (
	// ErrAhead refuses a snapshot behind which the fold has not come yet.
	ErrAhead = errors.New("the fold has not said yet what the snapshot knows")
	// ErrFolded says that a fold was at work while its state was put back.
	ErrFolded = errors.New("a fold has been at work meanwhile; stop it and do it again")
)

// behind refuses a snapshot of what the fold has not said yet.
func (s *Snapshot) behind(partition int32, at worker.Stand) error {
	part := s.Partitions[partition]
	if at.Next < part.Next {
		return fmt.Errorf("%w: partition %d stands at offset %d, and %s goes on at %d; name a snapshot whose next_offset in this partition is %d or less (see its %s)",
			ErrAhead, partition, at.Next, s.Dir, part.Next, at.Next, ManifestName)
	}
	if at.Drains >= 0 && at.Drains < part.Next { // as the fold sees it at its start
		return fmt.Errorf("%w: partition %d was in the midst of the CLOSE at offset %d, and %s has all of it; name an older snapshot",
			ErrAhead, partition, at.Drains, s.Dir)
	}
	return nil
}

// Void makes a partition's saved state void: whatever was saved before counts no more.
func Void(ctx context.Context, d *wire.Deployment, partition int32) error {
	return putState(ctx, d, partition, nil)
}

// Put is PutBack without a look at the log: that may be empty yet.
func (s *Snapshot) Put(ctx context.Context, d *wire.Deployment, partition int32) error {
	if _, err := s.Partition(fold.Options{Partition: partition, RawMax: d.Config.Fold.RawMax}); err != nil {
		return err
	}
	return putState(ctx, d, partition, s)
}

func putState(ctx context.Context, d *wire.Deployment, partition int32, s *Snapshot) error {
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), d.Kafka...), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	w := &stateWriter{client: client, topic: d.Namespace.Topic(topics.State), partition: partition}
	var forget fold.Saves
	fold.ForgetState(&forget)
	w.put(ctx, forget.List[0].Key, forget.List[0].Value)
	if s != nil {
		err = s.Read(partition, func(key, value []byte) { w.put(ctx, key, value) })
	}
	if err := errors.Join(err, w.end(ctx)); err != nil {
		return fmt.Errorf("write to %s: %w; do it again: what is there is refused", w.topic, err)
	}
	return nil
}

// stateWriter appends to a partition of tierwatch.state.
type stateWriter struct {
	client    *kgo.Client
	topic     string
	partition int32
	mu        sync.Mutex
	err       error // the first
}

func (w *stateWriter) put(ctx context.Context, key, value []byte) {
	r := &kgo.Record{Topic: w.topic, Partition: w.partition, Key: key, Value: value}
	w.client.Produce(ctx, r, func(_ *kgo.Record, err error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.err == nil {
			w.err = err
		}
	})
}

// end waits for the acknowledgement of everything.
func (w *stateWriter) end(ctx context.Context) error {
	err := w.client.Flush(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	return errors.Join(w.err, err)
}
