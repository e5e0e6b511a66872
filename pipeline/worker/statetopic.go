package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// StateReader reads a partition of tierwatch.state.
type StateReader struct {
	Kafka     []kgo.Opt
	Topic     string
	Partition int32
	// From is the offset to begin with, if the topic reaches back to it.
	From int64
	// Left is told how many offsets there are still to read.
	Left func(offsets int64)
	// poll bounds a poll, records.
	poll int
}

// Read gives take every record that was committed when it began, in the order of the
// topic, and says how many there were. short tells that the topic gave nothing more
// before its end, though its broker answers: what lay there was compacted away, or is
// not to be had. A broker that does not answer is an error: of a compacted topic a
// beginning alone is no state.
func (r *StateReader) Read(ctx context.Context, take func(key, value []byte)) (n int, short bool, err error) {
	client, err := r.client()
	if err != nil {
		return 0, false, err
	}
	defer client.Close()
	next, end, err := r.bounds(ctx, client)
	next = max(next, r.From)
	if err != nil || next >= end {
		return 0, false, err
	}
	client.AddConsumePartitions(map[string]map[int32]kgo.Offset{r.Topic: {r.Partition: kgo.NewOffset().At(next)}})
	for silences := 0; next < end; {
		if r.Left != nil {
			r.Left(end - next)
		}
		fetches, silent := pollOnce(ctx, client, r.poll)
		if silent {
			if silences++; silences > 1 {
				return n, true, nil
			}
			if err := r.answers(ctx, client); err != nil {
				return n, false, err
			}
			continue
		}
		silences = 0
		if err := fetches.Err(); err != nil {
			return n, false, fmt.Errorf("read %s: %w", r.Topic, err)
		}
		fetches.EachRecord(func(k *kgo.Record) {
			if next = k.Offset + 1; !k.Attrs.IsControl() {
				n++
				take(k.Key, k.Value)
			}
		})
	}
	return n, false, nil
}

func (r *StateReader) client() (*kgo.Client, error) {
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), r.Kafka...),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.FetchMaxWait(time.Second), // a fetch that hangs is given up within stateSilence
		kgo.KeepControlRecords(),      // the topic ends in one: else nothing would tell that the end is reached
	)...)
	if err != nil {
		return nil, fmt.Errorf("open client: %w", err)
	}
	return client, nil
}

func (r *StateReader) bounds(ctx context.Context, client *kgo.Client) (start, end int64, err error) {
	starts, err := placeStart.of(ctx, client, r.Partition, r.Topic)
	if err != nil {
		return 0, 0, err
	}
	ends, err := placeReadable.of(ctx, client, r.Partition, r.Topic)
	return starts[r.Topic], ends[r.Topic], err
}

// stateSilence is how long a topic may give nothing before its end. A fetch that
// hangs is given up after eleven seconds.
const stateSilence = 15 * time.Second

// answers fails if the broker that leads the partition does not answer.
func (r *StateReader) answers(ctx context.Context, client *kgo.Client) error {
	ctx, cancel := context.WithTimeout(ctx, stateSilence)
	defer cancel()
	_, _, err := r.bounds(ctx, client)
	return err
}

func pollOnce(ctx context.Context, client *kgo.Client, most int) (fetches kgo.Fetches, silent bool) {
	wait, cancel := context.WithTimeout(ctx, stateSilence)
	defer cancel()
	fetches = client.PollRecords(wait, most)
	return fetches, ctx.Err() == nil && errors.Is(fetches.Err(), context.DeadlineExceeded)
}
