package control

import (
	"context"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// Registry is what the worker needs of tierwatch.control: who owns a partition
// and which records are parked. It is safe for concurrent use.
type Registry struct {
	mu    sync.Mutex
	topic *Topic
}

// NewRegistry connects lazily.
func NewRegistry(opts []kgo.Opt, ns topics.Namespace) (*Registry, error) {
	t, err := OpenTopic(opts, ns)
	if err != nil {
		return nil, err
	}
	return &Registry{topic: t}, nil
}

// Close releases the client.
func (r *Registry) Close() { r.topic.Close() }

// Claim records that the transactional id writes the partition's outputs.
func (r *Registry) Claim(ctx context.Context, partition int32, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err := r.topic.put(ctx, ownerKey(partition), &pb.TransactionalID{Partition: partition, Id: id})
	return err
}

// Owner returns the id last claimed, "" if none.
func (r *Registry) Owner(ctx context.Context, partition int32) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, err := r.topic.Refresh(ctx)
	if err != nil {
		return "", err
	}
	return t.Owner(partition), nil
}

// Skips returns the parked offsets of the partition.
func (r *Registry) Skips(ctx context.Context, partition int32) ([]int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, err := r.topic.Refresh(ctx)
	if err != nil {
		return nil, err
	}
	return append([]int64(nil), t.Skips(partition)...), nil
}
