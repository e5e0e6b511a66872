package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
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

	client *kgo.Client
	admin  *kadm.Client
	stream *stream
	events int
	bytes  int64
}

// openStage starts the engines; stops ends them and removes the directory. Without
// ClickHouse's library the warehouse is left out, and absent says why.
func openStage(ctx context.Context, stops *lifecycle.Stack) (s *stage, absent, err error) {
	dir, err := os.MkdirTemp("", "tierwatch-bench-")
	if err != nil {
		return nil, nil, fmt.Errorf("make directory: %w", err)
	}
	stops.Push("directory", func(context.Context) error { return os.RemoveAll(dir) })
	c := config.Default()
	c.Embedded.DataDir = dir
	c.Kafka.Partitions = partitions
	c.Deployment.Clock = "log"
	log := zerolog.New(os.Stderr).Level(zerolog.WarnLevel)
	d, err := wire.Open(ctx, c, log, wire.Needs{Kafka: true, ClickHouse: true}, stops)
	if err != nil {
		absent = err
		if err := stops.Close(ctx); err != nil {
			return nil, nil, err
		}
		if d, err = wire.Open(ctx, c, log, wire.Needs{Kafka: true}, stops); err != nil {
			return nil, nil, fmt.Errorf("start broker: %w", err)
		}
	}
	client, err := kgo.NewClient(d.Kafka...)
	if err != nil {
		return nil, nil, fmt.Errorf("open kafka client: %w", err)
	}
	stops.PushFunc("client", client.Close)
	return &stage{Deployment: d, client: client, admin: kadm.NewClient(client)}, absent, nil
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
	before := readUsage()
	for n > 0 {
		fetches := client.PollRecords(ctx, 8192)
		if err := errors.Join(fetches.Err0(), ctx.Err()); err != nil {
			return used{}, fmt.Errorf("consume %s: %w", topic, err)
		}
		n -= fetches.NumRecords()
	}
	return readUsage().since(before), nil
}
