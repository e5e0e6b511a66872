package role

import (
	"context"
	"fmt"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/worker"
	"github.com/tierwatch/tierwatch/sources/control"
)

// NewFold makes the role fold: the log into alerts, tier changes and snapshots.
func NewFold(d *wire.Deployment) (Run, error) {
	registry, err := control.NewRegistry(d.Kafka, d.Namespace)
	if err != nil {
		return nil, err
	}
	c := d.Config.Fold
	metrics := worker.NewMetrics()
	w, err := worker.New(worker.Options{
		Kafka: d.Kafka, Namespace: d.Namespace, InstanceID: c.InstanceID, Registry: registry,
		NewFold: func(partition int32) worker.Fold {
			return fold.New(fold.Options{Partition: partition, RawMax: c.RawMax})
		},
		Log: d.Log.With().Str("role", Fold).Logger(), Metrics: metrics,
		CommitGap: c.CommitGap.Of(), CommitEvery: c.CommitEvery.Of(),
	})
	if err != nil {
		registry.Close()
		return nil, fmt.Errorf("make fold: %w", err)
	}
	if err := d.Register(metrics.Collectors()...); err != nil {
		w.Close()
		registry.Close()
		return nil, err
	}
	return func(ctx context.Context) error {
		defer registry.Close()
		defer w.Close()
		return w.Run(ctx)
	}, nil
}
