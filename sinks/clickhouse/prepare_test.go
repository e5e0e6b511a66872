package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/rs/zerolog"
)

// level is what a gauge shows.
func level(t *testing.T, g prometheus.Gauge) float64 {
	t.Helper()
	var m dto.Metric
	if err := g.Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.GetGauge().GetValue()
}

// A ClickHouse that is not there when the warehouse starts is waited for, and the schema
// is made when it comes.
func TestTheSchemaWaitsForClickHouse(t *testing.T) {
	conn, db := emptyDatabase(t)
	p := newProxy(t, server(t).Addr())
	cfg := newKafka(t).config(db)
	cfg.Conn.Addrs = []string{p.addr}
	complaints := make(chan struct{}, 1)
	cfg.Logger = zerolog.New(lineHook(func(line string) {
		if strings.Contains(line, "the warehouse waits for ClickHouse") {
			select {
			case complaints <- struct{}{}:
			default:
			}
		}
	}))
	s, err := NewSink(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	done := make(chan error, 1)
	go func() { done <- s.Prepare(t.Context()) }()
	<-complaints
	<-complaints
	if n := level(t, s.metrics.waiting); n != 1 {
		t.Errorf("waiting is %v while the schema waits, want 1", n)
	}
	p.open(t)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if n := level(t, s.metrics.waiting); n != 0 {
		t.Errorf("waiting is %v when the schema is made, want 0", n)
	}
	if n := count(t, conn, "SELECT count() FROM schema_migrations"); n == 0 {
		t.Error("no schema file is noted")
	}
}

// A stop ends the wait.
func TestTheWaitForClickHouseEnds(t *testing.T) {
	_, db := emptyDatabase(t)
	cfg := newKafka(t).config(db)
	cfg.Conn.Addrs = []string{newProxy(t, "").addr}
	ctx, cancel := context.WithCancel(t.Context())
	cfg.Logger = zerolog.New(lineHook(func(string) { cancel() }))
	s, err := NewSink(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Prepare(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that ctx has ended", err)
	}
}

// What waiting does not mend is told at once.
func TestWhatTheSchemaDoesNotWaitFor(t *testing.T) {
	conn, db := database(t)
	if err := conn.Exec(t.Context(), "INSERT INTO schema_migrations VALUES (999, '999_x.sql', 'other', now())"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, want string
		change     func(*Config)
	}{
		{"a later schema", "use the newer program", func(*Config) {}},
		{"a wrong password", "code: 516", func(c *Config) { c.Conn.Password = "wrong" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := newKafka(t).config(db)
			c.change(&cfg)
			s, err := NewSink(cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if err := s.Prepare(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestWhatPassesByItself(t *testing.T) {
	code := func(n int32) error { return &proto.Exception{Code: n} }
	for _, c := range []struct {
		err  error
		want bool
	}{
		{&net.OpError{Op: "dial", Err: errors.New("connection refused")}, true},
		{&net.DNSError{IsNotFound: true}, true},
		{io.EOF, true},
		{io.ErrUnexpectedEOF, true},
		{ch.ErrAcquireConnTimeout, true},
		{code(241), true}, // memory
		{code(999), true}, // Keeper
		{code(202), true}, // as many statements as it runs at once
		{code(236), true}, // it is being stopped
		{code(394), true}, // as before
		{code(439), true}, // no thread is free
		{code(473), true}, // another statement holds the table
		{code(745), true}, // overloaded
		{code(516), false},
		{code(497), false},
		{code(60), false},
		{code(62), false}, // a statement that it does not understand
		{errors.New("migrate ClickHouse: use the newer program"), false},
	} {
		if got := passing(fmt.Errorf("migrate ClickHouse: %w", c.err)); got != c.want {
			t.Errorf("%v passes by itself: %v, want %v", c.err, got, c.want)
		}
	}
}
