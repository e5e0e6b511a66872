package repartition

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/reading"
	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// Options of a repartition.
type Options struct {
	// Partitions of the new log, 1 … 10,000.
	Partitions int32
	// To is the prefix of the new topics; empty: that of the old ones, with the epoch.
	To topics.Namespace
	// From is a snapshot of the log, nil: it is copied from its first record. Else it is
	// copied from behind the snapshot's CLOSE, and Out is the directory of the snapshot
	// from which the new log goes on; Program is the version to be written down there.
	From    *snapshot.Snapshot
	Out     string
	Program string
	// Progress is told how far a stage has come, in records; StagePut in partitions.
	Progress func(stage string, done, total int64)

	// Of tests: between is called before each step, appended with how many records the
	// copy of the log has put into the new one, those that were there included.
	between  func(step string) error
	appended func(total int64, to *kafka.Copier)
}

// Stages that Options.Progress names: the log is copied, the state of a snapshot is
// made that of the new partitions, and put into their topic.
const (
	StageLog   = "copying the log"
	StageState = "sorting the state anew"
	StagePut   = "putting the state in place"
)

// Errors of a wrong question: nothing was done.
var (
	// ErrCut is a log whose beginning is gone.
	ErrCut = errors.New("the beginning of the log was cut")
	// ErrOther is a repartition that does not go with one that has begun.
	ErrOther = errors.New("another repartition has begun")
	// ErrTaken is a prefix under which there are topics.
	ErrTaken = errors.New("the topics exist")
	// ErrNothing is a log that cannot be repartitioned, or need not be.
	ErrNothing = errors.New("nothing to repartition")
)

// Plan is what a repartition does.
type Plan struct {
	From, To topics.Namespace
	// Before and Partitions are the numbers of partitions.
	Before, Partitions int32
	// Epoch of the new log.
	Epoch uint32
	// Records of the old log that are copied, all partitions together.
	Records int64
	// Snapshot is where the new log goes on from, empty: it has the whole log. Day is the
	// one that was closed there.
	Snapshot string
	Day      int32
	// Groups of ingest whose positions are handed over.
	Groups []string
	// Begun: an earlier attempt has; Done: it has come to its end.
	Begun, Done bool
	// Running says who still writes the log, nil if nobody.
	Running error
}

// job is a repartition at work.
type job struct {
	d         *wire.Deployment
	o         *Options
	client    *kgo.Client
	admin     *kadm.Client
	old, made *control.Topic
	bounds    []reading.Bounds
	mark      *pb.Repartition
	begin     *snapshot.Snapshot // of the new log, nil: none
	counts    Counts
}

func (j *job) close() {
	for _, t := range []*control.Topic{j.old, j.made} {
		if t != nil {
			t.Close()
		}
	}
	if j.client != nil {
		j.client.Close()
	}
}

func (j *job) to() topics.Namespace { return topics.Namespace(j.mark.To) }

func (j *job) writer() kafka.WriterOptions {
	return kafka.WriterOptions{
		Kafka: j.d.Kafka, Namespace: j.to(), Partitions: j.mark.Partitions, Compression: j.d.Config.Ingest.Compression,
	}
}

func (j *job) connect() (err error) {
	j.client, err = kgo.NewClient(append(slices.Clone(j.d.Kafka), kgo.ProducerBatchMaxBytes(topics.MaxRecordBytes))...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	j.admin = kadm.NewClient(j.client)
	return nil
}

// measure reads where the old log ends.
func (j *job) measure(ctx context.Context) (err error) {
	j.bounds, err = reading.Log(ctx, j.admin, j.d)
	return err
}

func (j *job) records() (n int64) {
	for id, b := range j.bounds {
		n += b.End - j.start(id)
	}
	return n
}

// Look tells what would be done. Its errors are those for which Run refuses, but for
// roles that still run: Plan.Running.
func Look(ctx context.Context, d *wire.Deployment, o *Options) (*Plan, error) {
	j, err := open(ctx, d, o)
	if err != nil {
		return nil, err
	}
	defer j.close()
	groups, err := j.ingestGroups(ctx, j.d.Namespace)
	if err != nil {
		return nil, err
	}
	p := &Plan{
		From: d.Namespace, To: j.to(), Before: d.Partitions, Partitions: j.mark.Partitions, Epoch: j.mark.Epoch,
		Records: j.records(), Groups: groups, Begun: begun(j.old.Table()), Done: j.mark.Done,
	}
	if o.From != nil {
		p.Snapshot, p.Day = o.Out, o.From.Day
	}
	if p.Running = standstill(ctx, j.admin, d.Namespace, groups, j.old.Table()); p.Running != nil && !errors.Is(p.Running, ErrRunning) {
		return nil, p.Running
	}
	return p, nil
}

func begun(t *control.Table) bool { return t.Left != nil && !t.Left.Withdrawn }

// open reads what is there and makes the mark: that of the attempt that has begun, or a
// new one.
func open(ctx context.Context, d *wire.Deployment, o *Options) (*job, error) {
	j := &job{d: d, o: o}
	if err := j.open(ctx); err != nil {
		j.close()
		return nil, err
	}
	return j, nil
}

func (j *job) open(ctx context.Context) (err error) {
	if j.o.Partitions < 1 || j.o.Partitions > 10_000 {
		return fmt.Errorf("partitions %d: %w: must be 1 … 10000", j.o.Partitions, ErrNothing)
	}
	if err := j.connect(); err != nil {
		return err
	}
	if j.bounds, err = reading.Log(ctx, j.admin, j.d); err != nil {
		return err
	}
	if j.old, err = control.OpenTopic(j.d.Kafka, j.d.Namespace); err != nil {
		return err
	}
	table, err := j.old.Refresh(ctx)
	switch {
	case err != nil:
		return err
	case table.Time == nil:
		return fmt.Errorf("%w: the log is not open yet; make its topics with another number: delete them, set kafka.partitions and run `tierwatch topics create`", ErrNothing)
	case table.Made != nil && !table.Made.Done:
		return table.Writable()
	}
	if err := j.copyable(ctx, table); err != nil {
		return err
	}
	if err := j.makeMark(ctx, table); err != nil || j.o.From == nil {
		return err
	}
	_, err = j.o.From.Resorted(j.resortOptions())
	return err
}

// copyable looks whether the log has what is to be copied.
func (j *job) copyable(ctx context.Context, table *control.Table) error {
	if j.o.From != nil {
		return j.fits(ctx, table)
	}
	for id, b := range j.bounds {
		if b.Start > 0 {
			return fmt.Errorf("%w: partition %d begins at offset %d; name with --from a snapshot whose next_offset in this partition is %d or more (see its %s)",
				ErrCut, id, b.Start, b.Start, snapshot.ManifestName)
		}
	}
	return nil
}

func (j *job) makeMark(ctx context.Context, table *control.Table) error {
	if begun(table) {
		j.mark = table.Left.CloneVT()
		if j.mark.Partitions != j.o.Partitions || j.o.To != "" && j.mark.To != string(j.o.To) {
			return fmt.Errorf("%w: to %s with %d partitions; give that again, or take it back with `tierwatch repartition --back`",
				ErrOther, j.mark.To, j.mark.Partitions)
		}
		if err := j.sameBeginning(); err != nil {
			return err
		}
		return j.unchanged()
	}
	if j.o.Partitions == j.d.Partitions {
		return fmt.Errorf("%w: the log has %d partitions already", ErrNothing, j.d.Partitions)
	}
	before, err := j.epoch(ctx)
	if err != nil {
		return err
	}
	if l := table.Left; l != nil && l.Withdrawn {
		before = max(before, l.Epoch) // a database with rows of that one is refused
	}
	if before >= 1<<16-1 {
		return fmt.Errorf("%w: epoch %d is the last one that a row's version holds; load the bank's files into a new deployment", ErrNothing, before)
	}
	to := j.o.To
	if to == "" {
		to = topics.Namespace(fmt.Sprintf("%s-e%d", epochOfName.ReplaceAllString(string(j.d.Namespace), ""), before+1))
	}
	if err := to.Validate(); err != nil {
		return err
	}
	if to == j.d.Namespace {
		return fmt.Errorf("%w under the prefix %s, which is the log's own: name another one", ErrTaken, to)
	}
	j.mark = &pb.Repartition{
		From: string(j.d.Namespace), To: string(to), PartitionsBefore: j.d.Partitions, Partitions: j.o.Partitions, Epoch: before + 1,
	}
	if j.o.From != nil {
		j.mark.Snapshot = j.o.From.Digest
	}
	return j.free(ctx)
}

// epochOfName is what an earlier repartition has put behind a prefix.
var epochOfName = regexp.MustCompile(`-e[0-9]+$`)

// epoch is that of the old log: of its ENGINE, before the first customer, or as the
// snapshot knows it.
func (j *job) epoch(ctx context.Context) (epoch uint32, err error) {
	if j.o.From != nil {
		return max(j.o.From.Epoch, 1), nil
	}
	stop := errors.New("found")
	name := j.d.Namespace.Topic(topics.Events)
	err = j.between(ctx, name, 0, 0, j.bounds[0].End, func(r *kgo.Record) error {
		rec := new(pb.LogRecord)
		if err := rec.UnmarshalVT(r.Value); err != nil || rec.Engine == nil {
			return nil //nolint:nilerr // what cannot be read is no ENGINE
		}
		epoch = rec.Engine.Epoch
		return stop
	})
	if errors.Is(err, stop) {
		return max(epoch, 1), nil
	}
	if err == nil {
		err = fmt.Errorf("%w: partition 0 of %s holds no ENGINE", ErrNothing, name)
	}
	return 0, err
}

// free refuses a prefix under which topics exist, or positions of an ingest: of a source
// that the old log does not read, the new one would go on where that one had come.
func (j *job) free(ctx context.Context) error {
	found, err := j.admin.ListTopics(ctx)
	if err != nil {
		return fmt.Errorf("list topics: %w", err)
	}
	for _, spec := range topics.Table() {
		if name := j.to().Topic(spec.ID); found.Has(name) {
			return fmt.Errorf("%w: %s: name another prefix with --to, or delete the topics of %s", ErrTaken, name, j.to())
		}
	}
	groups, err := j.ingestGroups(ctx, j.to())
	if err != nil {
		return err
	}
	for _, group := range groups {
		rows, err := j.admin.FetchOffsets(ctx, group)
		if err != nil {
			return fmt.Errorf("fetch the positions of %s: %w", group, err)
		}
		if len(rows.Offsets()) > 0 {
			return fmt.Errorf("%w: group %s has positions in the sources, of a log that was there: name another prefix with --to, "+
				"or delete the group with Kafka's own tool", ErrTaken, group)
		}
	}
	return nil
}

// unchanged refuses to go on when the old log has grown since its end was fixed: what
// was copied would not be what belongs there.
func (j *job) unchanged() error {
	if len(j.mark.Ends) == 0 {
		return nil
	}
	for id, b := range j.bounds {
		if id >= len(j.mark.Ends) || b.End != j.mark.Ends[id] {
			return fmt.Errorf("%w, and the log has changed since: partition %d ends at offset %d; take the move back with "+
				"`tierwatch repartition --back`, delete the topics of %s and begin again", ErrOther, id, b.End, j.mark.To)
		}
	}
	return nil
}
