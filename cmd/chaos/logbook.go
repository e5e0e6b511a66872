package main

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// place is a record of a topic.
type place struct {
	partition int32
	offset    int64
}

func (p place) String() string { return fmt.Sprintf("%d:%d", p.partition, p.offset) }

// entry is a record of the log.
type entry struct {
	place
	customer string // "" of control records
	value    []byte
}

func (e *entry) record() (*pb.LogRecord, error) {
	r := new(pb.LogRecord)
	if err := r.UnmarshalVT(e.value); err != nil {
		return nil, fmt.Errorf("decode log record %s: %w", e.place, err)
	}
	return r, nil
}

// logbook is the log and what was said of its records, read without the program's
// own audit.
type logbook struct {
	partitions [][]entry
	// out are records that the fold kept out, with its reason.
	out map[place]pb.VerdictKind
	// letters are the dead letters of ingest by their place in the source topic.
	letters map[place]string
	// changes, verdicts, alerts, snapshots and refused, the dead letters of the fold, are
	// what was said of each customer, in order.
	changes   map[string][]*pb.TierChange
	verdicts  map[string][]*pb.Verdict
	alerts    map[string][]*pb.Alert
	snapshots map[string][]*pb.Snapshot
	refused   map[string][]*pb.DeadLetter
	// outputs counts records by topic.
	outputs map[string]int
}

const logPartitions = 4

func newLogbook(partitions int) *logbook {
	return &logbook{
		partitions: make([][]entry, partitions), out: map[place]pb.VerdictKind{}, letters: map[place]string{},
		changes: map[string][]*pb.TierChange{}, verdicts: map[string][]*pb.Verdict{}, alerts: map[string][]*pb.Alert{},
		snapshots: map[string][]*pb.Snapshot{}, refused: map[string][]*pb.DeadLetter{}, outputs: map[string]int{},
	}
}

func readLogbook(ctx context.Context, opts []kgo.Opt, found *findings) (*logbook, error) {
	b := newLogbook(logPartitions)
	err := readAll(ctx, opts, topics.DefaultNamespace.Topic(topics.Events), func(r *kgo.Record) error {
		b.partitions[r.Partition] = append(b.partitions[r.Partition], entry{place{r.Partition, r.Offset}, string(r.Key), r.Value})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return b, b.readOutputs(ctx, opts, found)
}

// keptOut says whether a verdict takes out the record that it judges.
func keptOut(v *pb.Verdict) bool {
	switch v.Kind {
	case pb.VerdictKind_VERDICT_DUPLICATE, pb.VerdictKind_VERDICT_REJECTED, pb.VerdictKind_VERDICT_CONFLICT, pb.VerdictKind_VERDICT_PARKED:
		return true
	case pb.VerdictKind_VERDICT_SUPERSEDED:
		return v.AboutOffset >= 0 // else it judges what came before of its id
	default:
		return false
	}
}
