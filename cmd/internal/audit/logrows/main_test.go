package logrows

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/tierwatch/tierwatch/deploy/embedded"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// engine is the one ClickHouse of this test binary, started by the first test that asks.
var engine struct {
	once   sync.Once
	dir    string
	server *embedded.ClickHouse
	err    error
	next   atomic.Int64
}

// patience bounds what a busy machine may need.
const patience = 2 * time.Minute

func TestMain(m *testing.M) {
	if handled, code := embedded.ChildMain(os.Args); handled {
		os.Exit(code)
	}
	code := m.Run()
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

// database makes a migrated database of the engine, or skips where there is none.
func database(t *testing.T) (driver.Conn, clickhouse.ConnOptions) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts the real engine")
	}
	engine.once.Do(func() {
		lib, err := embedded.FetchClickHouse(context.Background(), embedded.FetchOptions{})
		if err != nil {
			engine.err = err
			return
		}
		//nolint:usetesting // it outlives the test that starts the engine
		if engine.dir, engine.err = os.MkdirTemp("", "tierwatch-logrows-"); engine.err != nil {
			return
		}
		engine.server, engine.err = embedded.StartClickHouse(context.Background(), embedded.ClickHouseOptions{
			DataDir: engine.dir, Lib: lib, Logger: zerolog.Nop(), MemoryLimit: 2 << 30,
		})
	})
	if errors.Is(engine.err, embedded.ErrPlatform) || errors.Is(engine.err, embedded.ErrNoNPM) {
		t.Skipf("no ClickHouse engine: %v", engine.err)
	}
	if engine.err != nil {
		t.Fatal(engine.err)
	}
	s := engine.server
	o := clickhouse.ConnOptions{Addrs: []string{s.Addr()}, Database: fmt.Sprintf("test_%d", engine.next.Add(1)), User: s.User(), Password: s.Password()}
	conn, err := clickhouse.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := clickhouse.Migrate(t.Context(), conn, o.Database, o.Cluster); err != nil {
		t.Fatal(err)
	}
	return conn, o
}
