package progress

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// NotDraining is the metadata of a committed offset behind which no control
// record is being drained: an empty pb.Progress (pipeline/worker).
const NotDraining = "tw1:"

const poll = 100 * time.Millisecond

// Ends are the end offsets of the log's partitions, in order.
func Ends(ctx context.Context, admin *kadm.Client, ns topics.Namespace) ([]int64, error) {
	topic := ns.Topic(topics.Events)
	listed, err := admin.ListEndOffsets(ctx, topic)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("list end of the log: %w", err)
	}
	ends := make([]int64, len(listed[topic]))
	for p, o := range listed[topic] {
		ends[p] = o.Offset
	}
	return ends, nil
}

// Folded tells how many records before ends the fold has not committed, and
// whether the drain of a control record is still going on.
func Folded(ctx context.Context, admin *kadm.Client, ns topics.Namespace, ends []int64) (behind int64, draining bool, err error) {
	topic := ns.Topic(topics.Events)
	rows, err := admin.FetchOffsetsForTopics(ctx, ns.Group("fold"), topic)
	if err != nil {
		return 0, false, fmt.Errorf("fetch the fold's offsets: %w", err)
	}
	for p, end := range ends {
		row, ok := rows.Lookup(topic, int32(p))
		if !ok || row.At < 0 {
			behind += end
			continue
		}
		behind += max(0, end-row.At)
		draining = draining || row.Metadata != NotDraining
	}
	return behind, draining, nil
}

// WaitFolded returns when the fold has committed everything before ends and
// drains nothing. When ctx ends first the error says how far it came.
func WaitFolded(ctx context.Context, admin *kadm.Client, ns topics.Namespace, ends []int64) error {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	var behind int64
	var draining bool
	for {
		b, d, err := Folded(ctx, admin, ns, ends)
		if err == nil && b == 0 && !d {
			return nil
		}
		if err == nil { // else what was known last is what is told
			behind, draining = b, d
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("wait for the fold: %d records behind, draining %t: %w", behind, draining, ctx.Err()), err)
		case <-tick.C:
		}
	}
}

// Wait returns when the fold, and after it the warehouse, have passed what is in
// the log now.
func Wait(ctx context.Context, admin *kadm.Client, ns topics.Namespace) error {
	ends, err := Ends(ctx, admin, ns)
	if err != nil {
		return err
	}
	if err := WaitFolded(ctx, admin, ns, ends); err != nil {
		return err
	}
	targets, err := Targets(ctx, admin, ns)
	if err != nil {
		return err
	}
	if err := clickhouse.WaitPassed(ctx, admin, ns, targets); err != nil {
		return fmt.Errorf("wait for the warehouse: %w", err)
	}
	return nil
}

// Targets are the present ends of all topics that the warehouse reads, what no
// reader can see yet included. The readable end would not do: a transaction that a
// killed worker left open hides all that the fold has committed behind it.
func Targets(ctx context.Context, admin *kadm.Client, ns topics.Namespace) (clickhouse.Targets, error) {
	targets, err := clickhouse.Ends(ctx, admin, ns)
	if err != nil {
		return nil, err
	}
	listed, err := admin.ListEndOffsets(ctx, slices.Collect(maps.Keys(targets))...)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("list the ends of the warehouse's topics: %w", err)
	}
	listed.Each(func(o kadm.ListedOffset) { targets[o.Topic][o.Partition] = o.Offset })
	return targets, nil
}
