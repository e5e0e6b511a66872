package role

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

const sessionTimeout = 10 * time.Second

// NewWarehouse makes the role warehouse: the log and the fold's topics into
// ClickHouse.
func NewWarehouse(d *wire.Deployment) (Run, error) {
	c := d.Config.Warehouse
	// As of the fold: a successor of a killed process does not wait for longer.
	group := []kgo.Opt{kgo.SessionTimeout(sessionTimeout), kgo.HeartbeatInterval(sessionTimeout / 5)}
	sink, err := clickhouse.NewSink(clickhouse.Config{
		Conn: d.ClickHouse, Kafka: append(group, d.Kafka...), Namespace: d.Namespace, Tiers: wire.Tiers(d.PolicyOptions()),
		MaxRecords: c.MaxRecords, MaxBytes: int(c.MaxBytes), Interval: c.Interval.Of(),
		Logger: d.Log.With().Str("role", Warehouse).Logger(), Registerer: d.Metrics,
	})
	if err != nil {
		return nil, fmt.Errorf("make warehouse: %w", err)
	}
	return func(ctx context.Context) error { return sink.Run(ctx) }, nil
}
