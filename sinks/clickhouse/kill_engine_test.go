package clickhouse

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/rs/zerolog"

	"github.com/tierwatch/tierwatch/deploy/embedded"
)

const (
	testInterval    = 50 * time.Millisecond
	shortestSession = time.Second
	patience        = 5 * time.Minute // with what another process does; nothing is measured by it
)

// runStepped starts a sink that calls reached at a step, and stops it with the test.
func runStepped(t *testing.T, cfg Config, at step, reached func()) {
	t.Helper()
	start := stepTo(&cfg, at, reached)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- start(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("sink: %v", err)
		}
	})
}

// mortal is an engine of its own that a test may kill; its supervisor brings it back.
type mortal struct {
	*embedded.ClickHouse

	died chan struct{}
}

func startMortal(t *testing.T) *mortal {
	t.Helper()
	server(t) // skips where there is no engine
	lib, err := embedded.FetchClickHouse(t.Context(), embedded.FetchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	m := &mortal{died: make(chan struct{}, 1)}
	m.ClickHouse, err = embedded.StartClickHouse(t.Context(), embedded.ClickHouseOptions{
		DataDir: t.TempDir(), Lib: lib, Logger: zerolog.Nop(), MemoryLimit: 1 << 30,
		OnEvent: func(e embedded.Event) {
			if e.Kind == embedded.EventDied {
				m.died <- struct{}{}
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := m.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return m
}

// kill ends the engine's process and returns when it is gone.
func (m *mortal) kill(t *testing.T) {
	if err := syscall.Kill(m.PID(), syscall.SIGKILL); err != nil {
		t.Errorf("kill engine: %v", err)
	}
	<-m.died
}

func (m *mortal) conn(db string) ConnOptions {
	return ConnOptions{Addrs: []string{m.Addr()}, Database: db, User: m.User(), Password: m.Password()}
}

// database makes a migrated one on the mortal engine.
func (m *mortal) database(t *testing.T, db string) driver.Conn {
	t.Helper()
	conn, err := ch.Open(&ch.Options{Addr: []string{m.Addr()}, Auth: ch.Auth{Username: m.User(), Password: m.Password()}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Migrate(t.Context(), conn, db, Cluster{})
	if err := errors.Join(err, conn.Close()); err != nil {
		t.Fatal(err)
	}
	if conn, err = ch.Open(&ch.Options{Addr: []string{m.Addr()}, Auth: ch.Auth{Database: db, Username: m.User(), Password: m.Password()}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// TestClickHouseKilledAtEveryStep: kill -9 of ClickHouse between every two steps of
// the sink. What was acknowledged is there when it is back, the rest is sent again.
func TestClickHouseKilledAtEveryStep(t *testing.T) {
	m := startMortal(t)
	for i, at := range steps {
		t.Run(string(at), func(t *testing.T) {
			db := "killed_" + itoa(int32(i))
			conn := m.database(t, db)
			k := newKafka(t)
			want := story(k, 6)
			cfg := k.config(db)
			cfg.Conn = m.conn(db)
			if at == stepCommit {
				killed := false // calls come one at a time
				refuseCommits(k, func() bool {
					if !killed {
						killed = true
						m.kill(t)
					}
					return false
				})
			}
			ended := make(chan struct{})
			runStepped(t, cfg, at, func() {
				m.kill(t)
				close(ended)
			})
			if at != stepCommit {
				<-ended
			}
			k.caughtUp()
			again(t, conn)
			checkViews(t, conn, want)
		})
	}
}

// again waits until the engine answers on a new connection.
func again(t *testing.T, conn driver.Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for conn.Ping(ctx) != nil {
		if ctx.Err() != nil {
			t.Fatal("the engine does not come back")
		}
	}
}

// TestClickHouseKilledInAnInsert: the server has the rows and is at work on them.
func TestClickHouseKilledInAnInsert(t *testing.T) {
	m := startMortal(t)
	conn := m.database(t, "bank")
	slowEvents(t, conn, 2)
	k := newKafka(t)
	want := story(k, 6)
	cfg := k.config("bank")
	cfg.Conn = m.conn("bank")
	run(t, cfg)
	for late := time.Now().Add(patience); eventsAtWork(t, conn, "bank") == 0; { // each question takes its time
		if time.Now().After(late) {
			t.Fatal("no insert is seen at work")
		}
	}
	m.kill(t)
	k.caughtUp()
	again(t, conn)
	checkViews(t, conn, want)
}

// TestClickHouseKilledInARebalance: ClickHouse is away while partitions move from
// the sink that holds their rows to another.
func TestClickHouseKilledInARebalance(t *testing.T) {
	m := startMortal(t)
	conn := m.database(t, "bank")
	k := newKafka(t)
	want := story(k, 6)
	cfg := k.config("bank")
	cfg.Conn = m.conn("bank")
	holds, moved, took := make(chan struct{}), make(chan struct{}), make(chan struct{})
	runStepped(t, cfg, stepDecoded, func() {
		close(holds)
		<-moved
		m.kill(t)
	})
	<-holds
	second := k.config("bank")
	second.Conn = m.conn("bank")
	runStepped(t, second, stepPolled, func() { close(took) })
	<-took
	close(moved)
	k.caughtUp()
	again(t, conn)
	checkViews(t, conn, want)
}
