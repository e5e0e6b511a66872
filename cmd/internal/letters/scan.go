package letters

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// Letter is a dead letter at its place in the topic.
type Letter struct {
	Partition int32
	Offset    int64
	// Written is when it was appended, UTC seconds, whoever wrote it: At of a letter of
	// the fold is a time of the log.
	Written int64
	// Record is the log record that a letter of the fold is about, if it holds it.
	Record *pb.LogRecord
	*pb.DeadLetter
}

// ErrStop ends a Scan early without an error.
var ErrStop = errors.New("stop")

// Scan gives every letter that is in the topic now, partition by partition in
// the order they were written, until each fails. Unreadable ones are given too,
// with the error as Detail.
func Scan(ctx context.Context, d *wire.Deployment, each func(Letter) error) error {
	topic := d.Namespace.Topic(topics.DLQ)
	client, err := kgo.NewClient(d.Kafka...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	ends, err := kafka.EndOffsets(ctx, client, topic)
	client.Close()
	if err != nil {
		return err
	}
	for id, end := range ends {
		err := scan(ctx, d, topic, int32(id), end, each)
		if errors.Is(err, ErrStop) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func scan(ctx context.Context, d *wire.Deployment, topic string, id int32, end int64, each func(Letter) error) error {
	if end == 0 {
		return nil
	}
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), d.Kafka...),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {id: kgo.NewOffset().At(0)}}),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		// Markers of transactions take offsets too.
		kgo.KeepControlRecords(),
	)...)
	if err != nil {
		return fmt.Errorf("open reader of %s: %w", topic, err)
	}
	defer client.Close()
	for next := int64(0); next < end; {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("read %s: %w", topic, err)
		}
		for _, r := range fetches.Records() {
			if next = r.Offset + 1; r.Offset >= end || r.Attrs.IsControl() {
				continue
			}
			l := new(pb.DeadLetter)
			if err := l.UnmarshalVT(r.Value); err != nil {
				l = &pb.DeadLetter{Cause: "unreadable", Detail: err.Error(), Original: r.Value}
			}
			one := Letter{Partition: r.Partition, Offset: r.Offset, Written: r.Timestamp.Unix(), DeadLetter: l}
			if l.Stage == StageFold && len(l.Original) > 0 {
				one.trace(l.Original)
			}
			if err := each(one); err != nil {
				return err
			}
		}
	}
	return nil
}

// Place is "partition:offset".
func (l *Letter) Place() string { return fmt.Sprintf("%d:%d", l.Partition, l.Offset) }
