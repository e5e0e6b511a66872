package letters

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/pipeline/worker"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
)

// Park takes a record of the log out of the fold, for this and every replay and
// audit. The fold must be started again: it reads what is parked when it takes over
// a partition. Parking a record twice changes nothing but its reason. A record that
// the fold has committed is refused: without it every replay would say something else.
// So is, while a fold runs, one at which no partition can have stopped: it would fold it.
func Park(ctx context.Context, d *wire.Deployment, at Place, reason string) error {
	if err := inLog(ctx, d, at); err != nil {
		return err
	}
	topic, err := control.OpenTopic(d.Kafka, d.Namespace)
	if err != nil {
		return fmt.Errorf("open %s: %w", d.Namespace.Topic(topics.Control), err)
	}
	defer topic.Close()
	if err := topic.Park(ctx, &pb.Skip{Partition: at.Partition, Offset: at.Offset, Reason: reason}); err != nil {
		return fmt.Errorf("park record %d:%d: %w", at.Partition, at.Offset, err)
	}
	return nil
}

// inLog tells whether the log has a record at the place.
func inLog(ctx context.Context, d *wire.Deployment, at Place) error {
	client, err := kgo.NewClient(d.Kafka...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	log, admin := d.Namespace.Topic(topics.Events), kadm.NewClient(client)
	starts, err := admin.ListStartOffsets(ctx, log)
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		return fmt.Errorf("list start of %s: %w", log, err)
	}
	ends, err := admin.ListEndOffsets(ctx, log)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return fmt.Errorf("list end of %s: %w", log, err)
	}
	start, ok := starts.Lookup(log, at.Partition)
	end, _ := ends.Lookup(log, at.Partition)
	switch {
	case !ok:
		return fmt.Errorf("record %d:%d: %s has partitions 0 to %d", at.Partition, at.Offset, log, len(starts[log])-1)
	case at.Offset < start.Offset || at.Offset >= end.Offset:
		return fmt.Errorf("record %d:%d: partition %d of %s has offsets %d to %d", at.Partition, at.Offset, at.Partition, log,
			start.Offset, end.Offset-1)
	}
	return notFolded(ctx, d, admin, at)
}

// notFolded tells whether the fold has yet to come to a record. It has come to the
// control record whose drain is going on: of some customers the day's end has been said.
func notFolded(ctx context.Context, d *wire.Deployment, admin *kadm.Client, at Place) error {
	log := d.Namespace.Topic(topics.Events)
	rows, err := admin.FetchOffsetsForTopics(ctx, d.Namespace.Group("fold"), log)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) { // nothing was folded yet
		return fmt.Errorf("fetch the fold's offsets: %w", err)
	}
	row, _ := rows.Lookup(log, at.Partition)
	stands := max(row.At, 0)
	if at.Offset < stands {
		return fmt.Errorf("record %d:%d has been folded, partition %d stands at offset %d: what it led to has been said, and a replay without it would say something else; "+
			"name the offset at which the partition has stopped", at.Partition, at.Offset, at.Partition, stands)
	}
	if at.Offset == stands {
		return nil
	}
	members, err := worker.Members(ctx, admin, d.Namespace.Group("fold"))
	if err != nil {
		return err
	}
	if len(members) > 0 { // they have read what is parked, and fold on
		return fmt.Errorf("record %d:%d: a fold is running, and partition %d stands at offset %d: if it has stopped, it is at that record; "+
			"else stop the role fold first", at.Partition, at.Offset, at.Partition, stands)
	}
	return nil
}
