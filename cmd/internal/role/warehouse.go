package role

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
	"github.com/tierwatch/tierwatch/sources/control"
)

// NewWarehouse makes the role warehouse: the log and the fold's topics into
// ClickHouse, whose schema it brings up to date first. It waits for a ClickHouse that is
// away, so that the roles beside it work on. The database of a log that a repartition has
// made must hold rows of no other epoch; of one that begins behind a snapshot, what was
// said before; and none may have lost what the role's group has read.
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
			err = awaitOwnDatabase(ctx, d)
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

// databasePause is how long to wait until brokers or ClickHouse are asked again.
const databasePause = time.Second

// unfit are the faults of a database that no waiting mends.
var unfit = []error{clickhouse.ErrOtherEpoch, clickhouse.ErrNoBeginning, clickhouse.ErrEmptied}

// awaitOwnDatabase is ownDatabase that waits for brokers and ClickHouse, as the role does
// later. It returns nil when ctx ends.
func awaitOwnDatabase(ctx context.Context, d *wire.Deployment) error {
	for {
		err := ownDatabase(ctx, d)
		if err == nil || slices.ContainsFunc(unfit, func(fault error) bool { return errors.Is(err, fault) }) {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(databasePause):
		}
		d.Log.Warn().Str("role", Warehouse).Err(err).Msg("the warehouse waits to learn whether its database fits the log")
	}
}

// ownDatabase refuses a database with rows of the log from which this one was made, one
// that lacks what this one does not say of the time before it, and one that has lost what
// was read before. A new log that was not made of another asks nothing of ClickHouse.
func ownDatabase(ctx context.Context, d *wire.Deployment) error {
	topic, err := control.OpenTopic(d.Kafka, d.Namespace)
	if err != nil {
		return err
	}
	defer topic.Close()
	table, err := topic.Refresh(ctx)
	if err != nil {
		return err
	}
	past, err := pastOf(ctx, d) // before the rows are counted: another process may bring some
	if err != nil || table.Made == nil && past == nil {
		return err
	}
	conn, err := clickhouse.Open(d.ClickHouse)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // only read
	r := clickhouse.NewReader(conn, d.ClickHouse.Database)
	if table.Made != nil {
		if err := r.CheckEpoch(ctx, table.Made.Epoch); err != nil {
			return err
		}
		if table.Made.Snapshot != "" {
			if err := r.CheckBeginning(ctx); err != nil {
				return err
			}
		}
	}
	if past == nil {
		return nil
	}
	return r.CheckFilled(ctx, past)
}

func pastOf(ctx context.Context, d *wire.Deployment) (*clickhouse.Past, error) {
	client, err := kgo.NewClient(d.Kafka...)
	if err != nil {
		return nil, fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	return clickhouse.PastOf(ctx, kadm.NewClient(client), d.Namespace)
}
