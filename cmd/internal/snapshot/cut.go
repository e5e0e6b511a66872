package snapshot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/reading"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/worker"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
	"github.com/tierwatch/tierwatch/sources/control"
)

// Limit is how far the beginning of a partition of the log may be cut off.
type Limit struct {
	Partition int32
	// Start and End are those of the partition now.
	Start, End int64
	// Snapshot is where the snapshot goes on, State from where a start of the fold would
	// fold the log again, Warehouse what the warehouse has not read yet, Load from where a
	// load that was interrupted looks what it wrote last.
	Snapshot, State, Warehouse, Load int64
	// Loads names a file of that load.
	Loads string
}

// To is the offset that becomes the first: the least of what somebody still needs, and
// Start if there is nothing to cut.
func (l *Limit) To() int64 { return max(l.Start, l.least()) }

func (l *Limit) least() int64 { return min(l.Snapshot, l.State, l.Warehouse, l.Load) }

// Holds names what keeps the log from being cut further.
func (l *Limit) Holds() string {
	switch l.least() {
	case l.Snapshot:
		return "the snapshot"
	case l.State:
		return "the state of the fold"
	case l.Load:
		return "the interrupted load of " + l.Loads
	default:
		return "the warehouse"
	}
}

// Limits are those of all partitions, for a snapshot that fits the log. A partition
// whose state cannot be restored is an error: it may need its whole log; so is a
// repartition that has not come to its end. told is told of the partitions behind it.
func (s *Snapshot) Limits(ctx context.Context, d *wire.Deployment, told func(done int)) ([]Limit, error) {
	client, err := kgo.NewClient(d.Kafka...)
	if err != nil {
		return nil, fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	bounds, err := reading.Log(ctx, admin, d)
	if err == nil {
		err = s.Fits(ctx, d, bounds)
	}
	if err != nil {
		return nil, err
	}
	log := d.Namespace.Topic(topics.Events)
	rows, err := admin.FetchOffsetsForTopics(ctx, d.Namespace.Group(clickhouse.Role), log)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return nil, fmt.Errorf("fetch the warehouse's offsets: %w", err)
	}
	files, err := interrupted(ctx, d)
	if err != nil {
		return nil, err
	}
	var list []Limit
	for id, b := range bounds {
		l := Limit{Partition: int32(id), Start: b.Start, End: b.End, Snapshot: s.Next(int32(id)), Load: b.End}
		for _, f := range files {
			if id < len(f.LogEnds) && f.LogEnds[id] < l.Load {
				l.Load, l.Loads = f.LogEnds[id], f.Name
			}
		}
		if row, ok := rows.Lookup(log, l.Partition); ok {
			l.Warehouse = max(0, row.At)
		}
		if l.State, err = replayFrom(ctx, d, l.Partition); err != nil {
			return nil, err
		}
		list = append(list, l)
		told(id + 1)
	}
	return list, nil
}

// interrupted lists the files of loads that have not come to their end. A repartition
// that has not copies the log from where it began, and could not go on.
func interrupted(ctx context.Context, d *wire.Deployment) (list []*pb.LoadedFile, err error) {
	topic, err := control.OpenTopic(d.Kafka, d.Namespace)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", d.Namespace.Topic(topics.Control), err)
	}
	defer topic.Close()
	table, err := topic.Refresh(ctx)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", d.Namespace.Topic(topics.Control), err)
	}
	if m := table.Left; m != nil && !m.Withdrawn && !m.Done {
		return nil, fmt.Errorf("a repartition to %s copies the log: bring it to its end, or take it back with `tierwatch repartition --back`", m.To)
	}
	for _, f := range table.Files() {
		if !f.Done {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b *pb.LoadedFile) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// replayFrom is the offset from which a start of the fold would fold a partition again.
func replayFrom(ctx context.Context, d *wire.Deployment, id int32) (int64, error) {
	l := fold.NewLoading(fold.Options{Partition: id, RawMax: d.Config.Fold.RawMax})
	r := worker.StateReader{Kafka: d.Kafka, Topic: d.Namespace.Topic(topics.State), Partition: id}
	_, _, err := r.Read(ctx, l.Take)
	if err != nil {
		return 0, err
	}
	_, from, err := l.Done()
	if err != nil {
		return 0, fmt.Errorf("the state of partition %d cannot be restored, so that its log may be needed: %w; see `tierwatch state inspect`", id, err)
	}
	return from, nil
}

// Cut deletes what lies before the limits.
func Cut(ctx context.Context, d *wire.Deployment, list []Limit) error {
	client, err := kgo.NewClient(d.Kafka...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	var to kadm.Offsets
	for i := range list {
		if l := &list[i]; l.To() > l.Start {
			to.Add(kadm.Offset{Topic: d.Namespace.Topic(topics.Events), Partition: l.Partition, At: l.To()})
		}
	}
	done, err := kadm.NewClient(client).DeleteRecords(ctx, to)
	if err == nil {
		err = done.Error()
	}
	if err != nil {
		return fmt.Errorf("delete records of the log: %w; the user of Tierwatch needs DELETE on the topic", err)
	}
	return nil
}
