package repartition

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/pipeline/worker"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// A repartition from a snapshot copies the log from behind its CLOSE on. The new log
// begins with that CLOSE, which is cut off when all is there: so whoever asks is told
// that the beginning is missing, and which snapshot has it, as of any log that was cut.

// fits looks whether the log can be copied from the snapshot on.
func (j *job) fits(ctx context.Context, table *control.Table) error {
	if err := j.o.From.Fits(ctx, j.d, j.bounds); err != nil {
		return err
	}
	for _, f := range table.Files() {
		if !f.Done {
			return fmt.Errorf("%w: a load of %s was interrupted, and goes on from a place in the log that one from a snapshot does not have; bring it to its end first, or give it up with `tierwatch load --give-up FILE`",
				ErrNothing, f.Name)
		}
	}
	return nil
}

// sameBeginning refuses to go on otherwise than an earlier attempt has begun.
func (j *job) sameBeginning() error {
	given := ""
	if j.o.From != nil {
		given = j.o.From.Digest
	}
	switch {
	case given == j.mark.Snapshot:
		return nil
	case given == "":
		return fmt.Errorf("%w: from a snapshot; give it again with --from, and the same --out", ErrOther)
	case j.mark.Snapshot == "":
		return fmt.Errorf("%w: from the start of the log; leave --from and --out out, or take the move back with `tierwatch repartition --back`", ErrOther)
	}
	return fmt.Errorf("%w: from another snapshot than %s; give the one that was given first, or take the move back with `tierwatch repartition --back`",
		ErrOther, j.o.From.Dir)
}

// start is the offset of a partition from which the log is copied.
func (j *job) start(id int) int64 {
	if j.o.From == nil {
		return 0
	}
	return j.o.From.Next(int32(id))
}

func (j *job) resortOptions() snapshot.ResortOptions {
	keyed := kafka.LogPartitioner().ForTopic(j.to().Topic(topics.Events))
	return snapshot.ResortOptions{
		Out: j.o.Out, Namespace: j.to(), Partitions: j.mark.Partitions, Epoch: j.mark.Epoch, Program: j.o.Program,
		To: func(customer string) int32 {
			return int32(keyed.Partition(&kgo.Record{Key: []byte(customer)}, int(j.mark.Partitions)))
		},
		Progress: func(done, total int64) { j.o.Progress(StageState, done, total) },
	}
}

// resort makes the snapshot that the new log goes on from, or opens it. Nothing has been
// changed yet: a snapshot that cannot be taken leaves all as it was.
func (j *job) resort(ctx context.Context) (err error) {
	if j.o.From != nil {
		j.begin, err = j.o.From.Resort(ctx, j.resortOptions())
	}
	return err
}

// new is the deployment of the new log.
func (j *job) new() *wire.Deployment {
	d := *j.d
	d.Namespace, d.Partitions = j.to(), j.mark.Partitions
	return &d
}

// putState puts into the state topic of the new log what the snapshot has, and lets its
// fold go on there. A partition has its state when its position is committed: it is left
// as it is then, the fold may have gone on.
func (j *job) putState(ctx context.Context) error {
	if j.begin == nil {
		return nil
	}
	group, log := j.to().Group("fold"), j.to().Topic(topics.Events)
	members, err := worker.Members(ctx, j.admin, group)
	if err != nil {
		return err
	}
	if n := len(members); n > 0 {
		return fmt.Errorf("%w: group %s has %d members: stop the role fold of %s until its log is whole", ErrRunning, group, n, j.to())
	}
	rows, err := j.admin.FetchOffsetsForTopics(ctx, group, log)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return fmt.Errorf("fetch the positions of %s: %w", group, err)
	}
	metadata, err := worker.Begins()
	if err != nil {
		return err
	}
	for id := range j.mark.Partitions {
		j.o.Progress(StagePut, int64(id), int64(j.mark.Partitions))
		if row, ok := rows.Lookup(log, id); ok && row.At >= j.begin.Next(id) {
			continue
		}
		if err := j.begin.Put(ctx, j.new(), id); err != nil {
			return err
		}
		var at kadm.Offsets
		at.Add(kadm.Offset{Topic: log, Partition: id, At: j.begin.Next(id), LeaderEpoch: -1, Metadata: metadata})
		if err := j.admin.CommitAllOffsets(ctx, group, at); err != nil {
			return fmt.Errorf("commit the position of %s: %w", group, err)
		}
	}
	return nil
}

// beginning is how the new log begins.
type beginning struct {
	// first is the CLOSE of the snapshot, nil: the log has its beginning.
	first *kgo.Record
	// ruler knows what came before, term is that of the old log then.
	ruler *ruler
	term  int64
}

func (j *job) beginning() (*beginning, error) {
	if j.begin == nil {
		return &beginning{ruler: newRuler()}, nil
	}
	was, err := j.o.From.Known(0)
	if err != nil {
		return nil, err
	}
	now, err := j.begin.Known(0)
	if err != nil {
		return nil, err
	}
	clock := now.Clock()
	value, err := (&pb.LogRecord{Close: &pb.Close{Day: clock.LastClose, Cut: clock.Cut}}).MarshalVT()
	if err != nil {
		return nil, fmt.Errorf("marshal CLOSE: %w", err)
	}
	return &beginning{
		first: &kgo.Record{Value: value, Timestamp: time.Unix(clock.Cut, 0)},
		ruler: &ruler{fold: now, mode: clock.Mode, offset: j.begin.Next(0)}, term: was.Clock().Term,
	}, nil
}

// cut takes the first record of each partition out of the new log.
func (j *job) cut(ctx context.Context) error {
	if j.begin == nil {
		return nil
	}
	log := j.to().Topic(topics.Events)
	var to kadm.Offsets
	for id := range j.mark.Partitions {
		to.Add(kadm.Offset{Topic: log, Partition: id, At: j.begin.Next(id)})
	}
	done, err := j.admin.DeleteRecords(ctx, to)
	if err == nil {
		err = done.Error()
	}
	if err != nil {
		return fmt.Errorf("delete the first record of %s: %w; the user of Tierwatch needs DELETE on the topic", log, err)
	}
	return nil
}
