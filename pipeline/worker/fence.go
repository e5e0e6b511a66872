package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// stablePause is how long to wait for a transaction that is just ending.
const stablePause = 20 * time.Millisecond

// committed returns the committed position of the partition, the zero position
// for a group that never committed one. A predecessor's transaction that stays
// open is ended for him: his outputs were never readable, and all that is said or
// saved after them would not be either until it has timed out.
func (w *Worker) committed(ctx context.Context, partition int32, own string) (position, error) {
	began, fenced := time.Now(), false
	for {
		row, err := w.fetchOffset(ctx, partition)
		if err != nil && !errors.Is(err, kerr.UnstableOffsetCommit) {
			return position{}, fmt.Errorf("fetch committed offset of partition %d: %w", partition, err)
		}
		// One that was killed between what he produced and his position leaves the
		// position stable and the rest hidden.
		if err == nil {
			var hidden bool
			if hidden, err = w.hidden(ctx, partition); err != nil {
				return position{}, err
			}
			if hidden {
				err = kerr.UnstableOffsetCommit
			}
		}
		switch {
		case err == nil:
			return w.positionOf(ctx, row)
		case !fenced && time.Since(began) > w.o.FenceAfter:
			if err := w.fence(ctx, partition, own); err != nil {
				return position{}, err
			}
			fenced = true
		}
		select {
		case <-ctx.Done():
			return position{}, fmt.Errorf("a transaction still hides what was said or committed of partition %d: %w", partition, ctx.Err())
		case <-time.After(stablePause):
		}
	}
}

// hidden says whether an open transaction hides outputs or saved state of the
// partition: one may hold state alone. It is nobody's who is alive: an owner ends his
// before he lets a partition go.
func (w *Worker) hidden(ctx context.Context, partition int32) (bool, error) {
	names := []string{w.o.Namespace.Topic(topics.State)}
	for _, id := range outputTopics {
		names = append(names, w.o.Namespace.Topic(id))
	}
	// In this order: dead letters of ingest come all the time, and in no transaction.
	ends, err := placeEnd.of(ctx, w.client, partition, names...)
	if err != nil {
		return false, err
	}
	readable, err := placeReadable.of(ctx, w.client, partition, names...)
	if err != nil {
		return false, err
	}
	for _, name := range names {
		if readable[name] < ends[name] {
			return true, nil
		}
	}
	return false, nil
}

func (w *Worker) fetchOffset(ctx context.Context, partition int32) (kadm.OffsetResponse, error) {
	rows, err := w.fetchOffsets(kadm.RequireStable(ctx))
	if err != nil {
		return kadm.OffsetResponse{}, err
	}
	row, ok := rows.Lookup(w.log(), partition)
	if !ok {
		return row, fmt.Errorf("no answer for partition %d", partition)
	}
	return row, row.Err
}

func (w *Worker) positionOf(ctx context.Context, row kadm.OffsetResponse) (position, error) {
	ends, err := placeEnd.of(ctx, w.client, row.Partition, w.log())
	if err != nil {
		return position{}, err
	}
	end := ends[w.log()]
	switch {
	case row.At < 0:
		return position{}, nil
	case row.At > end:
		return position{}, refuse("partition %d: the group has committed offset %d, but %s ends at %d: "+
			"the broker has lost records; restore the topic, or start a new deployment (other topic prefix) and load again",
			row.Partition, row.At, w.log(), end)
	}
	cursor, err := decodeProgress(row.Metadata)
	if err != nil {
		return position{}, refuse("partition %d: group %s at offset %d: %w; "+
			"a tool has set this offset, and nobody can know which outputs exist: "+secondLog,
			row.Partition, w.group(), row.At, err)
	}
	return position{next: row.At, cursor: cursor}, nil
}

// fence ends the open transaction of the partition's last owner by taking his
// transactional id; if he lives, he finds out and begins anew.
func (w *Worker) fence(ctx context.Context, partition int32, own string) error {
	owner, err := w.o.Registry.Owner(ctx, partition)
	if err != nil {
		return fmt.Errorf("read owner of partition %d: %w", partition, err)
	}
	if owner == "" || owner == own {
		return nil
	}
	// What the coordinator knows of the outcome is gone once the id is taken.
	if err := w.endHung(ctx, owner); err != nil {
		return err
	}
	req := kmsg.NewPtrInitProducerIDRequest()
	req.TransactionalID = new(owner)
	req.TransactionTimeoutMillis = int32(w.o.TransactionTimeout.Milliseconds())
	resp, err := req.RequestWith(ctx, w.client)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil && !errors.Is(err, kerr.ConcurrentTransactions) {
		return fmt.Errorf("end transaction of partition %d's last owner: %w", partition, err)
	}
	w.o.Log.Warn().Int32("partition", partition).Str("transactional_id", owner).
		Msg("ended the transaction a predecessor left open")
	return nil
}

// readCommitted says whether a partition of an output topic holds a committed
// record. Marks of aborted transactions do not count.
func (w *Worker) readCommitted(ctx context.Context, topic string, partition int32, start, end int64) (bool, error) {
	client, err := kgo.NewClient(w.opts(
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {partition: kgo.NewOffset().At(start)}}),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.FetchMaxWait(100*time.Millisecond),
		kgo.KeepControlRecords(), // else nothing would tell that we are past aborted records
	)...)
	if err != nil {
		return false, fmt.Errorf("open client: %w", err)
	}
	defer client.Close()
	for {
		fetches := client.PollRecords(ctx, 100)
		if err := fetches.Err(); err != nil {
			return false, fmt.Errorf("read %s: %w", topic, err)
		}
		for _, r := range fetches.Records() {
			if !r.Attrs.IsControl() {
				return true, nil
			}
			if r.Offset+1 >= end {
				return false, nil
			}
		}
	}
}
