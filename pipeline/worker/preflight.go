package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// preflight refuses to start on a state in which folding would lose or double
// outputs: a log cut short, or a group without position although outputs exist. It asks
// leaders of partitions only for what it must know: one that is away stops its own
// partition, when that is restored, and no other.
func (w *Worker) preflight(ctx context.Context) error {
	ids, err := w.logPartitions(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		w.standbys.begin(id) // what the group gives is taken out again
	}
	if w.o.Restore == nil { // else its state says what it needs: see uncut
		if err := w.preflightLog(ctx); err != nil {
			return err
		}
	}
	if err := w.preflightProtocol(ctx); err != nil {
		return err
	}
	return w.preflightGroup(ctx, ids)
}

// logPartitions are the partitions of the log.
func (w *Worker) logPartitions(ctx context.Context) ([]int32, error) {
	known, err := w.admin.ListTopics(ctx, w.log())
	if err == nil {
		err = known[w.log()].Err
	}
	switch {
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return nil, refuse("topic %s does not exist: create it with `tierwatch topics create`", w.log())
	case err != nil:
		return nil, fmt.Errorf("list partitions of the log: %w", err)
	}
	return known[w.log()].Partitions.Numbers(), nil
}

// preflightLog refuses a log that does not begin at its beginning.
func (w *Worker) preflightLog(ctx context.Context) (cut error) {
	starts, err := w.admin.ListStartOffsets(ctx, w.log())
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		return fmt.Errorf("list start of the log: %w", err)
	}
	starts.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			cut = refuse("partition %d of %s begins at offset %d: the log was cut short, and its fold needs every record; "+
				"set retention.ms=-1 and cleanup.policy=delete, restore the topic or load again into a new deployment", o.Partition, o.Topic, o.Offset)
		}
	})
	return cut
}

// uncut refuses a partition whose log begins behind the record that its restored fold
// needs next.
func (p *partition) uncut(ctx context.Context) error {
	starts, err := placeStart.of(ctx, p.w.client, p.id, p.w.log())
	if err != nil {
		return err
	}
	if start := starts[p.w.log()]; start > p.next {
		return refuse("partition %d of %s begins at offset %d, but its state needs the log from offset %d on: the log was cut short; "+
			"set retention.ms=-1 and cleanup.policy=delete, and put a state back with `tierwatch state rebuild --partition %d --from SNAPSHOT`, restore the topic or load again into a new deployment",
			p.id, p.w.log(), start, p.next, p.id)
	}
	return nil
}

// preflightGroup looks at the outputs of the partitions in which the group has no
// position.
func (w *Worker) preflightGroup(ctx context.Context, ids []int32) error {
	rows, err := w.fetchOffsets(ctx)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return fmt.Errorf("fetch committed offsets: %w", err)
	}
	var outputs []string
	for _, id := range outputTopics {
		if id != topics.DLQ { // ingest writes there too
			outputs = append(outputs, w.o.Namespace.Topic(id))
		}
	}
	for _, id := range ids {
		if row, ok := rows.Lookup(w.log(), id); ok && row.At >= 0 {
			continue
		}
		if err := w.preflightOutputs(ctx, id, outputs); err != nil {
			return err
		}
	}
	return nil
}

// secondLog is the way out where the positions of the fold are lost.
const secondLog = "make a second log with `tierwatch repartition` (docs/runbook.md, \"The fold's positions are lost\")"

// preflightOutputs refuses a partition without position of which outputs are readable.
func (w *Worker) preflightOutputs(ctx context.Context, partition int32, outputs []string) error {
	starts, err := placeStart.of(ctx, w.client, partition, outputs...)
	if err != nil {
		return err
	}
	ends, err := placeReadable.of(ctx, w.client, partition, outputs...)
	if err != nil {
		return err
	}
	for _, topic := range outputs {
		if ends[topic] <= starts[topic] {
			continue
		}
		found, err := w.readCommitted(ctx, topic, partition, starts[topic], ends[topic])
		if err != nil {
			return err
		}
		if found {
			// The outputs may have become readable an instant before the position that
			// was committed with them.
			if found, err = w.unplaced(ctx, partition); err != nil {
				return err
			}
		}
		if found {
			return refuse("group %s has no offset for partition %d of %s, yet %s holds outputs of it: folding anew would double them: "+secondLog,
				w.group(), partition, w.log(), topic)
		}
	}
	return nil
}

// unplaced says whether the group has no position in a partition once all transactions
// that commit one have ended.
func (w *Worker) unplaced(ctx context.Context, partition int32) (bool, error) {
	for {
		row, err := w.fetchOffset(ctx, partition)
		switch {
		case err == nil, errors.Is(err, kerr.GroupIDNotFound):
			return err != nil || row.At < 0, nil
		case !errors.Is(err, kerr.UnstableOffsetCommit):
			return false, fmt.Errorf("fetch committed offset of partition %d: %w", partition, err)
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(stablePause):
		}
	}
}
