package wire

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/exit"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/deploy/embedded"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// engines puts the addresses of the embedded engines into own: of those it
// starts, or of those that run already.
func (d *Deployment) engines(ctx context.Context, own *config.Config, needs Needs, stops *lifecycle.Stack) error {
	dir, err := embedded.OpenDataDir(own.Embedded.DataDir)
	if errors.Is(err, embedded.ErrInUse) && needs.Attach {
		return d.attach(own)
	}
	if errors.Is(err, embedded.ErrForeign) {
		return exit.With(exit.Usage, err)
	}
	if err != nil {
		return err
	}
	stops.Push("data directory", func(context.Context) error { return dir.Close() })
	health := newHealth(own.Embedded.DataDir)
	if err := d.Register(health.collectors()...); err != nil {
		return err
	}
	var kafka *embedded.Kafka
	var ch *embedded.ClickHouse
	if needs.ClickHouse {
		if ch, err = d.startClickHouse(ctx, dir, needs, health); err != nil {
			return err
		}
		stops.Push("embedded clickhouse", ch.Stop)
		own.ClickHouse = config.ClickHouse{
			Addrs: []string{ch.Addr()}, Database: ch.Database(), User: ch.User(), Password: config.Literal(ch.Password()),
		}
	}
	if needs.Kafka {
		if kafka, err = d.startKafka(ctx, dir, health); err != nil {
			return err
		}
		stops.Push("embedded kafka", kafka.Stop)
		own.Kafka.Brokers = []string{kafka.Addr()}
	}
	if err := dir.Publish(kafka, ch); err != nil {
		return err
	}
	return d.readAddresses()
}

func (d *Deployment) startClickHouse(ctx context.Context, dir *embedded.DataDir, needs Needs, h *health) (*embedded.ClickHouse, error) {
	lib, err := embedded.FetchClickHouse(ctx, embedded.FetchOptions{Progress: needs.Progress})
	if err != nil {
		return nil, err
	}
	e := d.Config.Embedded
	return embedded.StartClickHouse(ctx, embedded.ClickHouseOptions{
		DataDir: dir.ClickHouse(), Lib: lib, TCPPort: e.ClickHousePort, HTTPPort: e.HTTPPort,
		Database: d.Config.ClickHouse.Database, MemoryLimit: int64(e.ClickHouseMemory),
		Logger: d.Log.With().Str("component", "clickhouse-engine").Logger(), OnEvent: h.note,
	})
}

// longestTransaction is what writers may ask of the embedded broker. The fold
// asks for 10 s; a machine that is busy with a backfill commits more slowly.
const longestTransaction = time.Minute

func (d *Deployment) startKafka(ctx context.Context, dir *embedded.DataDir, h *health) (*embedded.Kafka, error) {
	return embedded.StartKafka(ctx, embedded.KafkaOptions{
		DataDir: dir.Kafka(), Port: d.Config.Embedded.KafkaPort, SyncWrites: d.Config.Embedded.SyncWrites,
		TxnTimeout: longestTransaction, MessageBytes: topics.MaxDeadLetterBytes,
		Logger: d.Log.With().Str("component", "kafka-engine").Logger(), OnEvent: h.note,
	})
}

func (d *Deployment) readAddresses() error {
	e, err := embedded.ReadEngines(d.Config.Embedded.DataDir)
	if err != nil {
		return fmt.Errorf("read addresses of the engines: %w", err)
	}
	d.Addresses = &e
	return nil
}

// attach uses the engines of the process that holds the data directory.
func (d *Deployment) attach(own *config.Config) error {
	d.Attached = true
	if err := d.readAddresses(); err != nil {
		return fmt.Errorf("another process holds %s but its engines do not run yet: try again: %w", own.Embedded.DataDir, err)
	}
	e := d.Addresses
	if e.Kafka != "" {
		own.Kafka.Brokers = []string{e.Kafka}
	}
	if e.ClickHouseNative != "" {
		own.ClickHouse = config.ClickHouse{
			Addrs: []string{e.ClickHouseNative}, Database: e.ClickHouseDatabase, User: e.ClickHouseUser,
			Password: config.Secret{File: e.PasswordFile},
		}
	}
	return nil
}
