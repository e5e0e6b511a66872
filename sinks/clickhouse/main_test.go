package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/tierwatch/tierwatch/deploy/embedded"
	"github.com/tierwatch/tierwatch/deploy/kafkatest"
)

// engine is the one ClickHouse of this test binary, started by the first test
// that asks; every test has a database of its own.
var engine struct {
	once   sync.Once
	dir    string
	server *embedded.ClickHouse
	err    error
	next   atomic.Int64
}

func TestMain(m *testing.M) {
	if handled, code := embedded.ChildMain(os.Args); handled {
		os.Exit(code)
	}
	if text := os.Getenv(sinkChildVariable); text != "" {
		sinkChild(text)
	}
	code := kafkatest.Stopping(m).Run()
	if engine.server != nil {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		if err := engine.server.Stop(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "stop ClickHouse:", err)
			code = 1
		}
		cancel()
	}
	os.RemoveAll(engine.dir)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// server returns the engine's address and credentials, or skips the test where
// the engine cannot be fetched.
func server(tb testing.TB) *embedded.ClickHouse {
	tb.Helper()
	if onShards != nil {
		return onShards.engines[0]
	}
	engine.once.Do(func() {
		lib, err := embedded.FetchClickHouse(context.Background(), embedded.FetchOptions{})
		if err != nil {
			engine.err = err
			return
		}
		//nolint:usetesting // it outlives the test that starts the engine
		if engine.dir, engine.err = os.MkdirTemp("", "tierwatch-clickhouse-"); engine.err != nil {
			return
		}
		engine.server, engine.err = embedded.StartClickHouse(context.Background(), embedded.ClickHouseOptions{
			DataDir: engine.dir, Lib: lib, Logger: zerolog.Nop(), MemoryLimit: 2 << 30,
		})
	})
	if errors.Is(engine.err, embedded.ErrPlatform) || errors.Is(engine.err, embedded.ErrNoNPM) {
		tb.Skipf("no ClickHouse engine: %v", engine.err)
	}
	if engine.err != nil {
		tb.Fatal(engine.err)
	}
	return engine.server
}

func options(tb testing.TB, db string) *ch.Options {
	s := server(tb)
	return &ch.Options{
		Addr: []string{s.Addr()}, Auth: ch.Auth{Database: db, Username: s.User(), Password: s.Password()},
		Compression: &ch.Compression{Method: ch.CompressionLZ4},
	}
}

// connOptions lead to the tests' server.
func connOptions(tb testing.TB, db string) ConnOptions {
	s := server(tb)
	o := ConnOptions{Addrs: []string{s.Addr()}, Database: db, User: s.User(), Password: s.Password()}
	if onShards != nil {
		o.Cluster = shardedCluster
	}
	return o
}

// poolOf inserts as the sink does.
func poolOf(tb testing.TB, o ConnOptions) *pool {
	tb.Helper()
	p, err := newPool(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := p.close(); err != nil {
			tb.Error(err)
		}
	})
	return p
}

// emptyDatabase makes a database that is dropped after the test and returns a
// connection with it as default.
func emptyDatabase(tb testing.TB) (driver.Conn, string) {
	tb.Helper()
	db := fmt.Sprintf("test_%d", engine.next.Add(1))
	open, everywhere := func(db string) driver.Conn {
		conn, err := ch.Open(options(tb, db))
		if err != nil {
			tb.Fatal(err)
		}
		return conn
	}, ""
	if onShards != nil {
		open, everywhere = func(db string) driver.Conn { return onShards.open(tb, db) }, " ON CLUSTER `bank`"
	}
	admin := open("")
	if err := admin.Exec(tb.Context(), "CREATE DATABASE "+db+everywhere); err != nil {
		tb.Fatal(err)
	}
	conn := open(db)
	tb.Cleanup(func() {
		if err := admin.Exec(context.Background(), "DROP DATABASE "+db+everywhere+" SYNC"); err != nil {
			tb.Error(err)
		}
		if err := conn.Close(); err != nil {
			tb.Error(err)
		}
		if err := admin.Close(); err != nil {
			tb.Error(err)
		}
	})
	return conn, db
}

// database makes a migrated database.
func database(tb testing.TB) (driver.Conn, string) {
	tb.Helper()
	conn, db := emptyDatabase(tb)
	if _, err := Migrate(tb.Context(), conn, db, connOptions(tb, db).Cluster); err != nil {
		tb.Fatal(err)
	}
	return conn, db
}
