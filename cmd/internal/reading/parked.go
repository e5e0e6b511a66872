package reading

import (
	"context"
	"fmt"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/sources/control"
)

// Parked gives the offsets of the records that operators took out of the fold, of
// every partition of the log.
func Parked(ctx context.Context, d *wire.Deployment) ([]map[int64]bool, error) {
	registry, err := control.NewRegistry(d.Kafka, d.Namespace)
	if err != nil {
		return nil, err
	}
	defer registry.Close()
	all := make([]map[int64]bool, d.Partitions)
	for id := range all {
		list, err := registry.Skips(ctx, int32(id))
		if err != nil {
			return nil, fmt.Errorf("read skips: %w", err)
		}
		all[id] = map[int64]bool{}
		for _, offset := range list {
			all[id][offset] = true
		}
	}
	return all, nil
}
