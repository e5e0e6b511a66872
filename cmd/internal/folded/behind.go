package folded

import (
	"context"
	"fmt"
	"maps"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// Behind reads a topic from the ends noted to its present end and gives every
// record to note.
func Behind(ctx context.Context, d *wire.Deployment, id topics.ID, noted []int64, note func(*kgo.Record), more ...kgo.Opt) error {
	name := d.Namespace.Topic(id)
	from := map[int32]kgo.Offset{}
	client, err := kgo.NewClient(d.Kafka...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	ends, err := kafka.EndOffsets(ctx, client, name)
	client.Close()
	if err != nil {
		return err
	}
	for p, end := range ends {
		if p < len(noted) && noted[p] < end {
			from[int32(p)] = kgo.NewOffset().At(noted[p])
		}
	}
	if len(from) == 0 {
		return nil
	}
	client, err = kgo.NewClient(append(append(more, d.Kafka...),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{name: maps.Clone(from)}),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		// Markers of transactions take offsets too.
		kgo.KeepControlRecords(),
	)...)
	if err != nil {
		return fmt.Errorf("open reader of %s: %w", name, err)
	}
	defer client.Close()
	for len(from) > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			end := ends[r.Partition]
			if r.Offset < end && !r.Attrs.IsControl() {
				note(r)
			}
			// An aborted record is not given; the marker that ends its transaction is.
			if _, open := from[r.Partition]; open && r.Offset >= end-1 {
				delete(from, r.Partition)
			}
		})
	}
	return nil
}
