package role

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
	"github.com/tierwatch/tierwatch/sources/control"
)

// NewWarehouse makes the role warehouse: the log and the fold's topics into
// ClickHouse, whose schema it brings up to date first. It waits for a ClickHouse that is
// away, so that the roles beside it work on. The database of a log that a repartition has
// made must hold rows of no other epoch; of one that begins behind a snapshot, what was
// said before.
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
	return func(ctx context.Context) error {
		err := sink.Prepare(ctx)
		if err == nil {
			err = awaitOwnEpoch(ctx, d)
		}
		if err == nil && ctx.Err() == nil {
			return sink.Run(ctx)
		}
		sink.Close()
		select {
		case <-ctx.Done(): // what failed by it is no fault
			return nil
		default:
			return err
		}
	}, nil
}

// epochPause is how long to wait until brokers or ClickHouse are asked again.
const epochPause = time.Second

// awaitOwnEpoch is ownEpoch that waits for brokers and ClickHouse, as the role does
// later. It returns nil when ctx ends.
func awaitOwnEpoch(ctx context.Context, d *wire.Deployment) error {
	for {
		err := ownEpoch(ctx, d)
		if err == nil || errors.Is(err, clickhouse.ErrOtherEpoch) || errors.Is(err, clickhouse.ErrNoBeginning) {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(epochPause):
		}
		d.Log.Warn().Str("role", Warehouse).Err(err).Msg("the warehouse waits to learn of which epoch its database is")
	}
}

// ownEpoch refuses a database with rows of the log from which this one was made, and one
// that lacks what this one does not say of the time before it. A log that was not made of
// another asks nothing of ClickHouse, which may be away.
func ownEpoch(ctx context.Context, d *wire.Deployment) error {
	topic, err := control.OpenTopic(d.Kafka, d.Namespace)
	if err != nil {
		return err
	}
	defer topic.Close()
	table, err := topic.Refresh(ctx)
	if err != nil || table.Made == nil {
		return err
	}
	conn, err := clickhouse.Open(d.ClickHouse)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // only read
	r := clickhouse.NewReader(conn, d.ClickHouse.Database)
	if err := r.CheckEpoch(ctx, table.Made.Epoch); err != nil || table.Made.Snapshot == "" {
		return err
	}
	return r.CheckBeginning(ctx)
}
