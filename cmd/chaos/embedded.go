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
		return errNotRunning
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
		return errNotRunning
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

// startEmbedded starts both engines in dir.
func startEmbedded(ctx context.Context, dir string, log zerolog.Logger) (_ *engines, err error) {
	lib, err := embedded.FetchClickHouse(ctx, embedded.FetchOptions{})
	if err != nil {
		return nil, fmt.Errorf("fetch ClickHouse: %w", err)
	}
	broker := &child{}
	var brokerPort int
	broker.open = func(ctx context.Context) (running, error) {
		k, err := embedded.StartKafka(ctx, embedded.KafkaOptions{
			DataDir: filepath.Join(dir, "kafka"), Port: brokerPort, TxnTimeout: longestTransaction,
			MessageBytes: topics.MaxDeadLetterBytes, Logger: log,
		})
		if err != nil {
			return nil, err
		}
		brokerPort, err = portOf(k.Addr())
		return k, err
	}
	ch := &child{}
	o := embedded.ClickHouseOptions{DataDir: filepath.Join(dir, "clickhouse"), Lib: lib, MemoryLimit: 1 << 30, Logger: log}
	var at warehouse
	ch.open = func(ctx context.Context) (running, error) {
		c, err := embedded.StartClickHouse(ctx, o)
		if err != nil {
			return nil, err
		}
		tcp, err := portOf(c.Addr())
		http, err2 := portOf(c.HTTPAddr())
		o.TCPPort, o.HTTPPort = tcp, http
		at = warehouse{addr: c.Addr(), database: c.Database(), user: c.User(), passwordFile: filepath.Join(dir, "password")}
		return c, errors.Join(err, err2, os.WriteFile(at.passwordFile, []byte(c.Password()), 0o600))
	}
	if err := ch.start(ctx); err != nil {
		return nil, err
	}
	if err := broker.start(ctx); err != nil {
		return nil, errors.Join(err, ch.stop(ctx))
	}
	return &engines{
		brokers: []string{net.JoinHostPort("127.0.0.1", strconv.Itoa(brokerPort))}, clickhouse: at,
		by: map[string]engine{kafkaEngine: broker, clickhouseEngine: ch},
	}, nil
}

func portOf(addr string) (int, error) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return 0, fmt.Errorf("port of %s: %w", addr, err)
	}
	return strconv.Atoi(port)
}
