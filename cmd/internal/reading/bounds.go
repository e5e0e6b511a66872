package reading

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// Bounds are the first offset and the one after the last of a partition of the log.
type Bounds struct{ Start, End int64 }

// Log gives the bounds of the log's partitions, in order.
func Log(ctx context.Context, admin *kadm.Client, d *wire.Deployment) ([]Bounds, error) {
	topic := d.Namespace.Topic(topics.Events)
	starts, err := admin.ListStartOffsets(ctx, topic)
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("list start of the log: %w", err)
	}
	ends, err := admin.ListEndOffsets(ctx, topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("list end of the log: %w", err)
	}
	if len(ends[topic]) != int(d.Partitions) { // a customer would be looked for in another partition
		return nil, fmt.Errorf("%s has %d partitions, but kafka.partitions is %d: set it to what the log has", topic, len(ends[topic]), d.Partitions)
	}
	list := make([]Bounds, d.Partitions)
	for p := range list {
		start, _ := starts.Lookup(topic, int32(p))
		end, ok := ends.Lookup(topic, int32(p))
		if !ok {
			return nil, fmt.Errorf("list end of the log: %s has no partition %d", topic, p)
		}
		list[p] = Bounds{start.Offset, end.Offset}
	}
	return list, nil
}
