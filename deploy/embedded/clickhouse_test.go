package embedded

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/rs/zerolog"
)

// library fetches the engine once for all tests.
func library(t *testing.T) string {
	t.Helper()
	path, err := fetchedLibrary()
	if errors.Is(err, ErrNoNPM) {
		t.Skip("embedded ClickHouse absent: npm is not installed and the cache holds no library")
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var fetchedLibrary = sync.OnceValues(func() (string, error) {
	return FetchClickHouse(context.Background(), FetchOptions{})
})

// events collects what happens to an engine.
type events chan Event

func newEvents() events { return make(events, 1000) } // 1000: the engine never waits for the test

func (e events) add(ev Event) { e <- ev }

// wait returns the first event of the kind.
func (e events) wait(t *testing.T, kind EventKind) Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		select {
		case ev := <-e:
			if ev.Kind == kind {
				return ev
			}
		case <-ctx.Done():
			t.Fatalf("gave up waiting for event %s", kind)
		}
	}
}

func testLog(t *testing.T) zerolog.Logger {
	return zerolog.New(zerolog.NewTestWriter(t))
}

func startClickHouse(t *testing.T, o ClickHouseOptions) *ClickHouse {
	t.Helper()
	o.Lib, o.Logger = library(t), testLog(t)
	if err := settleClickHouse(t.Context(), o.DataDir); err != nil {
		t.Fatal(err)
	}
	c, err := StartClickHouse(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopEngine(t, c) })
	return c
}

func stopEngine(t *testing.T, e interface {
	Stop(ctx context.Context) error
},
) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := e.Stop(ctx); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func connect(t *testing.T, c *ClickHouse, user, password string, protocol clickhouse.Protocol) driver.Conn {
	t.Helper()
	addr := c.Addr()
	if protocol == clickhouse.HTTP {
		addr = c.HTTPAddr()
	}
	conn, err := clickhouse.Open(&clickhouse.Options{
		Addr: []string{addr}, Protocol: protocol,
		Auth: clickhouse.Auth{Database: c.Database(), Username: user, Password: password},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func application(t *testing.T, c *ClickHouse) driver.Conn {
	t.Helper()
	return connect(t, c, c.User(), c.Password(), clickhouse.Native)
}

func mustExec(t *testing.T, conn driver.Conn, queries ...string) {
	t.Helper()
	for _, q := range queries {
		if err := conn.Exec(t.Context(), q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
}

// insertNumbers inserts 0..n-1.
func insertNumbers(t *testing.T, conn driver.Conn, n uint64) {
	t.Helper()
	batch, err := conn.PrepareBatch(t.Context(), "INSERT INTO numbers")
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := batch.Append(i); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
}

const createNumbers = "CREATE TABLE numbers (n UInt64) ENGINE = MergeTree ORDER BY n"

func sumNumbers(t *testing.T, conn driver.Conn) uint64 {
	t.Helper()
	var sum uint64
	if err := conn.QueryRow(t.Context(), "SELECT sum(n) FROM numbers").Scan(&sum); err != nil {
		t.Fatal(err)
	}
	return sum
}

func wantCode(t *testing.T, what string, err error, code int32) {
	t.Helper()
	var ex *clickhouse.Exception
	if !errors.As(err, &ex) || ex.Code != code {
		t.Errorf("%s: error = %v, want ClickHouse code %d", what, err, code)
	}
}

func TestClickHouseServesBothProtocols(t *testing.T) {
	t.Setenv("TZ", "Asia/Shanghai")
	c := startClickHouse(t, ClickHouseOptions{DataDir: t.TempDir()})
	conn := application(t, c)
	mustExec(t, conn, createNumbers)
	insertNumbers(t, conn, 1000)
	if got := sumNumbers(t, conn); got != 499500 {
		t.Errorf("native: sum = %d, want 499500", got)
	}
	over := connect(t, c, c.User(), c.Password(), clickhouse.HTTP)
	if got := sumNumbers(t, over); got != 499500 {
		t.Errorf("HTTP: sum = %d, want 499500", got)
	}
	var zone string
	if err := conn.QueryRow(t.Context(), "SELECT timezone()").Scan(&zone); err != nil || zone != "UTC" {
		t.Errorf("time zone = %q, %v, want UTC", zone, err)
	}
}

func TestClickHouseKeepsDataPortsAndPasswordsOverARestart(t *testing.T) {
	dir := t.TempDir()
	first := startClickHouse(t, ClickHouseOptions{DataDir: dir})
	conn := application(t, first)
	mustExec(t, conn, createNumbers)
	insertNumbers(t, conn, 10)
	_ = conn.Close() // the engine would wait for it
	stopEngine(t, first)
	if err := first.Err(); err != nil {
		t.Errorf("Err after Stop = %v, want nil", err)
	}

	second := startClickHouse(t, ClickHouseOptions{DataDir: dir})
	if second.Addr() != first.Addr() || second.HTTPAddr() != first.HTTPAddr() {
		t.Errorf("addresses changed: %s %s, then %s %s", first.Addr(), first.HTTPAddr(), second.Addr(), second.HTTPAddr())
	}
	if second.Password() != first.Password() {
		t.Error("the password changed")
	}
	if got := sumNumbers(t, application(t, second)); got != 45 {
		t.Errorf("sum = %d, want 45", got)
	}
}

func TestClickHouseIsRestartedWhenItDies(t *testing.T) {
	seen := newEvents()
	c := startClickHouse(t, ClickHouseOptions{DataDir: t.TempDir(), OnEvent: seen.add})
	conn := application(t, c)
	mustExec(t, conn, createNumbers)
	insertNumbers(t, conn, 10)
	addr := c.Addr()
	for round := range 2 {
		old := openProcess(t, c.PID())
		old.kill(t)
		if ev := seen.wait(t, EventDied); ev.Err == nil || ev.Engine != "clickhouse" {
			t.Errorf("round %d: event = %+v, want the engine and how it ended", round, ev)
		}
		seen.wait(t, EventRestarted)
		if c.PID() == old.pid || c.Addr() != addr {
			t.Errorf("round %d: pid %d then %d, address %s then %s; want a new process at the same address", round, old.pid, c.PID(), addr, c.Addr())
		}
		if got := sumNumbers(t, application(t, c)); got != 45 {
			t.Errorf("round %d: sum = %d, want 45", round, got)
		}
	}
}

func TestClickHouseSurvivesWrongPasswords(t *testing.T) {
	seen := newEvents()
	c := startClickHouse(t, ClickHouseOptions{DataDir: t.TempDir(), OnEvent: seen.add})
	pid := c.PID()
	for range 5 {
		wantCode(t, "native", connect(t, c, c.User(), "wrong", clickhouse.Native).Ping(t.Context()), 516)
		wantCode(t, "nobody", connect(t, c, "nobody", "", clickhouse.Native).Ping(t.Context()), 516)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+c.HTTPAddr()+"/?query=SELECT+1", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(c.User(), "wrong")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("HTTP status = %d, want 403", resp.StatusCode)
	}
	if err := application(t, c).Ping(t.Context()); err != nil {
		t.Errorf("right password after wrong ones: %v", err)
	}
	if c.PID() != pid {
		t.Error("the engine died")
	}
}

func TestClickHouseAnalystOnlyReads(t *testing.T) {
	c := startClickHouse(t, ClickHouseOptions{DataDir: t.TempDir()})
	app := application(t, c)
	mustExec(t, app, createNumbers, "CREATE DATABASE private", "CREATE TABLE private.t (n UInt64) ENGINE = MergeTree ORDER BY n")
	insertNumbers(t, app, 10)
	for _, p := range []clickhouse.Protocol{clickhouse.Native, clickhouse.HTTP} {
		analyst := connect(t, c, ClickHouseAnalyst, c.AnalystPassword(), p)
		if got := sumNumbers(t, analyst); got != 45 {
			t.Errorf("sum = %d, want 45", got)
		}
		for query, code := range map[string]int32{
			"INSERT INTO numbers VALUES (1)":                          497,
			"DROP TABLE numbers":                                      497,
			"SELECT * FROM private.t":                                 497,
			"SELECT * FROM file('/etc/passwd', LineAsString)":         497,
			"SELECT * FROM numbers SETTINGS max_memory_usage=1e12":    452,
			"SELECT * FROM numbers SETTINGS max_execution_time=86400": 452,
			"SYSTEM STOP LISTEN TCP":                                  497,
		} {
			wantCode(t, query, analyst.Exec(t.Context(), query), code)
		}
	}
}

// The user default has no password; whoever logs in with it must gain nothing.
func TestClickHouseDefaultUserIsCutDown(t *testing.T) {
	c := startClickHouse(t, ClickHouseOptions{DataDir: t.TempDir()})
	mustExec(t, application(t, c), createNumbers)
	conn := connect(t, c, "default", "", clickhouse.Native)
	for _, query := range []string{
		"SELECT * FROM " + DefaultDatabase + ".numbers",
		"INSERT INTO " + DefaultDatabase + ".numbers SELECT 1",
		"CREATE TABLE default.t (n UInt8) ENGINE = MergeTree ORDER BY n",
		"SELECT * FROM file('/etc/passwd', LineAsString)",
		"SELECT * FROM url('http://127.0.0.1:1/', LineAsString)",
		"SYSTEM SHUTDOWN",
	} {
		if err := conn.Exec(t.Context(), query); err == nil {
			t.Errorf("default may %s", query)
		}
	}
}

// What default may do, closing a port, is mended like a death.
func TestClickHouseIsRestartedWhenItDoesNotAnswer(t *testing.T) {
	for _, what := range []string{"TCP", "HTTP"} {
		t.Run(what, func(t *testing.T) {
			seen := newEvents()
			c := startClickHouse(t, ClickHouseOptions{DataDir: t.TempDir(), OnEvent: seen.add, PingEvery: 20 * time.Millisecond})
			// It may be killed for this before it has answered.
			if err := connect(t, c, "default", "", clickhouse.Native).Exec(t.Context(), "SYSTEM STOP LISTEN "+what); err != nil {
				t.Logf("stop listening: %v", err)
			}
			seen.wait(t, EventUnresponsive)
			seen.wait(t, EventRestarted)
			if err := application(t, c).Ping(t.Context()); err != nil {
				t.Errorf("after the restart: %v", err)
			}
		})
	}
}

func TestClickHousePortTaken(t *testing.T) {
	first := startClickHouse(t, ClickHouseOptions{DataDir: t.TempDir()})
	_, err := StartClickHouse(t.Context(), ClickHouseOptions{
		DataDir: t.TempDir(), Lib: library(t), Logger: testLog(t), TCPPort: first.ports[0], HTTPPort: first.ports[1],
	})
	if err == nil || !strings.Contains(err.Error(), "Address already in use") || !strings.Contains(err.Error(), first.Addr()) {
		t.Errorf("error = %v, want one that names %s and says that it is in use", err, first.Addr())
	}
}

func TestClickHouseMovesWhenItsFormerPortIsTaken(t *testing.T) {
	dir := t.TempDir()
	first := startClickHouse(t, ClickHouseOptions{DataDir: dir})
	stopEngine(t, first)
	occupy(t, first.Addr())
	second := startClickHouse(t, ClickHouseOptions{DataDir: dir})
	if second.Addr() == first.Addr() {
		t.Errorf("address %s is taken", second.Addr())
	}
}

func TestClickHouseWrongLibrary(t *testing.T) {
	_, err := StartClickHouse(t.Context(), ClickHouseOptions{DataDir: t.TempDir(), Lib: "/no/such/libchdb.so", Logger: testLog(t)})
	if err == nil || !strings.Contains(err.Error(), "/no/such/libchdb.so") {
		t.Errorf("error = %v, want one that names the library", err)
	}
}

func TestClickHouseBadOptions(t *testing.T) {
	for want, o := range map[string]ClickHouseOptions{
		"data directory":   {Lib: "x"},
		"library":          {DataDir: "x"},
		"database \"a b\"": {DataDir: "x", Lib: "x", Database: "a b"},
		"memory limit 1 ":  {DataDir: "x", Lib: "x", MemoryLimit: 1},
	} {
		_, err := StartClickHouse(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("options %+v: error = %v, want one that names %q", o, err, want)
		}
	}
}

func TestClickHouseStartStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errCtrlC)
	_, err := StartClickHouse(ctx, ClickHouseOptions{DataDir: t.TempDir(), Lib: library(t), Logger: testLog(t)})
	if !errors.Is(err, errCtrlC) {
		t.Errorf("error = %v, want the cause of the cancellation", err)
	}
}
