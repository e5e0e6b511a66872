package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/synth"
)

const (
	bankTopic  = "bank.transactions"
	partitions = 4
)

// stage is a deployment in a directory of its own: broker and ClickHouse as child
// processes, and the bank's topic with the events as JSON.
type stage struct {
	*wire.Deployment

	cluster *kafkatest.Cluster // Apache Kafka; nil: the broker is the embedded one
	client  *kgo.Client
	admin   *kadm.Client
	stream  *stream
	events  int
	bytes   int64
}

// openStage starts the engines, with apache one node of Apache Kafka in place of the
// embedded broker; stops ends them and removes the directory. Without ClickHouse's
// library the warehouse is left out, and absent says why.
func openStage(ctx context.Context, apache bool, stops *lifecycle.Stack) (s *stage, absent, err error) {
	dir, err := os.MkdirTemp("", "tierwatch-bench-")
	if err != nil {
		return nil, nil, fmt.Errorf("make directory: %w", err)
	}
	remove := func(context.Context) error { return os.RemoveAll(dir) }
	stops.Push("directory", remove)
	c := config.Default()
	c.Embedded.DataDir = dir
	c.Kafka.Partitions = partitions
	c.Deployment.Clock = "log"
	log := zerolog.New(os.Stderr).Level(zerolog.WarnLevel)
	s = &stage{}
	if s.Deployment, err = wire.Open(ctx, c, log, wire.Needs{Kafka: !apache, ClickHouse: true}, stops); err != nil {
		absent = err
		if err := stops.Close(ctx); err != nil {
			return nil, nil, err
		}
		stops.Push("directory", remove) // the next ones make it again
		if s.Deployment, err = wire.Open(ctx, c, log, wire.Needs{Kafka: !apache}, stops); err != nil {
			return nil, nil, fmt.Errorf("start broker: %w", err)
		}
	}
	if apache {
		if err := s.startApache(ctx, dir, stops); err != nil {
			return nil, nil, err
		}
	}
	client, err := kgo.NewClient(s.Kafka...)
	if err != nil {
		return nil, nil, fmt.Errorf("open kafka client: %w", err)
	}
	stops.PushFunc("client", client.Close)
	s.client, s.admin = client, kadm.NewClient(client)
	return s, absent, nil
}

// startApache runs one node of Apache Kafka.
func (s *stage) startApache(ctx context.Context, dir string, stops *lifecycle.Stack) (err error) {
	s.cluster, err = kafkatest.Start(ctx, kafkatest.Options{Nodes: 1, Dir: filepath.Join(dir, "apache"), Lasting: true})
	if err != nil {
		return fmt.Errorf("start Apache Kafka: %w", err)
	}
	stops.PushFunc("Apache Kafka", s.cluster.Stop)
	own := s.Config.Kafka
	own.Brokers = s.cluster.Seeds()
	s.Kafka, err = wire.Kafka(own, s.Log)
	return err
}

// fill puts the bank's bookings into its topic, as JSON.
func (s *stage) fill(ctx context.Context, g *stream) error {
	if _, err := s.admin.CreateTopic(ctx, partitions, 1, nil, bankTopic); err != nil {
		return fmt.Errorf("create topic %s: %w", bankTopic, err)
	}
	var failed atomic.Pointer[error]
	out, err := kgo.NewClient(append(s.Kafka, kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.ProducerLinger(0), kgo.MaxBufferedRecords(200_000))...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	defer out.Close()
	s.stream = g
	var record pb.LogRecord
	for x, _ := g.next(); x != nil; x, _ = g.next() {
		record.Transaction = x
		value := synth.AppendJSON(nil, &record)
		s.events++
		s.bytes += int64(len(value))
		out.Produce(ctx, &kgo.Record{Topic: bankTopic, Key: []byte(x.CustomerId), Value: value}, func(_ *kgo.Record, err error) {
			if err != nil {
				failed.CompareAndSwap(nil, &err)
			}
		})
	}
	if err := out.Flush(ctx); err != nil {
		return fmt.Errorf("fill topic %s: %w", bankTopic, err)
	}
	if err := failed.Load(); err != nil {
		return fmt.Errorf("fill topic %s: %w", bankTopic, *err)
	}
	return nil
}

// consume reads a topic from its start until n records came, and gives the time
// it took.
func (s *stage) consume(ctx context.Context, topic string, n int) (used, error) {
	client, err := kgo.NewClient(append(s.Kafka, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchMaxWait(100_000_000))...)
	if err != nil {
		return used{}, fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	before := s.begin()
	for n > 0 {
		fetches := client.PollRecords(ctx, 8192)
		if err := errors.Join(fetches.Err0(), ctx.Err()); err != nil {
			return used{}, fmt.Errorf("consume %s: %w", topic, err)
		}
		n -= fetches.NumRecords()
	}
	return before.used(), nil
}
