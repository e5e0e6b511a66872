package worker

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// place is an end of a partition, in the terms of the protocol.
type place struct {
	timestamp int64
	isolation int8
	name      string
}

var (
	placeStart    = place{-2, 0, "start"}
	placeEnd      = place{-1, 0, "end"}
	placeReadable = place{-1, 1, "readable end"} // the end of what is committed
)

// of asks where the place of a partition is in each of the topics. It asks the leaders
// of these partitions alone: a listing of topics fails for any partition of theirs that
// has no leader, and no partition shall wait for another.
func (l place) of(ctx context.Context, client *kgo.Client, partition int32, topics ...string) (map[string]int64, error) {
	req := kmsg.NewPtrListOffsetsRequest()
	req.IsolationLevel = l.isolation
	for _, topic := range topics {
		p := kmsg.NewListOffsetsRequestTopicPartition()
		p.Partition, p.Timestamp = partition, l.timestamp
		t := kmsg.NewListOffsetsRequestTopic()
		t.Topic, t.Partitions = topic, append(t.Partitions, p)
		req.Topics = append(req.Topics, t)
	}
	resp, err := req.RequestWith(ctx, client)
	if err != nil {
		return nil, fmt.Errorf("ask for the %s of partition %d of %v: %w", l.name, partition, topics, err)
	}
	offsets := make(map[string]int64, len(topics))
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				return nil, fmt.Errorf("ask for the %s of partition %d of %s: %w", l.name, p.Partition, t.Topic, err)
			}
			offsets[t.Topic] = p.Offset
		}
	}
	if len(offsets) < len(topics) {
		return nil, fmt.Errorf("ask for the %s of partition %d of %v: only %d answers", l.name, partition, topics, len(offsets))
	}
	return offsets, nil
}
