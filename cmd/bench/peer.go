package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
)

// peerBench measures the fixed job of the peers (deploy/examples/peer-job) on a
// Kafka that is given: Tierwatch and Kafka Streams in one run, on one topic.
type peerBench struct {
	brokers, topic     string
	events, customers  int
	stateAge, commit   time.Duration
	stateBytes         config.Size
	kstreams, store    string
	compare, keep      bool
	profile            string
	table              *table
	client             *kgo.Client
	admin              *kadm.Client
	kafka              []kgo.Opt
	name               string
	input              extent
	tierwatch, streams *jobRun
	least              *jobRun // the floor
}

// jobRun is what a job needed for the input, until its last output was readable and
// every changed customer's state saved.
type jobRun struct {
	used
	topic string // of its outputs
	note  string
	warm  used // Kafka Streams: for the whole input at the pace of its second half
}

func parsePeer(args []string, s scale) (*peerBench, error) {
	b := &peerBench{}
	f := flag.NewFlagSet("bench peer", flag.ContinueOnError)
	f.StringVar(&b.brokers, "brokers", "", "host:port of some brokers, with commas between them")
	f.StringVar(&b.topic, "topic", "peer.in", "topic of the job's events; one that is absent is made and filled")
	f.IntVar(&b.events, "events", s.of(2_000_000), "events of a topic that is made")
	f.IntVar(&b.customers, "customers", s.of(1_000_000), "customers of a topic that is made; the job's own has 1,000,000")
	f.DurationVar(&b.stateAge, "state-age", config.Default().Fold.StateAge.Of(), "fold.state_age: a change is saved within about half of it, and when nothing comes any more")
	size := f.Int64("state-bytes", 1<<30, "fold.state_bytes: by the default of 1 MiB a second and partition the state of so many new customers is saved later than the job takes")
	f.DurationVar(&b.commit, "commit-gap", 100*time.Millisecond, "fold.commit_gap; Kafka Streams commits each 100 ms")
	f.StringVar(&b.kstreams, "kstreams", "deploy/examples/peer-job/kstreams", "folder of the job on Kafka Streams; empty: without it")
	f.StringVar(&b.store, "store", "memory", "store of Kafka Streams: memory or rocksdb")
	f.BoolVar(&b.compare, "compare", true, "compare all outputs with the reference fold, customer by customer")
	f.BoolVar(&b.keep, "keep", false, "leave the topics that the jobs made")
	f.StringVar(&b.profile, "cpuprofile", "", "write a CPU profile of Tierwatch to this file")
	if err := f.Parse(args); err != nil {
		return nil, fmt.Errorf("read flags: %w", err)
	}
	b.stateBytes = config.Size(*size)
	switch {
	case b.brokers == "":
		return nil, errors.New("brokers is required: the Kafka to measure on, as in make bench-peer BROKERS=localhost:9092")
	case b.stateAge <= 0:
		return nil, fmt.Errorf("-state-age %s: must be above 0", b.stateAge)
	case b.commit <= 0:
		return nil, fmt.Errorf("-commit-gap %s: must be above 0", b.commit)
	case b.store != "memory" && b.store != "rocksdb":
		return nil, fmt.Errorf("-store %s: must be memory or rocksdb", b.store)
	}
	return b, atLeastOne(f, "events", "customers", "state-bytes")
}

func (b *peerBench) run(t *table) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	var stops lifecycle.Stack
	defer func() { err = errors.Join(err, stops.Close(context.WithoutCancel(ctx))) }()
	b.table, b.name = t, fmt.Sprintf("bench-peer-%d", time.Now().Unix())
	c := config.Default().Kafka
	b.kafka = []kgo.Opt{kgo.SeedBrokers(strings.Split(b.brokers, ",")...), kgo.ClientID(c.ClientID)}
	if b.client, err = kgo.NewClient(b.kafka...); err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	stops.PushFunc("client", b.client.Close)
	b.admin = kadm.NewClient(b.client)
	if err := b.prepare(ctx); err != nil {
		return err
	}
	if !b.keep {
		stops.Push("topics and groups", b.drop)
	}
	for _, step := range []func(context.Context) error{b.floor, b.runTierwatch, b.runStreams, b.ratio, b.compareOutputs} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// prepare makes the topic if it is absent, and learns where its partitions end.
func (b *peerBench) prepare(ctx context.Context) error {
	if err := b.fillAbsent(ctx); err != nil {
		return err
	}
	var err error
	if b.input, err = b.extentOf(ctx, b.topic); err != nil {
		return err
	}
	if b.input.records == 0 {
		return fmt.Errorf("topic %s is empty", b.topic)
	}
	say("topic %s: %s events in %d partitions", b.topic, grouped(b.input.records), len(b.input.ends))
	return nil
}

func (b *peerBench) floor(ctx context.Context) error {
	before, bytes := readUsage(), int64(0)
	err := b.read(ctx, b.topic, b.input, allPartitions, func(r *kgo.Record) error {
		bytes += int64(len(r.Value))
		return nil
	})
	if err != nil {
		return err
	}
	b.line("floor: consume and discard", &jobRun{used: readUsage().since(before), note: fmt.Sprintf("JSON of %d B", bytes/b.input.records)})
	return nil
}

// line adds a run to the table, with its time against the floor's.
func (b *peerBench) line(what string, r *jobRun) {
	n, note := int(b.input.records), r.note
	if b.least == nil {
		b.least = r
	} else {
		note = fmt.Sprintf("%.1f × floor; %s", r.wall.Seconds()/b.least.wall.Seconds(), note)
	}
	b.table.add(what, perSecond(n, r.wall.Seconds()), fmt.Sprintf("%.2f µs CPU each outside the broker, %.1f s; %s", us(r.cpu, n), r.wall.Seconds(), note))
}

func (b *peerBench) ratio(context.Context) error {
	if b.streams == nil {
		return nil
	}
	warm := b.streams.warm
	b.table.add("Tierwatch to Kafka Streams", fmt.Sprintf("%.2f ×", b.streams.wall.Seconds()/b.tierwatch.wall.Seconds()),
		fmt.Sprintf("throughput, to its second half %.2f ×; %.2f × less CPU, than in that half %.2f ×",
			warm.wall.Seconds()/b.tierwatch.wall.Seconds(), b.streams.cpu.Seconds()/b.tierwatch.cpu.Seconds(), warm.cpu.Seconds()/b.tierwatch.cpu.Seconds()))
	return nil
}

// drop removes the topics and groups that the jobs made; the input stays.
func (b *peerBench) drop(ctx context.Context) error {
	list, err := b.admin.ListTopics(ctx)
	if err != nil {
		return fmt.Errorf("list topics: %w", err)
	}
	others := func(name string) bool { return !strings.HasPrefix(name, b.name) }
	if made := slices.DeleteFunc(list.Names(), others); len(made) > 0 {
		if _, err := b.admin.DeleteTopics(ctx, made...); err != nil {
			return fmt.Errorf("delete topics: %w", err)
		}
	}
	groups, err := b.admin.ListGroups(ctx)
	if err != nil {
		return fmt.Errorf("list groups: %w", err)
	}
	if made := slices.DeleteFunc(groups.Groups(), others); len(made) > 0 {
		if _, err := b.admin.DeleteGroups(ctx, made...); err != nil {
			return fmt.Errorf("delete groups: %w", err)
		}
	}
	return nil
}

// warnings is a logger of what a person should know of.
func warnings() zerolog.Logger { return zerolog.New(os.Stderr).Level(zerolog.WarnLevel) }
