package examples_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/tierwatch/tierwatch/deploy/embedded"
)

// engine is the ClickHouse of this test binary, started by the test that asks.
var engine struct {
	once   sync.Once
	dir    string
	server *embedded.ClickHouse
	err    error
}

func TestMain(m *testing.M) {
	if handled, code := embedded.ChildMain(os.Args); handled {
		os.Exit(code)
	}
	code := m.Run()
	if engine.server != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		if err := engine.server.Stop(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "stop ClickHouse:", err)
			code = 1
		}
		cancel()
	}
	if err := os.RemoveAll(engine.dir); err != nil {
		fmt.Fprintln(os.Stderr, "remove ClickHouse's data:", err)
		code = 1
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// warehouseEngine starts the engine, or skips where it cannot be fetched.
func warehouseEngine(tb testing.TB) *embedded.ClickHouse {
	tb.Helper()
	engine.once.Do(func() {
		lib, err := embedded.FetchClickHouse(context.Background(), embedded.FetchOptions{})
		if err != nil {
			engine.err = err
			return
		}
		//nolint:usetesting // it outlives the test that starts the engine
		if engine.dir, engine.err = os.MkdirTemp("", "tierwatch-examples-"); engine.err != nil {
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
