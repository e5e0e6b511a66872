package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	peerjob "github.com/tierwatch/tierwatch/deploy/examples/peer-job"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// peerPartitions is the number of the job's partitions, of input and outputs.
const peerPartitions = 12

// extent is where the partitions of a topic begin and what is readable of them.
type extent struct {
	starts, ends []int64
	// records is the number of offsets; markers of transactions count too.
	records int64
}

const allPartitions = -1

// extentOf tells what of a topic a reader of committed records can see now.
func (b *peerBench) extentOf(ctx context.Context, topic string) (x extent, err error) {
	starts, err := b.admin.ListStartOffsets(ctx, topic)
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		return x, fmt.Errorf("list start of %s: %w", topic, err)
	}
	ends, err := b.admin.ListCommittedOffsets(ctx, topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return x, fmt.Errorf("list end of %s: %w", topic, err)
	}
	x.starts, x.ends = make([]int64, len(ends[topic])), make([]int64, len(ends[topic]))
	for p := range x.ends {
		s, _ := starts.Lookup(topic, int32(p))
		e, _ := ends.Lookup(topic, int32(p))
		x.starts[p], x.ends[p] = s.Offset, e.Offset
		x.records += e.Offset - s.Offset
	}
	return x, nil
}

// settled tells whether everything that was written to the topics is readable.
func (b *peerBench) settled(ctx context.Context, names ...string) (bool, error) {
	committed, err := b.admin.ListCommittedOffsets(ctx, names...)
	if err == nil {
		err = committed.Error()
	}
	if err != nil {
		return false, fmt.Errorf("list readable ends: %w", err)
	}
	ends, err := b.admin.ListEndOffsets(ctx, names...)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return false, fmt.Errorf("list ends: %w", err)
	}
	all := true
	ends.Each(func(end kadm.ListedOffset) {
		c, ok := committed.Lookup(end.Topic, end.Partition)
		all = all && ok && c.Offset == end.Offset
	})
	return all, nil
}

// await asks again and again until the answer is yes.
func await(ctx context.Context, what string, ask func(context.Context) (bool, error)) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		yes, err := ask(ctx)
		if err != nil {
			return fmt.Errorf("wait for %s: %w", what, err)
		}
		if yes {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// read gives the committed records of a topic, or of one partition of it.
func (b *peerBench) read(ctx context.Context, topic string, x extent, only int, take func(*kgo.Record) error) error {
	at, left := map[int32]kgo.Offset{}, 0
	for p := range x.ends {
		if (only == allPartitions || only == p) && x.starts[p] < x.ends[p] {
			at[int32(p)] = kgo.NewOffset().At(x.starts[p])
			left++
		}
	}
	if left == 0 {
		return nil
	}
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), b.kafka...), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: at}),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(), kgo.FetchMaxWait(100*time.Millisecond))...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	for left > 0 {
		fetches := client.PollRecords(ctx, 8192)
		if err := errors.Join(fetches.Err(), ctx.Err()); err != nil {
			return fmt.Errorf("read %s: %w", topic, err)
		}
		for it := fetches.RecordIter(); !it.Done(); {
			r := it.Next()
			if r.Offset == x.ends[r.Partition]-1 {
				left--
			}
			if r.Attrs.IsControl() || r.Offset >= x.ends[r.Partition] {
				continue
			}
			if err := take(r); err != nil {
				return fmt.Errorf("read %s, partition %d, offset %d: %w", topic, r.Partition, r.Offset, err)
			}
		}
	}
	return nil
}

// fillAbsent makes the input and fills it, if it is not there.
func (b *peerBench) fillAbsent(ctx context.Context) error {
	there, err := b.admin.ListTopics(ctx, b.topic)
	if err != nil {
		return fmt.Errorf("look for topic %s: %w", b.topic, err)
	}
	if there.Has(b.topic) {
		return nil
	}
	if err := b.makeTopic(ctx, b.topic); err != nil {
		return err
	}
	say("filling topic %s with %s events", b.topic, grouped(int64(b.events)))
	out, err := kgo.NewClient(append(append([]kgo.Opt(nil), b.kafka...), kgo.DefaultProduceTopic(b.topic), kgo.MaxBufferedRecords(200_000),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.RecordPartitioner(kafka.LogPartitioner()))...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	defer out.Close()
	var failed atomic.Pointer[error]
	s := peerjob.NewStream(1, b.customers, b.events, peerjob.Remember)
	for r, ok := s.Next(); ok; r, ok = s.Next() {
		out.Produce(ctx, &kgo.Record{Key: r.Key, Value: r.Value}, func(_ *kgo.Record, err error) {
			if err != nil {
				failed.CompareAndSwap(nil, &err)
			}
		})
	}
	err = out.Flush(ctx)
	if one := failed.Load(); one != nil {
		err = errors.Join(err, *one)
	}
	if err != nil {
		return fmt.Errorf("fill topic %s: %w", b.topic, err)
	}
	return nil
}

func (b *peerBench) makeTopic(ctx context.Context, name string) error {
	made, err := b.admin.CreateTopic(ctx, peerPartitions, -1, nil, name)
	if err == nil {
		err = made.Err
	}
	if err != nil {
		return fmt.Errorf("make topic %s: %w", name, err)
	}
	return b.known(ctx, name)
}

// known waits until the brokers serve topics just made: they learn of them a little
// later than the controller. The client that asked too early remembers the answer.
func (b *peerBench) known(ctx context.Context, names ...string) error {
	return await(ctx, "new topics", func(ctx context.Context) (bool, error) {
		b.client.PurgeTopicsFromClient(names...)
		ends, err := b.admin.ListEndOffsets(ctx, names...)
		if err != nil {
			return false, fmt.Errorf("list ends: %w", err)
		}
		return ends.Error() == nil && len(ends) == len(names), nil
	})
}
