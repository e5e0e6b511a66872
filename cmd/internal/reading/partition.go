package reading

import (
	"context"
	"fmt"
	"io"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Bytes that a reader of one partition fetches at a time.
const fetchBytes = 8 << 20

// Partition reads a partition of a topic from one offset to another, both fixed,
// committed records only. Whoever opens it closes it.
type Partition struct {
	client    *kgo.Client
	topic     string
	next, end int64
	held      []*kgo.Record
}

// Open begins at offset from; end is the offset after the last to read. The topic
// must still have the record at from.
func Open(opts []kgo.Opt, topic string, partition int32, from, end int64) (*Partition, error) {
	r := &Partition{topic: topic, next: from, end: end}
	if from >= end {
		return r, nil
	}
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), opts...),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {partition: kgo.NewOffset().At(from)}}),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		// Markers of transactions take offsets too: without them the end of a
		// partition could not be told.
		kgo.KeepControlRecords(),
		kgo.FetchMaxBytes(fetchBytes), kgo.FetchMaxPartitionBytes(fetchBytes), kgo.MaxConcurrentFetches(1),
	)...)
	if err != nil {
		return nil, fmt.Errorf("open reader of %s: %w", topic, err)
	}
	r.client = client
	return r, nil
}

// Read gives the next record; io.EOF at the end.
func (r *Partition) Read(ctx context.Context) (*kgo.Record, error) {
	for {
		for len(r.held) > 0 {
			rec := r.held[0]
			r.held = r.held[1:]
			if rec.Offset >= r.end {
				r.next = r.end
				return nil, io.EOF
			}
			r.next = rec.Offset + 1
			if !rec.Attrs.IsControl() {
				return rec, nil
			}
		}
		if r.next >= r.end {
			return nil, io.EOF
		}
		fetches := r.client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, fmt.Errorf("read %s: %w", r.topic, err)
		}
		r.held = fetches.Records()
	}
}

// Close ends the reader.
func (r *Partition) Close() {
	if r.client != nil {
		r.client.Close()
	}
}
