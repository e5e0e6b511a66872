package main

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// readAll gives take every record of a topic up to its present end, of aborted
// transactions none, each partition in its order.
func readAll(ctx context.Context, opts []kgo.Opt, topic string, take func(*kgo.Record) error) error {
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), opts...),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
	)...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	ends, err := kadm.NewClient(client).ListEndOffsets(ctx, topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return fmt.Errorf("list end of %s: %w", topic, err)
	}
	left := map[int32]int64{} // ends of partitions that are not read
	from := map[int32]kgo.Offset{}
	for p, end := range ends[topic] {
		if end.Offset > 0 {
			left[p], from[p] = end.Offset, kgo.NewOffset().At(0)
		}
	}
	client.AddConsumePartitions(map[string]map[int32]kgo.Offset{topic: from})
	for len(left) > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("read %s, partitions before %v: %w", topic, left, err)
		}
		for _, r := range fetches.Records() {
			end, open := left[r.Partition]
			if !open {
				continue
			}
			if r.Offset+1 >= end {
				delete(left, r.Partition)
			}
			if r.Offset >= end || r.Attrs.IsControl() {
				continue
			}
			if err := take(r); err != nil {
				return fmt.Errorf("%s, partition %d, offset %d: %w", topic, r.Partition, r.Offset, err)
			}
		}
	}
	return nil
}
