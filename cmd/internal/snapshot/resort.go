package snapshot

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// ResortOptions of Resort.
type ResortOptions struct {
	// Out is the directory to be made.
	Out string
	// Namespace, Partitions and Epoch are of the log that goes on from it: the CLOSE is
	// that log's first record, in each partition. To is the partition of a customer.
	Namespace  topics.Namespace
	Partitions int32
	Epoch      uint32
	To         func(customer string) int32
	// Program is the version to be written down.
	Program string
	// Progress is told what is done of what is to do, in records.
	Progress func(done, total int64)
}

// resortedClose is the offset of the CLOSE in every partition of a log that goes on
// from what Resort made.
const resortedClose = 0

// Resort makes of a snapshot one of another number of partitions. If there is one in its
// place already that was made of this one for the same log, that is given: it is what
// would be made. The files of s are read twice; some customers of each are in memory.
// Whatever ends it early leaves nothing.
func (s *Snapshot) Resort(ctx context.Context, o ResortOptions) (*Snapshot, error) {
	if had, err := s.Resorted(o); had != nil || err != nil {
		return had, err
	}
	r := &resorting{Snapshot: s, o: o}
	for i := range s.Partitions {
		r.total += 2 * s.Partitions[i].Records
	}
	work, err := r.know(ctx)
	if err != nil {
		return nil, err
	}
	out, err := create(o.Out, Manifest{
		Format: Format, Namespace: string(o.Namespace), Day: day.String(s.Day), Epoch: o.Epoch, Program: o.Program, MadeOf: s.Digest,
	})
	if err != nil {
		return nil, err
	}
	if err = r.write(ctx, work, out); err == nil {
		err = out.commit()
	}
	if err != nil {
		return nil, errors.Join(err, out.discard())
	}
	return Open(o.Out)
}

// Resorted is what Resort would give without making it, nil: it would be made. What is
// in its place and was not made alike is refused.
func (s *Snapshot) Resorted(o ResortOptions) (*Snapshot, error) {
	had, err := Open(o.Out)
	switch {
	case errors.Is(err, ErrNone):
		return nil, vacant(o.Out)
	case err != nil:
		return nil, err
	case had.MadeOf == s.Digest && had.Namespace == string(o.Namespace) && len(had.Partitions) == int(o.Partitions) && had.Epoch == o.Epoch && had.Day == s.Day:
		return had, nil
	}
	return nil, fmt.Errorf("--out %s: it holds another snapshot than the one of %s for %s with %d partitions, and %w: name a new directory",
		o.Out, s.Dir, o.Namespace, o.Partitions, ErrTaken)
}

// resorting is a Resort under way.
type resorting struct {
	*Snapshot
	o           ResortOptions
	done, total int64
}

// tellEvery is how often progress is told, in records.
const tellEvery = 8192

func (r *resorting) tell() {
	if r.done++; r.done%tellEvery == 0 {
		r.o.Progress(r.done, r.total)
	}
}

// know reads all files once, and looks whether what they know beside the customers is
// the same.
func (r *resorting) know(ctx context.Context) (*fold.Resort, error) {
	var known []*fold.Partition
	for id := range r.Partitions {
		r.o.Progress(r.done, r.total)
		p, err := r.known(int32(id), func() error { r.tell(); return ctx.Err() })
		if err != nil {
			return nil, err
		}
		known = append(known, p)
	}
	work, err := fold.NewResort(known, fold.ResortOptions{
		Partitions: r.o.Partitions, To: r.o.To, Epoch: r.o.Epoch, Next: resortedClose + 1,
	})
	switch {
	case errors.Is(err, fold.ErrParted):
		return nil, fmt.Errorf("snapshot %s of %s: %w: a writer of time died while he wrote, and his successor has not written it again at that day's CLOSE; "+
			"make one of another day with `tierwatch snapshot --day`, and name that", r.Dir, r.Manifest.Day, err)
	case errors.Is(err, fold.ErrFull):
		return nil, fmt.Errorf("snapshot %s: %w; the log cannot be repartitioned from a snapshot, only as a whole", r.Dir, err)
	case err != nil:
		return nil, fmt.Errorf("snapshot %s: %w", r.Dir, err)
	}
	return work, nil
}

// Known is what a partition knows beside its customers, behind the CLOSE.
func (s *Snapshot) Known(partition int32) (*fold.Partition, error) {
	return s.known(partition, func() error { return nil })
}

func (s *Snapshot) known(partition int32, each func() error) (*fold.Partition, error) {
	l := fold.NewLoading(fold.Options{Partition: partition})
	err := s.read(partition, func(key, value []byte) error {
		l.TakeKnown(key, value)
		return each()
	})
	var p *fold.Partition
	if err == nil {
		p, err = l.DoneKnown()
	}
	if err == nil && p.Clock().LastClose != s.Day {
		err = fmt.Errorf("it goes on behind day %d, %s tells of %s: %w", p.Clock().LastClose, ManifestName, s.Manifest.Day, ErrDamaged)
	}
	return p, blame(s.Path(partition), err)
}

// write writes the new files, all at a time.
func (r *resorting) write(ctx context.Context, work *fold.Resort, out *making) error {
	var files []*partFile
	defer func() {
		for _, f := range files {
			f.close()
		}
	}()
	for id := range r.o.Partitions {
		f, err := out.begin(Header{
			Namespace: string(r.o.Namespace), Partition: id, Day: r.Day, Close: resortedClose, Epoch: r.o.Epoch, Program: r.o.Program,
		})
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	r.o.Progress(r.done, r.total)
	var copies []iter.Seq2[fold.Saved, error]
	for id := range r.Partitions {
		copies = append(copies, r.records(int32(id)))
	}
	customers, err := work.Run(copies, func(id int32, s *fold.Saves) error { return files[id].put(ctx, s) })
	if err != nil {
		return fmt.Errorf("snapshot %s: %w", r.Dir, err)
	}
	for id, f := range files {
		if err := out.end(f, customers[id]); err != nil {
			return err
		}
	}
	r.o.Progress(r.total, r.total)
	return nil
}

// errEnough ends a reading that nobody wants to go on.
var errEnough = errors.New("enough")

// records are those of a partition, with an error behind the last if they are not sound.
func (r *resorting) records(id int32) iter.Seq2[fold.Saved, error] {
	return func(yield func(fold.Saved, error) bool) {
		err := r.read(id, func(key, value []byte) error {
			if r.tell(); !yield(fold.Saved{Key: key, Value: value}, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(fold.Saved{}, blame(r.Path(id), err))
		}
	}
}
