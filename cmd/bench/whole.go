package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/progress"
	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/deploy/examples/demo"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/control/topology"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/kafka"
	"github.com/tierwatch/tierwatch/sources/mapping"
)

// wholeBench is the way from the bank's JSON to what people read, over a broker
// and a ClickHouse in processes of their own.
type wholeBench struct {
	customers, events int
	apache            bool
	profile           string
	table             *table
	stage             *stage
	floor             used
}

func parseWhole(args []string, s scale) (*wholeBench, error) {
	b := &wholeBench{}
	f := flag.NewFlagSet("bench whole", flag.ContinueOnError)
	f.IntVar(&b.customers, "customers", s.of(200_000), "customers, each with an opening balance")
	f.IntVar(&b.events, "events", s.of(2_000_000), "bookings of one business day")
	f.BoolVar(&b.apache, "kafka", false, "on one node of Apache Kafka in place of the embedded broker")
	f.StringVar(&b.profile, "cpuprofile", "", "write a CPU profile of ingest and end to end to this file")
	if err := f.Parse(args); err != nil {
		return nil, fmt.Errorf("read flags: %w", err)
	}
	return b, atLeastOne(f, "customers", "events")
}

func (b *wholeBench) run(t *table) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	var stops lifecycle.Stack
	defer func() { err = errors.Join(err, stops.Close(context.WithoutCancel(ctx))) }()
	s, absent, err := openStage(ctx, b.apache, &stops)
	if err != nil {
		return err
	}
	b.table, b.stage = t, s
	if err := s.fill(ctx, newStream(skewed, b.customers, b.events, 1)); err != nil {
		return err
	}
	say("topic of %s events, %d B each", grouped(int64(s.events)), s.bytes/int64(s.events))
	if b.floor, err = s.consume(ctx, bankTopic, s.events); err != nil {
		return err
	}
	b.report("floor: consume and discard", b.floor, s.events, fmt.Sprintf("JSON of %d B", s.bytes/int64(s.events)))
	if err := b.profiled(ctx, b.ingestAlone, b.endToEnd); err != nil {
		return err
	}
	if absent != nil {
		t.add(b.label("ClickHouse"), "-", "absent: "+absent.Error())
		return nil
	}
	return b.warehouse(ctx)
}

// profiled takes the steps, under a CPU profile if one is asked for.
func (b *wholeBench) profiled(ctx context.Context, steps ...func(context.Context) error) error {
	stop, err := startProfile(b.profile)
	if err != nil {
		return err
	}
	defer stop()
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// report adds a line with what it costs against the floor.
func (b *wholeBench) report(what string, u used, n int, note string) {
	if u != b.floor {
		note = fmt.Sprintf("%.1f × floor; %s", u.wall.Seconds()/float64(n)/(b.floor.wall.Seconds()/float64(b.stage.events)), note)
	}
	b.table.add(b.label(what), perSecond(n, u.wall.Seconds()), u.cost(n)+"; "+note)
}

// label names a line by the broker.
func (b *wholeBench) label(what string) string {
	if b.apache {
		return "Apache Kafka, " + what
	}
	return what
}

// opening makes topics and the first records of a log in a namespace.
func (b *wholeBench) opening(ctx context.Context, ns topics.Namespace) (*control.Backfill, error) {
	s := b.stage
	s.Namespace = ns
	if err := topology.Ensure(ctx, s.client, topology.Options{Namespace: ns, Partitions: partitions}); err != nil {
		return nil, fmt.Errorf("make topics: %w", err)
	}
	// The client has asked for them when they were not there, and remembers.
	s.client.PurgeTopicsFromClient(topicNames(ns)...)
	back, err := control.StartBackfill(ctx, control.BackfillOptions{
		Kafka: s.Kafka, Namespace: ns, Calendar: s.Calendar, Holder: role.Holder("bench"),
		Writer: kafka.WriterOptions{Partitions: partitions},
		Opening: &control.Opening{
			Engine: s.Engine(), At: midnight(firstDay),
			Policy: &pb.PolicyActivation{Name: "retail", Version: 1, EffectiveDay: firstDay, Yaml: demo.Policy},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	return back, nil
}

func topicNames(ns topics.Namespace) []string {
	var names []string
	for _, spec := range topics.Table() {
		names = append(names, ns.Topic(spec.ID))
	}
	return names
}

// ingest starts reading the bank's topic into the log.
func (b *wholeBench) ingest(group *lifecycle.Group) error {
	s := b.stage
	in, err := kafka.NewIngest(kafka.IngestOptions{
		Name: "bank", Source: s.Kafka, Kafka: s.Kafka, Topics: []string{bankTopic}, Namespace: s.Namespace,
		Writer: kafka.WriterOptions{Partitions: partitions}, Log: s.Log,
		NewDecoder: func() (kafka.Decoder, error) {
			return mapping.Canonical().Mapper(&event.Builder{Calendar: s.Calendar})
		},
		Now: func() time.Time { return time.Unix(midnight(firstDay+1), 0) },
	})
	if err != nil {
		return fmt.Errorf("make ingest: %w", err)
	}
	group.Go("ingest", in.Run)
	return nil
}

// written waits until the log has n records more than before.
func (b *wholeBench) written(ctx context.Context, before int64, n int) error {
	for {
		now, err := b.length(ctx)
		if err != nil {
			return err
		}
		if now-before >= int64(n) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for ingest, %d of %d records: %w", now-before, n, context.Cause(ctx))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (b *wholeBench) length(ctx context.Context) (n int64, err error) {
	ends, err := progress.Ends(ctx, b.stage.admin, b.stage.Namespace)
	for _, end := range ends {
		n += end
	}
	return n, err
}

func (b *wholeBench) ingestAlone(ctx context.Context) error {
	back, err := b.opening(ctx, "ingestalone")
	if err != nil {
		return err
	}
	back.Close()
	before, err := b.length(ctx)
	if err != nil {
		return err
	}
	group := lifecycle.NewGroup(ctx)
	start := b.stage.begin()
	if err := b.ingest(group); err != nil {
		return err
	}
	err = b.written(group.Context(), before, b.stage.events)
	u := start.used()
	group.Stop()
	if err := errors.Join(err, group.Wait()); err != nil {
		return err
	}
	b.report("ingest: JSON to log", u, b.stage.events, "canonical mapping, all validated")
	return nil
}

func (b *wholeBench) endToEnd(ctx context.Context) error {
	back, err := b.opening(ctx, "tierwatch")
	if err != nil {
		return err
	}
	defer back.Close()
	fresh := newStream(skewed, b.customers, 0, 1)
	for c := range b.customers {
		if err := back.Write(ctx, customerID(c), &pb.LogRecord{Balance: fresh.opening(c)}, nil); err != nil {
			return fmt.Errorf("write opening balances: %w", err)
		}
	}
	if err := back.Flush(ctx); err != nil {
		return err
	}
	group := lifecycle.NewGroup(ctx)
	run, err := role.NewFold(b.stage.Deployment)
	if err != nil {
		return err
	}
	group.Go("fold", run)
	err = b.foldAll(group, back)
	group.Stop()
	return errors.Join(err, group.Wait())
}

// foldAll waits for the openings, then measures the bookings and the CLOSE.
func (b *wholeBench) foldAll(group *lifecycle.Group, back *control.Backfill) error {
	ctx := group.Context()
	if err := b.folded(ctx); err != nil {
		return err
	}
	before, err := b.length(ctx)
	if err != nil {
		return err
	}
	start, here := b.stage.begin(), readUsage()
	if err := b.ingest(group); err != nil {
		return err
	}
	if err := b.written(ctx, before, b.stage.events); err != nil {
		return err
	}
	if err := b.folded(ctx); err != nil {
		return err
	}
	b.report("end to end: JSON to outputs readable", start.used(), b.stage.events,
		fmt.Sprintf("ingest, log, fold, exactly once, state trickling; %s customers; GC %s of the CPU here",
			grouped(int64(b.customers)), percent(readUsage().gcShare(here))))
	if err := b.latency(ctx, back); err != nil {
		return err
	}
	if err := b.folded(ctx); err != nil {
		return err
	}
	start = b.stage.begin()
	if err := back.CloseDay(ctx, firstDay); err != nil {
		return err
	}
	if err := back.Flush(ctx); err != nil {
		return err
	}
	if err := b.folded(ctx); err != nil {
		return err
	}
	b.report("end to end: CLOSE to snapshots readable", start.used(), b.customers, "customers")
	return nil
}

// folded waits until the fold has committed everything that is in the log.
func (b *wholeBench) folded(ctx context.Context) error {
	ends, err := progress.Ends(ctx, b.stage.admin, b.stage.Namespace)
	if err != nil {
		return err
	}
	return progress.WaitFolded(ctx, b.stage.admin, b.stage.Namespace, ends)
}
