package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// catchup lets a backlog grow while the roles are stopped, first in the source and then
// in the log, with a close of all customers behind it, and asks how much memory each
// process takes to catch up, and how long.
type catchup struct {
	steady
	backlog int
	// profiles is a file for a heap profile of the warehouse at its largest.
	profiles string
	peaks    []peak
}

// catchUpWait bounds each of the two parts.
const catchUpWait = time.Hour

// catchUpFrom is how long before its midnight the first day's load begins: all of the
// backlog is of the seconds before it.
const catchUpFrom = 10 * time.Second

func parseCatchUp(args []string, s scale) (*catchup, error) {
	b := &catchup{}
	b.name, b.shape, b.day, b.rawMax, b.partitions, b.late = "catchup", skewed, 24*time.Hour, 1_000_000, 12, usualLate
	b.duration, b.retention, b.every, b.rate, b.leavers, b.static = 100*time.Second, 24*time.Hour, time.Second, 20_000, 1<<30, true
	b.pprof = true
	b.closeAt = catchUpFrom.Seconds() / b.duration.Seconds()
	f := flag.NewFlagSet("bench catchup", flag.ContinueOnError)
	f.StringVar(&b.program, "program", "bin/tierwatch", "the program that is measured")
	f.StringVar(&b.parent, "dir", "", "directory for the data of the engines, some 1 GB a million events (the one for temporary files)")
	f.IntVar(&b.backlog, "events", s.of(4_000_000), "bookings that wait")
	f.IntVar(&b.customers, "customers", s.of(500_000), "customers, each with an opening balance; their day is closed behind the bookings")
	f.IntVar(&b.clickhouseMemory, "clickhouse-memory", 2048, "most memory of ClickHouse, MiB")
	f.BoolVar(&b.keep, "keep", false, "keep the directory with data and logs")
	f.StringVar(&b.profiles, "memprofile", "", "write a heap profile of the warehouse, when it was largest, to this file")
	if err := f.Parse(args); err != nil {
		return nil, fmt.Errorf("read flags: %w", err)
	}
	if err := atLeastOne(f, "events"); err != nil {
		return nil, err
	}
	return b, b.check()
}

func (b *catchup) run(t *table) (err error) {
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
	waits := []string{ingestMember, stays, restarts, warehouseMember}
	if err := b.crew.Stop(waits...); err != nil {
		return err
	}
	if err := b.pile(ctx); err != nil {
		return err
	}
	if err := b.grow(ctx); err != nil {
		return err
	}
	if err := b.catchUp(ctx); err != nil {
		return err
	}
	return errors.Join(b.judge(), b.ends())
}

// bookings are the backlog.
func (b *catchup) bookings() *stream {
	g := newStream(b.shape, b.customers, b.backlog, 1)
	g.from, g.span, g.late = b.record.from, int64(catchUpFrom.Seconds())-1, b.late
	return g
}

// pile sends the bookings and the end of their day to the bank's topic.
func (b *catchup) pile(ctx context.Context) error {
	say("%s bookings into the source, which nobody reads", grouped(int64(b.backlog)))
	began := time.Now()
	g := b.bookings()
	bytes, err := b.sendAll(ctx, func(each func(*pb.LogRecord)) {
		var record pb.LogRecord
		for x, _ := g.next(); x != nil; x, _ = g.next() {
			record.Transaction = x
			each(&record)
		}
	}, firstDay)
	if err != nil {
		return err
	}
	b.table.add("backlog", grouped(int64(b.backlog)), fmt.Sprintf("bookings of %d B, %s customers, sent in %s",
		bytes/int64(b.backlog), grouped(int64(b.customers)), time.Since(began).Round(time.Second)))
	return nil
}

// grow lets ingest catch up: then it is the log that waits.
func (b *catchup) grow(ctx context.Context) error {
	say("ingest starts")
	ctx, cancel := context.WithTimeout(ctx, catchUpWait)
	defer cancel()
	before, err := b.logLength(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := b.crew.Start(ingestMember); err != nil {
		return err
	}
	watch := b.watchPeaks(ctx, ingestMember)
	// A group that just comes together shows no lag: the log must have grown, too.
	err = await(ctx, "ingest", func(ctx context.Context) (bool, error) {
		n, failed := b.logLength(ctx)
		lag, err := b.lags(ctx)
		return failed == nil && n >= before+int64(b.backlog) && err == nil && lag.ingest == 0, errors.Join(ctx.Err(), b.ends())
	})
	b.peaks = append(b.peaks, watch()...)
	b.took("ingest catches up, source to log", b.backlog, began)
	return err
}

// logLength is how many offsets the log has.
func (b *catchup) logLength(ctx context.Context) (n int64, err error) {
	ends, err := progress.Ends(ctx, b.admin, namespace)
	for _, end := range ends {
		n += end
	}
	return n, err
}

// catchUp starts the folds and the warehouse, and returns when the day is closed and
// every row in.
func (b *catchup) catchUp(ctx context.Context) error {
	say("folds and warehouse start")
	ctx, cancel := context.WithTimeout(ctx, catchUpWait)
	defer cancel()
	began := time.Now()
	names := []string{stays, restarts, warehouseMember}
	for _, name := range names {
		if err := b.crew.Start(name); err != nil {
			return err
		}
	}
	watch := b.watchPeaks(ctx, names...)
	err := await(ctx, "close of the day", func(ctx context.Context) (bool, error) {
		done, _ := b.closed(ctx, firstDay)
		return done, errors.Join(ctx.Err(), b.ends())
	})
	if err == nil {
		b.took("folds catch up, log to outputs", b.backlog, began)
		err = progress.Wait(ctx, b.admin, namespace)
	}
	b.peaks = append(b.peaks, watch()...)
	b.took("the warehouse has all rows", b.backlog, began)
	return err
}

func (b *catchup) took(what string, n int, began time.Time) {
	d := time.Since(began)
	b.table.add(what, perSecond(n, d.Seconds()), fmt.Sprintf("bookings; %s in all", d.Round(100*time.Millisecond)))
}
