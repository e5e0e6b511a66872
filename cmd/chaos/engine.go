package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/rs/zerolog"
)

// engine is a broker or a ClickHouse that can be killed and comes back at the same
// addresses. Of a cluster each node is one.
type engine interface {
	// kill ends it as kill -9 does, and keeps it down.
	kill(ctx context.Context) error
	// start brings it back with its data; it returns when it serves.
	start(ctx context.Context) error
	// pause and resume hold its processes.
	pause() error
	resume() error
	// stop ends it, cleanly where its data is still wanted.
	stop(ctx context.Context) error
}

// engines are what a run works on.
type engines struct {
	brokers    []string
	clickhouse warehouse
	// by is every engine by the name that faults use.
	by map[string]engine
	// holder finds the node of a cluster that a fault of such a kind is for.
	holder func(ctx context.Context, k kind) (string, error)
}

// warehouse is how to reach ClickHouse.
type warehouse struct {
	addr, database, user, passwordFile string
}

// startEngines starts ClickHouse and so many nodes of Apache Kafka, or for 0 the
// embedded broker, in dir.
func startEngines(ctx context.Context, dir string, nodes int, log zerolog.Logger) (*engines, error) {
	e := &engines{by: map[string]engine{}}
	err := e.startKafka(ctx, dir, nodes, log)
	if err == nil {
		var ch *child
		ch, e.clickhouse, err = startClickHouse(ctx, dir, log)
		if ch != nil {
			e.by[clickhouseEngine] = ch
		}
	}
	if err != nil {
		return nil, errors.Join(err, e.stop(context.WithoutCancel(ctx)))
	}
	return e, nil
}

func (e *engines) startKafka(ctx context.Context, dir string, nodes int, log zerolog.Logger) error {
	if nodes > 0 {
		c, err := startCluster(ctx, dir, nodes)
		if err != nil {
			return err
		}
		e.brokers, e.holder = c.seeds, c.holder
		for name, n := range c.nodes {
			e.by[name] = n
		}
		return nil
	}
	broker, addr, err := startBroker(ctx, dir, log)
	e.by[kafkaEngine], e.brokers = broker, []string{addr}
	return err
}

// stop ends all of them.
func (e *engines) stop(ctx context.Context) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(e.by)) {
		if err := e.by[name].stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}
