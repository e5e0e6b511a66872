package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/crew"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/deploy/embedded"
	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// steady is a run at a steady rate: Apache Kafka, ClickHouse and every role in
// processes of their own, for minutes or for hours. bench latency asks how long an
// alert takes, bench endurance whether anything grows.
type steady struct {
	steadyOptions
	table *table

	dir     string
	engines struct {
		kafka      *kafkatest.Cluster
		clickhouse *embedded.ClickHouse
	}
	kafka  []kgo.Opt
	admin  *kadm.Client
	crew   *crew.Crew
	http   map[string]string // addresses of metrics, by member
	probe  *probe
	pace   *pace
	frame  frame
	record record
	halted atomic.Bool       // ClickHouse is held
	looks  [len(views)]looks // each of its watchView alone
	// lookCPU is what they took of ClickHouse, nanoseconds.
	lookCPU atomic.Int64
	// mishaps are what the engines' supervisor told that should not have happened.
	mishaps struct {
		sync.Mutex
		list []string
	}
}

// steadyOptions are the flags.
type steadyOptions struct {
	name                              string
	program, parent, csv              string
	duration, day, every              time.Duration
	retention, down                   time.Duration
	rate, customers, leavers, rawMax  int
	partitions                        int
	closeAt, restartAt                float64
	still                             stillness
	judged, keep, kill, static, pprof bool
	shape                             shape
	clickhouseMemory, leastFree, late int
}

// parseSteady reads the flags of latency or of endurance: they differ in their
// defaults.
func parseSteady(name string, args []string, s scale) (*steady, error) {
	b := &steady{}
	b.name, b.judged = name, name == "endurance"
	duration, customers, every, day, rawMax := 5*time.Minute, s.of(1_000_000), everyNth, 24*time.Hour, 1_000_000
	b.shape = skewed
	closeAt, restartAt, still := 0.4, 0.7, "0.15:30s"
	if b.judged {
		// Only when each customer holds as much as he ever will can memory be flat: single
		// entries up to his bound, one a day and kind of those before, for 400 days, and the
		// movements of 900. So days are short, and customers few, each with four bookings a
		// second. His single entries reach back 80 days, so that a late booking can be told
		// from one that came before.
		duration, customers, every, day, rawMax = 90*time.Minute, 0, 5*everyNth, 3*time.Second, 1000
		b.shape = uniform
		closeAt, restartAt, still = 0, 0, ""
	}
	f := flag.NewFlagSet("bench "+name, flag.ContinueOnError)
	f.StringVar(&b.program, "program", "bin/tierwatch", "the program that is measured")
	f.StringVar(&b.parent, "dir", "", "directory for the data of the engines, some 30 GB for 90 minutes at 20,000 events/s (the one for temporary files)")
	f.StringVar(&b.csv, "csv", "", "write the series into CSV files in this directory")
	f.DurationVar(&b.duration, "duration", duration, "of the load")
	f.IntVar(&b.rate, "rate", 20_000, "events a second")
	f.IntVar(&b.customers, "customers", customers, "customers, each with an opening balance; 0: a quarter of the events a second")
	f.StringVar((*string)(&b.shape), "shape", string(b.shape), "how bookings spread over the customers: skewed or uniform")
	f.IntVar(&b.leavers, "leaver", every, "of so many events one opens an alert that is waited for")
	f.DurationVar(&b.day, "day", day, "length of a business day, by the wall")
	f.IntVar(&b.rawMax, "raw-max", rawMax, "fold.raw_max: single entries that a customer holds")
	f.IntVar(&b.partitions, "partitions", 12, "of the log")
	f.IntVar(&b.late, "late", usualLate, "bookings of an earlier day, per cent")
	f.Float64Var(&b.closeAt, "close-at", closeAt, "with days of 24h: close one at this share of the duration; 0: none")
	f.Float64Var(&b.restartAt, "restart-at", restartAt, "stop and start one of the two folds at this share of the duration; 0: never")
	f.StringVar(&still, "clickhouse-pause", still, "hold ClickHouse (SIGSTOP), from a share of the duration on for so long, as 0.15:30s; empty: never")
	f.BoolVar(&b.kill, "kill", false, "that fold is killed instead of stopped")
	f.DurationVar(&b.down, "down", 5*time.Second, "how long that fold is down")
	f.BoolVar(&b.static, "static", !b.judged, "folds are static members (fold.instance_id): if one is back within the session timeout, no partition moves")
	f.DurationVar(&b.retention, "retention", 2*time.Minute, "of the source topic")
	f.DurationVar(&b.every, "every", 5*time.Second, "how often everything is sampled")
	f.BoolVar(&b.judged, "flat", b.judged, "fail when a series is not flat")
	f.BoolVar(&b.keep, "keep", false, "keep the directory with data and logs")
	f.IntVar(&b.clickhouseMemory, "clickhouse-memory", 2048, "most memory of ClickHouse, MiB")
	f.IntVar(&b.leastFree, "least-free", 4096, "end the load when the disk has less left, MiB")
	if err := f.Parse(args); err != nil {
		return nil, fmt.Errorf("read flags: %w", err)
	}
	if b.customers == 0 {
		b.customers = max(1, b.rate/4)
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	var err error
	b.still, err = parseStillness(still, b.duration)
	return b, err
}

func (o *steadyOptions) check() error {
	switch {
	case o.duration < time.Minute || o.every < time.Second:
		return errors.New("duration must be at least 1m, every 1s")
	case o.rate < 200 || o.customers < 1 || o.leavers < 1 || o.partitions < 1:
		return errors.New("rate must be at least 200; customers, leaver and partitions 1")
	case o.day < 2*time.Second || o.day > 24*time.Hour:
		return errors.New("day must be between 2s and 24h")
	case o.closeAt < 0 || o.closeAt >= 1 || o.restartAt < 0 || o.restartAt >= 1:
		return errors.New("close-at and restart-at are shares: 0 to 1")
	case o.closeAt > 0 && o.factor() != 1:
		return errors.New("close-at is for days of 24h; shorter ones close by themselves")
	case o.retention < time.Minute:
		return errors.New("retention must be at least 1m: what ingest has not read would be deleted")
	case o.shape != skewed && o.shape != uniform:
		return errors.New("shape is skewed or uniform")
	case o.late < 0 || o.late > 100:
		return errors.New("late is 0 to 100")
	}
	var err error
	if o.program, err = filepath.Abs(o.program); err != nil {
		return fmt.Errorf("program: %w", err)
	}
	if _, err := os.Stat(o.program); err != nil {
		return fmt.Errorf("program: %w; make build makes it", err)
	}
	return nil
}

// factor is how much faster than the wall's the clock of the bank runs.
func (o *steadyOptions) factor() float64 { return float64(24*time.Hour) / float64(o.day) }

// events is how many the load has.
func (o *steadyOptions) events() int { return int(o.duration.Seconds() * float64(o.rate)) }

// leaversInAll is how many customers leave during the load.
func (o *steadyOptions) leaversInAll() int { return o.events()/o.leavers + 1 }

func (b *steady) run(t *table) (err error) {
	ctx, end := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer end()
	b.table = t
	var stops lifecycle.Stack
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if failed := stops.Close(last); failed != nil {
			err = errors.Join(err, failed)
		}
		b.clear(err)
	}()
	for _, step := range []func(context.Context, *lifecycle.Stack) error{b.startEngines, b.startRoles, b.fill} {
		if err := step(ctx, &stops); err != nil {
			return err
		}
	}
	if err := b.load(ctx); err != nil {
		return err
	}
	return b.report()
}

// clear removes what the run has left: all of it if there was no fault, and if there
// was one, all but the logs.
func (b *steady) clear(err error) {
	switch {
	case b.keep:
		say("data and logs of the processes: %s", b.dir)
	case err == nil || errors.Is(err, errNotFlat) || errors.Is(err, errInterrupted):
		_ = os.RemoveAll(b.dir) // a directory that stays is no fault of the run
	default:
		data, _ := filepath.Glob(filepath.Join(b.dir, "kafka", "*", "*", "data")) // the pattern is well formed
		for _, dir := range append(data, filepath.Join(b.dir, "clickhouse")) {
			_ = os.RemoveAll(dir)
		}
		say("logs of the processes: %s", b.dir)
	}
}

// source names the bank's topic in the configuration, and with it ingest's group.
const source = "bank"

// namespace is that of the topics.
const namespace = topics.DefaultNamespace
