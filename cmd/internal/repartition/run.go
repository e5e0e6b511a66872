package repartition

import (
	"context"
	"fmt"
	"slices"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/control/topology"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// step is one of the steps of a repartition. Each may be repeated; those that are noted
// are not once the next has begun.
type step struct {
	name string
	do   func(*job, context.Context) error
	// noted in the control topic of the new log when it is done.
	noted bool
}

// steps are the way from the old log to the new one.
var steps = []step{
	{"sort the state anew", (*job).resort, false},
	{"leave the old log", (*job).leave, false},
	{"make the topics", (*job).makeTopics, false},
	{"announce the new log", (*job).announce, false},
	{"copy dead letters", (*job).copyLetters, true},
	{"put the state in place", (*job).putState, true},
	{"copy the log", (*job).copyLog, true},
	{"copy reports", (*job).copyReports, true},
	{"carry the control topic", (*job).carryControl, true},
	{"hand over positions", (*job).handOver, true},
	{"cut the beginning", (*job).cut, false},
	{"finish the new log", (*job).finish, false},
	{"finish the old log", (*job).part, false},
}

// Run makes the new log. Nobody may write the old one meanwhile: it is refused while
// somebody does, with ErrRunning. When it was killed or an error ended it, the same call
// goes on where it was; when it has come to its end it changes nothing.
func Run(ctx context.Context, d *wire.Deployment, o *Options) (*Plan, *Counts, error) {
	p, err := Look(ctx, d, o)
	if err != nil {
		return nil, nil, err
	}
	if p.Done {
		return p, &Counts{}, nil
	}
	if p.Running != nil {
		return nil, nil, p.Running
	}
	j, err := open(ctx, d, o)
	if err != nil {
		return nil, nil, err
	}
	defer j.close()
	for n, s := range steps {
		if o.between != nil {
			if err := o.between(s.name); err != nil {
				return nil, nil, err
			}
		}
		if s.noted && j.mark.Steps > uint32(n) {
			continue
		}
		if err := s.do(j, ctx); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", s.name, err)
		}
		if s.noted {
			j.mark.Steps = uint32(n) + 1
			if err := j.made.NoteMade(ctx, j.mark); err != nil {
				return nil, nil, err
			}
		}
	}
	p.Begun, p.Done = true, true
	return p, &j.counts, nil
}

// leave keeps everybody from writing the old log, and fixes where it ends.
func (j *job) leave(ctx context.Context) error {
	groups, err := j.ingestGroups(ctx, j.d.Namespace)
	if err != nil {
		return err
	}
	if !begun(j.old.Table()) {
		if err := j.old.NoteLeft(ctx, j.mark); err != nil {
			return err
		}
	}
	// Who comes now meets the mark; who had come just before is seen here.
	table, err := j.old.Refresh(ctx)
	if err != nil {
		return err
	}
	if err := standstill(ctx, j.admin, j.d.Namespace, groups, table); err != nil {
		return err
	}
	if len(j.mark.Ends) > 0 {
		return nil
	}
	if err := j.measure(ctx); err != nil {
		return err
	}
	for _, b := range j.bounds {
		j.mark.Ends = append(j.mark.Ends, b.End)
	}
	return j.old.NoteLeft(ctx, j.mark)
}

func (j *job) makeTopics(ctx context.Context) error {
	err := topology.Ensure(ctx, j.client, topology.Options{
		Namespace: j.to(), Partitions: j.mark.Partitions, Replication: int16(j.d.Config.Kafka.Replication),
	})
	if err != nil {
		return err
	}
	j.client.Close() // it remembers that the topics were not there
	return j.connect()
}

// announce begins the new control topic, or reads in it how far an earlier attempt has
// come. The announcement takes the offset 0, so that every later claim of the lease has
// a term above that of the copied records.
func (j *job) announce(ctx context.Context) (err error) {
	if j.made, err = control.OpenTopic(j.d.Kafka, j.to()); err != nil {
		return err
	}
	table, err := j.made.Refresh(ctx)
	if err != nil {
		return err
	}
	switch had := table.Made; {
	case had == nil && table.Next > 0:
		return fmt.Errorf("%w: %s has records of somebody else; delete the topics of %s, or name another prefix with --to",
			ErrTaken, j.to(), j.to())
	case had == nil:
		return j.made.NoteMade(ctx, j.mark)
	case !goesWith(had, j.mark):
		return fmt.Errorf("%w: the topics of %s are of another attempt; delete them", ErrTaken, j.to())
	default:
		j.mark.Steps, j.mark.MadeEnds = had.Steps, had.MadeEnds
		return nil
	}
}

// goesWith tells whether a copy that has begun is of the same log, ended at the same place.
func goesWith(a, b *pb.Repartition) bool {
	x, y := a.CloneVT(), b.CloneVT()
	for _, m := range []*pb.Repartition{x, y} {
		m.Steps, m.Done, m.MadeEnds = 0, false, nil
	}
	return x.EqualVT(y)
}

// finish opens the new log for its writers, if the old one has stayed as it was.
func (j *job) finish(ctx context.Context) error {
	if err := j.measure(ctx); err != nil {
		return err
	}
	if err := j.unchanged(); err != nil {
		return err
	}
	if !j.made.Table().Made.GetDone() {
		if err := j.alone(ctx); err != nil {
			return err
		}
	}
	j.mark.Done = true
	return j.made.NoteMade(ctx, j.mark)
}

// alone says whether the new log still ends where the copy has ended.
func (j *job) alone(ctx context.Context) error {
	name := j.to().Topic(topics.Events)
	ends, err := kafka.EndOffsets(ctx, j.client, name)
	if err != nil {
		return err
	}
	if !slices.Equal(ends, j.mark.MadeEnds) {
		return fmt.Errorf("%w: %s ends at %d, the copy at %d; delete the topics of %s and begin again", kafka.ErrOtherWriter, name, ends, j.mark.MadeEnds, j.to())
	}
	return nil
}

// part says in the old log that the new one is whole.
func (j *job) part(ctx context.Context) error {
	j.mark.Done = true
	return j.old.NoteLeft(ctx, j.mark)
}
