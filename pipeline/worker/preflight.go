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
// outputs: a log cut short, or a group without position although outputs exist.
func (w *Worker) preflight(ctx context.Context) error {
	starts, err := w.admin.ListStartOffsets(ctx, w.log())
	if err == nil {
		err = starts.Error()
	}
	switch {
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return refuse("topic %s does not exist: create it with `tierwatch topics create`", w.log())
	case err != nil:
		return fmt.Errorf("list start of the log: %w", err)
	}
	for id := range starts[w.log()] {
		w.standbys.begin(id) // what the group gives is taken out again
	}
	var cut error
	starts.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 && w.o.Restore == nil { // else its state says what it needs: see uncut
			cut = refuse("partition %d of %s begins at offset %d: the log was cut short, and its fold needs every record; "+
				"set retention.ms=-1 and cleanup.policy=delete, restore the topic or load again into a new deployment", o.Partition, o.Topic, o.Offset)
		}
	})
	if cut != nil {
		return cut
	}
	if err := w.preflightProtocol(ctx); err != nil {
		return err
	}
	return w.preflightGroup(ctx)
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

func (w *Worker) preflightGroup(ctx context.Context) error {
	rows, err := w.fetchOffsets(ctx)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return fmt.Errorf("fetch committed offsets: %w", err)
	}
	var ids []topics.ID
	for _, id := range outputTopics {
		ids = append(ids, id)
	}
	for _, id := range ids {
		if id == topics.DLQ {
			continue // ingest writes there too
		}
		topic := w.o.Namespace.Topic(id)
		starts, err := w.admin.ListStartOffsets(ctx, topic)
		if err == nil {
			err = starts.Error()
		}
		if err != nil {
			return fmt.Errorf("list start of %s: %w", topic, err)
		}
		ends, err := w.admin.ListCommittedOffsets(ctx, topic)
		if err == nil {
			err = ends.Error()
		}
		if err != nil {
			return fmt.Errorf("list end of %s: %w", topic, err)
		}
		if err := w.preflightTopic(ctx, topic, rows, starts, ends); err != nil {
			return err
		}
	}
	return nil
}

// secondLog is the way out where the positions of the fold are lost.
const secondLog = "make a second log with `tierwatch repartition` (docs/runbook.md, \"The fold's positions are lost\")"

// preflightTopic checks the partitions of one output topic.
func (w *Worker) preflightTopic(ctx context.Context, topic string, rows kadm.OffsetResponses, starts, ends kadm.ListedOffsets) error {
	for partition, end := range ends[topic] {
		if row, ok := rows.Lookup(w.log(), partition); ok && row.At >= 0 {
			continue
		}
		start, _ := starts.Lookup(topic, partition)
		if end.Offset <= start.Offset {
			continue
		}
		found, err := w.readCommitted(ctx, topic, partition, start.Offset, end.Offset)
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
