package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/config"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/worker"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// restored compares what is saved of each partition with the log: who restores it and
// folds on from where it says knows, byte for byte, what one knows who folds all of the
// log. It gives how many customers that are.
func restored(ctx context.Context, kafka []kgo.Opt, book *logbook, found *findings) (customers int, err error) {
	topic := topics.DefaultNamespace.Topic(topics.State)
	for id, part := range book.partitions {
		o := fold.Options{Partition: int32(id), RawMax: config.Default().Fold.RawMax, Saves: true}
		l := fold.NewLoading(o)
		r := worker.StateReader{Kafka: kafka, Topic: topic, Partition: int32(id)}
		if _, _, err := r.Read(ctx, l.Take); err != nil {
			return customers, fmt.Errorf("state of partition %d: %w", id, err)
		}
		p, from, _, err := l.DoneToCopy()
		switch {
		case err != nil:
			found.add("state: partition %d cannot be restored: %s", id, err)
			continue
		case from == 0:
			found.add("state: nothing of partition %d is saved", id)
			continue
		}
		got, err := known(p, part, from)
		if err != nil {
			return customers, fmt.Errorf("state of partition %d: %w", id, err)
		}
		whole := fold.New(o)
		want, err := known(whole, part, 0)
		if err != nil {
			return customers, fmt.Errorf("log of partition %d: %w", id, err)
		}
		if !bytes.Equal(got, want) {
			found.add("state: partition %d, restored and folded on from offset %d, knows %d bytes that are not the %d that its log tells",
				id, from, len(got), len(want))
		}
		customers += whole.Customers()
	}
	return customers, nil
}

// known is all that a fold knows when it has come to the end of the log.
func known(p *fold.Partition, part []entry, from int64) ([]byte, error) {
	var out fold.Outputs
	next := from
	for i := range part {
		e := &part[i]
		if e.offset < from {
			continue
		}
		if err := p.Apply(e.offset, e.value, &out); err != nil {
			return nil, fmt.Errorf("fold offset %d: %w", e.offset, err)
		}
		for p.Draining() {
			p.Drain(1<<20, &out)
		}
		out.Reset()
		next = e.offset + 1
	}
	var all []byte
	err := p.Copy(next, func(s *fold.Saves) error {
		for _, r := range s.List {
			all = append(append(all, r.Key...), r.Value...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("copy what it knows: %w", err)
	}
	return all, nil
}
