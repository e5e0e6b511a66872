package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"github.com/tierwatch/tierwatch/cmd/internal/crew"
	"github.com/tierwatch/tierwatch/deploy/embedded"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// running is an embedded engine under its supervisor.
type running interface {
	PID() int
	Stop(ctx context.Context) error
}

// child is an embedded engine. Its supervisor would start it again at once; a kill
// that is to last stops the supervisor too.
type child struct {
	now  running
	open func(ctx context.Context) (running, error)
}

func (c *child) start(ctx context.Context) (err error) {
	if c.now != nil {
		return nil
	}
	c.now, err = c.open(ctx)
	return err
}

func (c *child) kill(ctx context.Context) error {
	if c.now == nil {
		return crew.ErrNotRunning
	}
	if err := syscall.Kill(c.now.PID(), syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill engine: %w", err)
	}
	_ = c.now.Stop(ctx) // it was killed, and says so
	c.now = nil
	return nil
}

func (c *child) pause() error  { return c.signal(syscall.SIGSTOP) }
func (c *child) resume() error { return c.signal(syscall.SIGCONT) }

func (c *child) signal(s syscall.Signal) error {
	if c.now == nil {
		return crew.ErrNotRunning
	}
	if err := syscall.Kill(c.now.PID(), s); err != nil {
		return fmt.Errorf("%s: %w", s, err)
	}
	return nil
}

func (c *child) stop(ctx context.Context) error {
	if c.now == nil {
		return nil
	}
	_ = c.resume()
	err := c.now.Stop(ctx)
	c.now = nil
	return err
}

const longestTransaction = time.Minute // as the program's own embedded broker has it

// startClickHouse starts the one that needs no server, with its data in dir.
func startClickHouse(ctx context.Context, dir string, log zerolog.Logger) (*child, warehouse, error) {
	var at warehouse
	lib, err := embedded.FetchClickHouse(ctx, embedded.FetchOptions{})
	if err != nil {
		return nil, at, fmt.Errorf("fetch ClickHouse: %w", err)
	}
	o := embedded.ClickHouseOptions{DataDir: filepath.Join(dir, "clickhouse"), Lib: lib, MemoryLimit: 1 << 30, Logger: log}
	ch := &child{open: func(ctx context.Context) (running, error) {
		c, err := embedded.StartClickHouse(ctx, o)
		if err != nil {
			return nil, err
		}
		tcp, err := portOf(c.Addr())
		http, err2 := portOf(c.HTTPAddr())
		o.TCPPort, o.HTTPPort = tcp, http
		at = warehouse{addr: c.Addr(), database: c.Database(), user: c.User(), passwordFile: filepath.Join(dir, "password")}
		return c, errors.Join(err, err2, os.WriteFile(at.passwordFile, []byte(c.Password()), 0o600))
	}}
	err = ch.start(ctx)
	return ch, at, err
}

// startBroker starts the embedded broker, with its data in dir, and gives its address.
func startBroker(ctx context.Context, dir string, log zerolog.Logger) (*child, string, error) {
	var port int
	broker := &child{open: func(ctx context.Context) (running, error) {
		k, err := embedded.StartKafka(ctx, embedded.KafkaOptions{
			DataDir: filepath.Join(dir, "kafka"), Port: port, TxnTimeout: longestTransaction,
			MessageBytes: topics.MaxDeadLetterBytes, Logger: log,
		})
		if err != nil {
			return nil, err
		}
		port, err = portOf(k.Addr())
		return k, err
	}}
	err := broker.start(ctx)
	return broker, net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), err
}

func portOf(addr string) (int, error) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return 0, fmt.Errorf("port of %s: %w", addr, err)
	}
	return strconv.Atoi(port)
}
