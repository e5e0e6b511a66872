package main

import "context"

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
	// stop ends it cleanly.
	stop(ctx context.Context) error
}

// engines are what a run works on. To put a cluster in the place of the embedded
// broker, give its nodes as engines and its addresses here.
type engines struct {
	brokers    []string
	clickhouse warehouse
	// by is every engine by the name that faults use.
	by map[string]engine
}

// warehouse is how to reach ClickHouse.
type warehouse struct {
	addr, database, user, passwordFile string
}
