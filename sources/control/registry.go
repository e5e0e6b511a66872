package control

import (
	"context"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// Registry is what the worker needs of tierwatch.control: who owns a partition
// and which records are parked. It is safe for concurrent use.
type Registry struct {
	turn   chan struct{} // holds one: who has put it in uses topic
	topic  *Topic
	claims sync.WaitGroup // that are being written
}

// NewRegistry connects lazily.
func NewRegistry(opts []kgo.Opt, ns topics.Namespace) (*Registry, error) {
	t, err := OpenTopic(opts, ns)
	if err != nil {
		return nil, err
	}
	return &Registry{turn: make(chan struct{}, 1), topic: t}, nil
}

// take waits for its turn; give it back. Who is stopped meanwhile does not wait for one
// whose broker is silent.
func (r *Registry) take(ctx context.Context) error {
	select {
	case r.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for %s: %w", r.topic.name, ctx.Err())
	}
}

func (r *Registry) give() { <-r.turn }

// Close releases the client. Claims that were given up end with it.
func (r *Registry) Close() {
	r.topic.Close()
	r.claims.Wait()
}

// Claim records that the transactional id writes the partition's outputs.
//
// A record that is on its way cannot be called back: when ctx ends it is not waited for,
// keeps its turn, and may be written later, behind the claim of a successor. Whoever comes
// after that one then ends the transaction of the wrong owner, and waits until the right
// one has timed out: nothing is lost or doubled by that.
func (r *Registry) Claim(ctx context.Context, partition int32, id string) error {
	if err := r.take(ctx); err != nil {
		return err
	}
	written := make(chan error, 1)
	r.claims.Go(func() {
		defer r.give()
		_, err := r.topic.put(ctx, ownerKey(partition), &pb.TransactionalID{Partition: partition, Id: id})
		written <- err
	})
	select {
	case err := <-written:
		return err
	case <-ctx.Done():
		return fmt.Errorf("claim partition %d: %w", partition, ctx.Err())
	}
}

// Owner returns the id last claimed, "" if none.
func (r *Registry) Owner(ctx context.Context, partition int32) (string, error) {
	if err := r.take(ctx); err != nil {
		return "", err
	}
	defer r.give()
	t, err := r.refresh(ctx)
	if err != nil {
		return "", err
	}
	return t.Owner(partition), nil
}

// Skips returns the parked offsets of the partition.
func (r *Registry) Skips(ctx context.Context, partition int32) ([]int64, error) {
	if err := r.take(ctx); err != nil {
		return nil, err
	}
	defer r.give()
	t, err := r.refresh(ctx)
	if err != nil {
		return nil, err
	}
	return append([]int64(nil), t.Skips(partition)...), nil
}

// refresh reads what the topic holds. Whoever calls it has the turn.
func (r *Registry) refresh(ctx context.Context) (*Table, error) {
	t, err := r.topic.Refresh(ctx)
	if err != nil && r.topic.broken != nil {
		err = &lasting{err}
	}
	return t, err
}

// lasting is an error that is the same at the next try.
type lasting struct{ err error }

func (e *lasting) Error() string { return e.err.Error() }
func (e *lasting) Unwrap() error { return e.err }

// Lasting is how who asks knows it.
func (*lasting) Lasting() bool { return true }
