package role_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/tierwatch/tierwatch/deploy/embedded"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

func TestMain(m *testing.M) {
	if handled, code := embedded.ChildMain(os.Args); handled {
		os.Exit(code)
	}
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// patience bounds what a busy machine may need.
const patience = 2 * time.Minute

// server starts a ClickHouse for the test, or skips where there is none.
func server(t *testing.T) clickhouse.ConnOptions {
	t.Helper()
	if testing.Short() {
		t.Skip("starts the real engine")
	}
	lib, err := embedded.FetchClickHouse(t.Context(), embedded.FetchOptions{})
	if errors.Is(err, embedded.ErrPlatform) || errors.Is(err, embedded.ErrNoNPM) {
		t.Skipf("no ClickHouse engine: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := embedded.StartClickHouse(t.Context(), embedded.ClickHouseOptions{
		DataDir: t.TempDir(), Lib: lib, Logger: zerolog.Nop(), MemoryLimit: 2 << 30,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return clickhouse.ConnOptions{Addrs: []string{s.Addr()}, Database: "tierwatch", User: s.User(), Password: s.Password()}
}
