package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

const (
	// offsetsTopic is where brokers keep what groups have committed.
	offsetsTopic = "__consumer_offsets"
	// epochAtEnd is the version of transactions since which each end takes a further epoch
	// of the producer (KIP-890, Kafka 4).
	epochAtEnd = 2
)

// outcome is what the coordinator says of the last transaction of an id.
type outcome struct {
	producer  int64
	epoch     int16
	committed bool
}

// openEnd is a transaction that a partition holds open.
type openEnd struct {
	topic     string
	partition int32
	begins    int64
	epoch     int16
}

// endHung ends a transaction that its coordinator calls committed, or aborted, and that
// some partitions hold open all the same. A coordinator that comes up while a partition
// has no leader takes it for deleted and leaves out the marker that ends the transaction
// there (KAFKA-20734): for ever nobody could read what comes behind. The outcome is
// decided, so its marker is written where it lacks.
//
// A transaction of somebody who lives is not touched: what was open both before and after
// its coordinator has called it over is not his. Since each end of a transaction takes a
// further epoch, one of the epoch before is the very one whose outcome is told.
func (w *Worker) endHung(ctx context.Context, owner string) error {
	over, ok, err := w.over(ctx, owner)
	if !ok || err != nil {
		return err
	}
	before, err := w.openOf(ctx, over.producer)
	if err != nil {
		return hangs(owner, over, before, err)
	}
	if still, ok, err := w.over(ctx, owner); !ok || still != over || err != nil {
		return err
	}
	after, err := w.openOf(ctx, over.producer)
	if err != nil {
		return hangs(owner, over, after, err)
	}
	for end := range after {
		switch _, hung := before[end]; {
		case !hung:
			delete(after, end)
		case end.epoch != over.epoch-1:
			return hangs(owner, over, after, fmt.Errorf("the one in partition %d of %s has epoch %d: nobody tells its outcome any more", end.partition, end.topic, end.epoch))
		}
	}
	if len(after) == 0 {
		return nil
	}
	if err := w.mark(ctx, over, after); err != nil {
		return hangs(owner, over, after, err)
	}
	w.o.Log.Warn().Str("transactional_id", owner).Bool("committed", over.committed).Strs("partitions", names(after)).
		Msg("a transaction that the broker had left without its end in some partitions is ended there")
	return nil
}

// hangs tells a person that a transaction hangs, or may.
func hangs(owner string, over outcome, open map[openEnd]int32, why error) error {
	return fmt.Errorf("transaction %s hangs, or nobody can say that it does not: its coordinator calls it over (epoch %d, committed: %t), but it is still open in partitions %v; "+
		"what to do: docs/runbook.md, \"A transaction of the fold hangs\": %w", owner, over.epoch, over.committed, names(open), why)
}

func names(open map[openEnd]int32) []string {
	list := []string{}
	for end := range open {
		list = append(list, fmt.Sprintf("%s-%d", end.topic, end.partition))
	}
	slices.Sort(list)
	return list
}

// over asks the coordinator for the outcome of the last transaction of an id, and waits
// for it where it is decided, and told to the partitions just now.
func (w *Worker) over(ctx context.Context, id string) (o outcome, ok bool, err error) {
	for {
		all, err := w.admin.DescribeTransactions(ctx, id)
		d := all[id]
		if err = errors.Join(err, d.Err); errors.Is(err, kerr.TransactionalIDNotFound) {
			return o, false, nil
		}
		if err != nil {
			return o, false, fmt.Errorf("ask for the outcome of transaction %s: %w", id, err)
		}
		switch d.State {
		case "CompleteCommit", "CompleteAbort":
			return outcome{d.ProducerID, d.ProducerEpoch, d.State == "CompleteCommit"}, true, nil
		case "PrepareCommit", "PrepareAbort":
		default:
			return o, false, nil
		}
		select {
		case <-ctx.Done():
			return o, false, fmt.Errorf("transaction %s does not come to its end (%s): %w", id, d.State, ctx.Err())
		case <-time.After(stablePause):
		}
	}
}

// openOf finds the partitions of our topics, and of the offsets of groups, in which a
// producer has a transaction open, with the epoch of its coordinator. An error means that
// there may be more.
func (w *Worker) openOf(ctx context.Context, producer int64) (map[openEnd]int32, error) {
	list := []string{offsetsTopic, w.o.Namespace.Topic(topics.State)}
	for _, id := range outputTopics {
		list = append(list, w.o.Namespace.Topic(id))
	}
	there, err := w.admin.ListTopicsWithInternal(ctx, list...)
	maps.DeleteFunc(there, func(_ string, t kadm.TopicDetail) bool { return errors.Is(t.Err, kerr.UnknownTopicOrPartition) })
	if err == nil {
		err = there.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("list the partitions that it may be in: %w", err)
	}
	described, err := w.admin.DescribeProducers(ctx, there.TopicsSet())
	open := map[openEnd]int32{}
	described.EachPartition(func(p kadm.DescribedProducersPartition) {
		if p.Err != nil {
			err = errors.Join(err, fmt.Errorf("partition %d of %s: %w", p.Partition, p.Topic, p.Err))
		}
		if x, ok := p.ActiveProducers[producer]; ok && x.CurrentTxnStartOffset >= 0 {
			open[openEnd{p.Topic, p.Partition, x.CurrentTxnStartOffset, x.ProducerEpoch}] = x.CoordinatorEpoch
		}
	})
	if err != nil {
		err = fmt.Errorf("ask who writes: %w", err)
	}
	return open, err
}

// mark writes the marker of an outcome into partitions. The broker refuses one that is not
// of a later epoch than what is open there.
func (w *Worker) mark(ctx context.Context, over outcome, open map[openEnd]int32) error {
	m := kmsg.NewWriteTxnMarkersRequestMarker()
	m.ProducerID, m.ProducerEpoch, m.Committed, m.TransactionVersion = over.producer, over.epoch, over.committed, epochAtEnd
	for end, coordinator := range open {
		m.CoordinatorEpoch = max(m.CoordinatorEpoch, coordinator)
		t := kmsg.NewWriteTxnMarkersRequestMarkerTopic()
		t.Topic, t.Partitions = end.topic, []int32{end.partition}
		m.Topics = append(m.Topics, t)
	}
	req := kmsg.NewPtrWriteTxnMarkersRequest()
	req.Markers = append(req.Markers, m)
	resp, err := req.RequestWith(ctx, w.client)
	if err != nil {
		return fmt.Errorf("write its end: %w", err)
	}
	for _, m := range resp.Markers {
		for _, t := range m.Topics {
			for _, p := range t.Partitions {
				if e := kerr.ErrorForCode(p.ErrorCode); e != nil {
					err = errors.Join(err, fmt.Errorf("write its end into partition %d of %s: %w", p.Partition, t.Topic, e))
				}
			}
		}
	}
	if errors.Is(err, kerr.ClusterAuthorizationFailed) {
		err = fmt.Errorf("%w (it takes ClusterAction on the cluster)", err)
	}
	return err
}
