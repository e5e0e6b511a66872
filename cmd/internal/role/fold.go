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
		Kafka: d.Kafka, Namespace: d.Namespace, InstanceID: c.InstanceID, Protocol: worker.Protocol(c.GroupProtocol), Registry: registry,
		Restore: func(partition int32) worker.Loading {
			return loading{fold.NewLoading(fold.Options{Partition: partition, RawMax: c.RawMax, Saves: true})}
		},
		Log: d.Log.With().Str("role", Fold).Logger(), Metrics: metrics,
		CommitGap: c.CommitGap.Of(), CommitEvery: c.CommitEvery.Of(),
		TransactionTimeout: c.TransactionTimeout.Of(), SessionTimeout: d.Config.Kafka.SessionTimeout.Of(),
		StateAge: c.StateAge.Of(), StateBytes: int(c.StateBytes), Standby: c.Standby,
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

// loading makes a fold.Loading one of the worker's.
type loading struct{ *fold.Loading }

func (l loading) Done() (worker.Fold, int64, error) {
	p, from, err := l.Loading.Done()
	if err != nil {
		return nil, 0, err
	}
	return p, from, nil
}
