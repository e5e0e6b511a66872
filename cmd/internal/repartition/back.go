package repartition

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
)

// ErrGone refuses the way back of a log whose positions in the sources lead nowhere.
var ErrGone = errors.New("the old log cannot go on where it was")

// Returned is what a way back tells.
type Returned struct {
	// To is the prefix of the log that may not be written any more.
	To topics.Namespace
	// Redriven is how many dead letters were sent through again in that log alone.
	Redriven int
}

// Back takes a repartition back, finished or not: the old log may be written again, and
// goes on from its own positions in the sources; the new one may not any more. It is
// refused with ErrRunning while somebody writes the new one, with ErrNothing if the
// log was not left, with ErrOther if the new one was left too, and with ErrGone, unless
// losses are accepted, if the sources do not hold any more what came since.
func Back(ctx context.Context, d *wire.Deployment, acceptLoss bool) (*Returned, error) {
	j := &job{d: d, o: &Options{}}
	defer j.close()
	var err error
	if err = j.connect(); err != nil {
		return nil, err
	}
	if j.old, err = control.OpenTopic(d.Kafka, d.Namespace); err != nil {
		return nil, err
	}
	table, err := j.old.Refresh(ctx)
	if err != nil {
		return nil, err
	}
	if !begun(table) {
		return nil, fmt.Errorf("%w: %s was not left by a repartition; give the configuration of the log that was", ErrNothing, d.Namespace)
	}
	j.mark = table.Left.CloneVT()
	if !acceptLoss {
		if err := j.goesOn(ctx); err != nil {
			return nil, err
		}
	}
	told := &Returned{To: j.to()}
	if told.Redriven, err = j.retire(ctx); err != nil {
		return nil, err
	}
	j.mark.Withdrawn = true
	if err := j.old.NoteLeft(ctx, j.mark); err != nil {
		return nil, err
	}
	return told, nil
}

// goesOn refuses if an ingest of the old log would not find what it reads next, or has
// no position where that of the new log has one and the beginning is gone: without one
// it begins at the first record there is. Where the brokers have forgotten both, nothing
// tells.
func (j *job) goesOn(ctx context.Context) error {
	for _, s := range j.d.Config.Ingest.Sources {
		starts, err := j.admin.ListStartOffsets(ctx, s.Topic)
		if err == nil {
			err = starts.Error()
		}
		if errors.Is(err, kerr.UnknownTopicOrPartition) {
			continue // ingest says so
		}
		if err != nil {
			return fmt.Errorf("list the start of %s: %w", s.Topic, err)
		}
		group := j.d.Namespace.Group(ingestGroup + s.Name)
		was, err := j.positions(ctx, group, s.Topic)
		if err != nil {
			return err
		}
		is, err := j.positions(ctx, j.to().Group(ingestGroup+s.Name), s.Topic)
		if err != nil {
			return err
		}
		for _, p := range slices.Sorted(maps.Keys(starts[s.Topic])) {
			at, known := was[p]
			_, read := is[p]
			start := starts[s.Topic][p].Offset
			switch {
			case known && at < start:
				return fmt.Errorf("%w: it has read partition %d of %s up to offset %d, and that begins at %d now; with --accept-loss ingest goes on behind the gap, "+
					"and you load what lies in it from the bank's files", ErrGone, p, s.Topic, at, start)
			case !known && read && start > 0: // else all that there was is there, as in a partition that is new
				return fmt.Errorf("%w: group %s has no position in partition %d of %s any more; with --accept-loss ingest begins at the first record there is, %d, "+
					"and you load what lies before it from the bank's files", ErrGone, group, p, s.Topic, start)
			}
		}
	}
	return nil
}

// positions are those of a group in a topic, by partition.
func (j *job) positions(ctx context.Context, group, topic string) (map[int32]int64, error) {
	rows, err := j.admin.FetchOffsets(ctx, group)
	if errors.Is(err, kerr.GroupIDNotFound) {
		return nil, nil
	}
	if err == nil {
		err = rows.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("fetch the positions of %s: %w", group, err)
	}
	at := map[int32]int64{}
	for p, row := range rows[topic] {
		if row.At >= 0 {
			at[p] = row.At
		}
	}
	return at, nil
}

// retire keeps everybody from writing the new log, as far as there is one, and counts the
// dead letters that were redriven there alone.
func (j *job) retire(ctx context.Context) (redriven int, err error) {
	name := j.to().Topic(topics.Control)
	found, err := j.admin.ListTopics(ctx, name)
	if err != nil {
		return 0, fmt.Errorf("list topics: %w", err)
	}
	if !found.Has(name) {
		return 0, nil
	}
	if j.made, err = control.OpenTopic(j.d.Kafka, j.to()); err != nil {
		return 0, err
	}
	table, err := j.made.Refresh(ctx)
	if err != nil || table.Made == nil {
		return 0, err
	}
	if err := j.last(table); err != nil {
		return 0, err
	}
	groups, err := j.ingestGroups(ctx, j.to())
	if err != nil {
		return 0, err
	}
	if err := standstill(ctx, j.admin, j.to(), groups, table); err != nil {
		return 0, err
	}
	if redriven, err = j.redrivenThere(ctx, table); err != nil {
		return 0, err
	}
	own := table.Made.CloneVT()
	own.Withdrawn = true
	return redriven, j.made.NoteMade(ctx, own)
}

// last refuses the way back while a log that was made of the new one is in use. One that
// was taken back had an epoch that the mark keeps from being given again.
func (j *job) last(made *control.Table) error {
	if begun(made) {
		return fmt.Errorf("%w: %s was left too, and goes on as %s; take that back first, with the configuration of %s",
			ErrOther, j.to(), made.Left.To, j.to())
	}
	j.mark.Epoch = max(j.mark.Epoch, made.Left.GetEpoch())
	return nil
}

// redrivenThere counts the dead letters that were sent through again in the new log, and
// not in the old one before.
func (j *job) redrivenThere(ctx context.Context, made *control.Table) (int, error) {
	if made.Redrives() == 0 {
		return 0, nil // the letters need not be read
	}
	letters, err := j.movedLetters(ctx)
	if err != nil {
		return 0, err
	}
	return made.RedrivenAlone(j.old.Table(), letters), nil
}
