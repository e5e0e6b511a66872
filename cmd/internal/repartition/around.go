package repartition

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/reading"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// stageIngest is the stage of dead letters that never reached the log. Those of the fold
// and of the warehouse are written again by the roles of the new log.
const stageIngest = "ingest"

// place is that of a dead letter in its topic.
type place struct {
	partition int32
	offset    int64
}

// copyLetters takes the dead letters of ingest over: the books of verify count them, and
// they can be redriven. The places are made again on each attempt: they follow from the
// old topic alone.
func (j *job) copyLetters(ctx context.Context) error {
	to, err := kafka.NewCopier(ctx, j.writer(), topics.DLQ)
	if err != nil {
		return err
	}
	defer to.Close()
	partition := j.letterTo()
	if err := j.eachLetter(ctx, func(r *kgo.Record, l *pb.DeadLetter) error {
		return to.Append(ctx, partition(r, l), r)
	}); err != nil {
		return err
	}
	return to.Finish(ctx)
}

// letterTo gives the new partition of a letter: that of its key, or of its origin, where
// ingest would put it.
func (j *job) letterTo() func(*kgo.Record, *pb.DeadLetter) int32 {
	keyed := kafka.LogPartitioner().ForTopic(j.to().Topic(topics.DLQ))
	return func(r *kgo.Record, l *pb.DeadLetter) int32 {
		if len(r.Key) > 0 {
			return int32(keyed.Partition(&kgo.Record{Key: r.Key}, int(j.mark.Partitions)))
		}
		return l.OriginPartition % j.mark.Partitions
	}
}

// movedLetters gives the new place of a dead letter of the old topic, false for one that
// is not copied.
func (j *job) movedLetters(ctx context.Context) (func(partition int32, offset int64) (int32, int64, bool), error) {
	to, moved, next := j.letterTo(), map[place]place{}, make([]int64, j.mark.Partitions)
	err := j.eachLetter(ctx, func(r *kgo.Record, l *pb.DeadLetter) error {
		p := to(r, l)
		moved[place{r.Partition, r.Offset}] = place{p, next[p]}
		next[p]++
		return nil
	})
	if err != nil {
		return nil, err
	}
	return func(partition int32, offset int64) (int32, int64, bool) {
		at, ok := moved[place{partition, offset}]
		return at.partition, at.offset, ok
	}, nil
}

// eachLetter gives the old dead letters of ingest, partition by partition.
func (j *job) eachLetter(ctx context.Context, each func(*kgo.Record, *pb.DeadLetter) error) error {
	return j.each(ctx, topics.DLQ, func(r *kgo.Record) error {
		l := new(pb.DeadLetter)
		if err := l.UnmarshalVT(r.Value); err != nil || l.Stage != stageIngest {
			return nil //nolint:nilerr // what cannot be read is no letter of ingest
		}
		return each(r, l)
	})
}

// each gives the records of an old topic up to its end now.
func (j *job) each(ctx context.Context, id topics.ID, do func(*kgo.Record) error) error {
	name := j.d.Namespace.Topic(id)
	ends, err := kafka.EndOffsets(ctx, j.client, name)
	if err != nil {
		return err
	}
	for p, end := range ends {
		start, err := kafka.StartOffset(ctx, j.client, name, int32(p))
		if err != nil {
			return err
		}
		if err := j.between(ctx, name, int32(p), start, end, do); err != nil {
			return err
		}
	}
	return nil
}

func (j *job) between(ctx context.Context, name string, partition int32, start, end int64, do func(*kgo.Record) error) error {
	r, err := reading.Open(j.d.Kafka, name, partition, start, end)
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		rec, err := r.Read(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = do(rec)
		}
		if err != nil {
			return err
		}
	}
}

// copyReports takes over how far the sources are, so that no day is closed before all
// have told of it. What is copied twice says the same again.
func (j *job) copyReports(ctx context.Context) error {
	name := j.to().Topic(topics.Reports)
	return j.each(ctx, topics.Reports, func(r *kgo.Record) error {
		own := &kgo.Record{Topic: name, Key: r.Key, Value: r.Value, Timestamp: r.Timestamp}
		if err := j.client.ProduceSync(ctx, own).FirstErr(); err != nil {
			return fmt.Errorf("append to %s: %w", name, err)
		}
		return nil
	})
}

// carryControl takes the control topic over.
func (j *job) carryControl(ctx context.Context) error {
	letters, err := j.movedLetters(ctx)
	if err != nil {
		return err
	}
	table, err := j.old.Refresh(ctx)
	if err != nil {
		return err
	}
	return j.made.Carry(ctx, table, j.mark.Partitions, letters)
}

// handOver gives the ingest of the new log the positions in the sources, and with them
// the books, of that of the old one: exactly there it goes on.
func (j *job) handOver(ctx context.Context) error {
	groups, err := j.ingestGroups(ctx, j.d.Namespace)
	if err != nil {
		return err
	}
	for _, group := range groups {
		source := strings.TrimPrefix(group, j.d.Namespace.Group(ingestGroup))
		rows, err := j.admin.FetchOffsets(kadm.RequireStable(ctx), group)
		if err == nil {
			err = rows.Error()
		}
		if err != nil {
			return fmt.Errorf("fetch the positions of %s: %w", group, err)
		}
		had := rows.Offsets()
		if len(had) == 0 {
			continue
		}
		to := j.to().Group(ingestGroup) + source
		if err := j.admin.CommitAllOffsets(ctx, to, had); err != nil {
			return fmt.Errorf("commit the positions of %s for %s: %w", group, to, err)
		}
	}
	return nil
}

// ingestGroup begins the names of the groups of ingest, one a source.
const ingestGroup = "ingest-"

// ingestGroups are the groups of ingest that the brokers know, also of sources that
// are not configured any more.
func (j *job) ingestGroups(ctx context.Context, ns topics.Namespace) ([]string, error) {
	listed, err := j.admin.ListGroups(ctx)
	if err != nil {
		return nil, fmt.Errorf("list groups: %w", err)
	}
	var list []string
	for _, name := range listed.Groups() {
		if strings.HasPrefix(name, ns.Group(ingestGroup)) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list, nil
}
