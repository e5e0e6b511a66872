package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"gopkg.in/yaml.v3"

	"github.com/tierwatch/tierwatch/cmd/internal/crew"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/deploy/embedded"
	"github.com/tierwatch/tierwatch/deploy/examples/demo"
	"github.com/tierwatch/tierwatch/deploy/kafkatest"
)

// The processes of the roles. One of two folds is stopped and started.
var (
	members  = []string{ingestMember, "conductor-1", stays, restarts, warehouseMember}
	stays    = "fold-1"
	restarts = "fold-2"
)

const (
	ingestMember    = "ingest-1"
	warehouseMember = "warehouse-1"
)

// sourcePartitions is the number of the bank's topic.
const sourcePartitions = 4

// brokerSettings let old segments go within seconds of their time, and let topics
// that are compacted be so in pieces that are not as large as the whole run.
var brokerSettings = []string{
	"log.retention.check.interval.ms=5000", "log.segment.delete.delay.ms=1000", "log.segment.bytes=134217728", "log.cleaner.backoff.ms=5000",
}

// startEngines runs Apache Kafka on one node and ClickHouse, in a directory of their own.
func (b *steady) startEngines(ctx context.Context, stops *lifecycle.Stack) (err error) {
	if b.dir, err = os.MkdirTemp(b.parent, "tierwatch-bench-"); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	logs := filepath.Join(b.dir, "logs")
	if err := os.Mkdir(logs, 0o700); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	words, err := os.Create(filepath.Join(logs, "clickhouse.log"))
	if err != nil {
		return fmt.Errorf("make log: %w", err)
	}
	stops.Push("log", func(context.Context) error { return words.Close() })
	say("starting Apache Kafka and ClickHouse in %s", b.dir)
	b.engines.kafka, err = kafkatest.Start(ctx, kafkatest.Options{Nodes: 1, Dir: filepath.Join(b.dir, "kafka"), Settings: brokerSettings, Lasting: true})
	if err != nil {
		return fmt.Errorf("start Apache Kafka: %w", err)
	}
	stops.PushFunc("Apache Kafka", b.engines.kafka.Stop)
	lib, err := embedded.FetchClickHouse(ctx, embedded.FetchOptions{})
	if err != nil {
		return fmt.Errorf("fetch ClickHouse: %w", err)
	}
	b.engines.clickhouse, err = embedded.StartClickHouse(ctx, embedded.ClickHouseOptions{
		DataDir: filepath.Join(b.dir, "clickhouse"), Lib: lib, MemoryLimit: int64(b.clickhouseMemory) << 20,
		Logger: zerolog.New(words).With().Timestamp().Logger(), OnEvent: b.engineEvent,
		// One that is held on purpose is not taken for dead.
		PingEvery: b.still.length,
	})
	if err != nil {
		return err
	}
	stops.Push("ClickHouse", b.engines.clickhouse.Stop)
	b.kafka = []kgo.Opt{kgo.SeedBrokers(b.engines.kafka.Seeds()...)}
	client, err := kgo.NewClient(b.kafka...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	stops.PushFunc("kafka client", client.Close)
	b.admin = kadm.NewClient(client)
	return nil
}

// startRoles makes topics and tables and starts a process for each role.
func (b *steady) startRoles(ctx context.Context, stops *lifecycle.Stack) error {
	config, err := b.configure()
	if err != nil {
		return err
	}
	if err := b.prepare(ctx, config); err != nil {
		return err
	}
	b.http = map[string]string{}
	for _, name := range members {
		if b.http[name], err = freeAddr(ctx); err != nil {
			return err
		}
	}
	b.record.set(b.steadyOptions)
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	b.crew = crew.New(life, crew.Options{
		Program: b.program, Logs: filepath.Join(b.dir, "logs"), Names: members,
		Args: func(role, name string) []string {
			return append([]string{"run", "-c", config, "--roles", role, "--demo-clock", b.record.clock(b.factor()), "--http", b.http[name]}, b.own(role, name)...)
		},
	})
	stops.Push("roles", func(context.Context) error {
		err := b.crew.Stop(b.crew.Running(members)...)
		end()
		b.crew.KillAll()
		return err
	})
	for _, name := range members {
		if err := b.crew.Start(name); err != nil {
			return err
		}
	}
	return nil
}

// session is the session timeout of all groups: a static member that is back within it
// finds its partitions where it left them.
const session = 10 * time.Second

// own are the settings of one process alone.
func (o *steadyOptions) own(role, name string) []string {
	if role != "fold" || !o.static {
		return nil
	}
	return []string{"--set", "fold.instance_id=" + name}
}

// membership tells how the folds are members of their group.
func (o *steadyOptions) membership() string {
	if o.static {
		return fmt.Sprintf("static members, session timeout %s", session)
	}
	return "dynamic members"
}

type node = map[string]any

// configure writes the configuration of all processes.
func (b *steady) configure() (string, error) {
	ch, password := b.engines.clickhouse, filepath.Join(b.dir, "password")
	if err := os.WriteFile(password, []byte(ch.Password()), 0o600); err != nil {
		return "", fmt.Errorf("write configuration: %w", err)
	}
	text, err := yaml.Marshal(node{
		"deployment": node{"clock": "demo", "time_zone": "Asia/Shanghai", "base_currency": "CNY"},
		"kafka":      node{"brokers": b.engines.kafka.Seeds(), "partitions": b.partitions, "replication": 1, "session_timeout": session.String()},
		"clickhouse": node{"addrs": []string{ch.Addr()}, "database": ch.Database(), "user": ch.User(), "password": node{"file": password}},
		"ingest":     node{"sources": []node{{"name": source, "topic": bankTopic}}},
		// Of a clock that runs a day in a minute, a moment is hours.
		"conductor": node{"tick": tickOf(b.factor()), "silence": "48h", "catch_up": true, "wait_for": []string{source}},
		"fold":      node{"raw_max": b.rawMax},
		"http":      node{"pprof": b.pprof},
		"log":       node{"level": "info", "format": "json"},
	})
	if err != nil {
		return "", fmt.Errorf("write configuration: %w", err)
	}
	path := filepath.Join(b.dir, "tierwatch.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return "", fmt.Errorf("write configuration: %w", err)
	}
	return path, nil
}

// tickOf is how often time is written, by the bank's clock: a minute, or what some
// tenths of a second by the wall are.
func tickOf(factor float64) string {
	for _, tick := range []string{"1m", "5m", "10m", "30m", "1h", "2h"} {
		if d, _ := time.ParseDuration(tick); float64(d)/factor >= float64(300*time.Millisecond) {
			return tick
		}
	}
	return "2h"
}

// prepare makes topics, schema and the source's topic, and publishes the policy.
func (b *steady) prepare(ctx context.Context, config string) error {
	rules := filepath.Join(b.dir, "policy.yaml")
	if err := os.WriteFile(rules, demo.Policy, 0o600); err != nil {
		return fmt.Errorf("write policy: %w", err)
	}
	for _, args := range [][]string{{"topics", "create"}, {"migrate"}, {"policy", "publish", rules}} {
		c := exec.CommandContext(ctx, b.program, append(args, "-c", config)...) //nolint:gosec // the program that is measured
		c.SysProcAttr = crew.Bound()
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("tierwatch %s: %w: %s", strings.Join(args, " "), err, out)
		}
	}
	ms := func(d time.Duration) *string {
		text := strconv.FormatInt(d.Milliseconds(), 10)
		return &text
	}
	made, err := b.admin.CreateTopic(ctx, sourcePartitions, 1, map[string]*string{
		"retention.ms": ms(b.retention), "segment.ms": ms(b.retention / 4),
	}, bankTopic)
	if err := errors.Join(err, made.Err); err != nil {
		return fmt.Errorf("make topic %s: %w", bankTopic, err)
	}
	return nil
}

// freeAddr is a port of this machine that nobody listens on now.
func freeAddr(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("look for a port: %w", err)
	}
	return l.Addr().String(), l.Close()
}
