package role

import (
	"context"
	"fmt"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// NewWarehouse makes the role warehouse: the log and the fold's topics into
// ClickHouse.
func NewWarehouse(d *wire.Deployment) (Run, error) {
	c := d.Config.Warehouse
	sink, err := clickhouse.NewSink(clickhouse.Config{
		Conn: d.ClickHouse, Kafka: d.Kafka, Namespace: d.Namespace, Tiers: wire.Tiers(d.PolicyOptions()),
		MaxRecords: c.MaxRecords, MaxBytes: int(c.MaxBytes), Interval: c.Interval.Of(),
		SessionTimeout: d.Config.Kafka.SessionTimeout.Of(),
		Logger:         d.Log.With().Str("role", Warehouse).Logger(), Registerer: d.Metrics,
	})
	if err != nil {
		return nil, fmt.Errorf("make warehouse: %w", err)
	}
	return func(ctx context.Context) error { return sink.Run(ctx) }, nil
}
