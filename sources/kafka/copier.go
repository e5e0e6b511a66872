package kafka

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// ErrOtherWriter is a topic that holds something else than what a Copier has put
// there: another process writes into it, or it was begun with other records.
var ErrOtherWriter = errors.New("somebody else has written into the topic")

// Copier fills a topic with records that are known in advance: the same ones in the
// same order at each attempt. What an earlier attempt has written is passed over, so
// that a copy that was killed at any record goes on there. Each record has one place
// where it may lie; one that the broker puts elsewhere ends the copy with
// ErrOtherWriter. One goroutine uses it.
type Copier struct {
	client     *kgo.Client
	opts       []kgo.Opt
	topic      string
	partitions int32
	keyed      kgo.TopicPartitioner
	have, next []int64

	mu  sync.Mutex
	err error
}

// NewCopier reads how far the topic of o's namespace is filled. Its users write to
// no other topic.
func NewCopier(ctx context.Context, o WriterOptions, id topics.ID) (*Copier, error) {
	codec, err := codecOf(o.Compression)
	if err != nil {
		return nil, fmt.Errorf("copier: %w", err)
	}
	spec, ok := topics.Of(id)
	if !ok {
		return nil, fmt.Errorf("copier: topic %q is not in the table of topics", id)
	}
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), o.Kafka...),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchMaxBytes(int32(spec.MaxMessageBytes)),
		kgo.MaxBufferedBytes(max(64<<20, 4*spec.MaxMessageBytes)),
		kgo.ProducerBatchCompression(codec),
	)...)
	if err != nil {
		return nil, fmt.Errorf("open kafka client: %w", err)
	}
	c := &Copier{
		client: client, opts: o.Kafka, topic: o.Namespace.Topic(id), partitions: o.Partitions,
		keyed: LogPartitioner().ForTopic(o.Namespace.Topic(id)), next: make([]int64, o.Partitions),
	}
	if c.have, err = EndOffsets(ctx, client, c.topic); err == nil && len(c.have) != int(o.Partitions) {
		err = fmt.Errorf("topic %s has %d partitions, want %d", c.topic, len(c.have), o.Partitions)
	}
	if err != nil {
		client.Close()
		return nil, err
	}
	return c, nil
}

// Close gives up what is not acknowledged; Finish first.
func (c *Copier) Close() { c.client.Close() }

// PartitionOf is the partition of a customer's records.
func (c *Copier) PartitionOf(customer []byte) int32 {
	return int32(c.keyed.Partition(&kgo.Record{Key: customer}, int(c.partitions)))
}

// Next is the offset of the next record that Append puts into the partition.
func (c *Copier) Next(partition int32) int64 { return c.next[partition] }

// There tells whether an earlier attempt has written the next record of a partition.
func (c *Copier) There(partition int32) bool { return c.next[partition] < c.have[partition] }

// Append puts key, value, headers and time of r into the partition, unless they are
// there. r must stay unchanged.
func (c *Copier) Append(ctx context.Context, partition int32, r *kgo.Record) error {
	at := c.next[partition]
	c.next[partition]++
	switch have := c.have[partition]; {
	case at == have-1:
		return c.compare(ctx, partition, at, r)
	case at < have:
		return nil
	}
	if err := c.failure(); err != nil {
		return err
	}
	own := &kgo.Record{Topic: c.topic, Partition: partition, Key: r.Key, Value: r.Value, Headers: r.Headers, Timestamp: r.Timestamp}
	c.client.Produce(ctx, own, func(w *kgo.Record, err error) {
		switch {
		case err != nil:
			c.fail(fmt.Errorf("append to %s: %w", c.topic, err))
		case w.Offset != at:
			c.fail(c.foreign(partition, at))
		}
	})
	return nil
}

// Flush waits until all that was appended is acknowledged, where it must lie.
func (c *Copier) Flush(ctx context.Context) error {
	if err := c.client.Flush(ctx); err != nil {
		return fmt.Errorf("flush %s: %w", c.topic, err)
	}
	return c.failure()
}

// Finish waits until all is acknowledged, and says whether the topic holds just what
// was appended.
func (c *Copier) Finish(ctx context.Context) error {
	if err := c.Flush(ctx); err != nil {
		return err
	}
	ends, err := EndOffsets(ctx, c.client, c.topic)
	if err != nil {
		return err
	}
	for p, end := range ends {
		if end != c.next[p] {
			return c.foreign(int32(p), min(end, c.next[p]))
		}
	}
	return nil
}

// compare looks whether the last record that is there is the one that belongs there.
func (c *Copier) compare(ctx context.Context, partition int32, at int64, want *kgo.Record) error {
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), c.opts...),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{c.topic: {partition: kgo.NewOffset().At(at)}}),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
	)...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	fetches := client.PollRecords(ctx, 1)
	if err := fetches.Err(); err != nil {
		return fmt.Errorf("read %s: %w", c.topic, err)
	}
	for _, r := range fetches.Records() {
		if r.Offset != at || !bytes.Equal(r.Key, want.Key) || !bytes.Equal(r.Value, want.Value) {
			return c.foreign(partition, at)
		}
	}
	return nil
}

func (c *Copier) foreign(partition int32, at int64) error {
	return fmt.Errorf("%w: %s, partition %d, offset %d; delete the topics of that prefix and begin again",
		ErrOtherWriter, c.topic, partition, at)
}

func (c *Copier) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
}

func (c *Copier) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}
