package snapshot

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/reading"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// Options of Take.
type Options struct {
	// Out is the directory to be made, Day the closed business day, 0: the newest that
	// every partition has closed.
	Out string
	Day int32
	// From is an older snapshot to start at, if any.
	From *Snapshot
	// Program is the version to be written down.
	Program string
	// Progress is told what is done of what is to do, in records of the log, and how many
	// were folded.
	Progress func(stage string, done, total, folded int64)
}

// Stages of a snapshot, as Options.Progress names them.
const (
	StageFind  = "looking for the CLOSE"
	StageState = "reading saved state"
	StageFold  = "folding the log"
	StageWrite = "writing"
)

// taker is a snapshot under way.
type taker struct {
	d      *wire.Deployment
	o      Options
	day    int32
	bounds []reading.Bounds
	skips  []map[int64]bool
	// closes are the offsets of the first CLOSE of the day.
	closes              []int64
	done, total, folded int64
}

// Take makes a snapshot. Whatever ends it early leaves nothing.
func Take(ctx context.Context, d *wire.Deployment, o Options) (*Snapshot, error) {
	if err := vacant(o.Out); err != nil {
		return nil, err
	}
	t := &taker{d: d, o: o, day: o.Day}
	if err := t.find(ctx); err != nil {
		return nil, err
	}
	out, err := create(o.Out, Manifest{Format: Format, Namespace: string(d.Namespace), Day: day.String(t.day), Program: o.Program})
	if err != nil {
		return nil, err
	}
	if err = t.all(ctx, out); err == nil {
		err = out.commit()
	}
	if err != nil {
		return nil, errors.Join(err, out.discard())
	}
	return Open(o.Out)
}

// find fixes the bounds of the log, the day, and where it was closed.
func (t *taker) find(ctx context.Context) error {
	t.o.Progress(StageFind, 0, 0, 0)
	client, err := kgo.NewClient(t.d.Kafka...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	if t.bounds, err = reading.Log(ctx, kadm.NewClient(client), t.d); err != nil {
		return err
	}
	if t.o.From != nil {
		if err := t.o.From.Fits(ctx, t.d, t.bounds); err != nil {
			return err
		}
	}
	if t.skips, err = reading.Parked(ctx, t.d); err != nil {
		return err
	}
	if t.day == 0 {
		if t.day, err = newestDay(ctx, t.d, t.bounds); err != nil {
			return err
		}
	}
	for id, b := range t.bounds {
		at, err := closeOf(ctx, t.d, int32(id), b, t.day)
		if err != nil {
			return err
		}
		t.closes = append(t.closes, at)
		t.total += at + 1 - b.Start
	}
	return nil
}

// all writes the files of all partitions, one after the other: one is in memory at a
// time.
func (t *taker) all(ctx context.Context, out *making) error {
	for id, b := range t.bounds {
		if err := t.one(ctx, int32(id), out); err != nil {
			return fmt.Errorf("snapshot of partition %d: %w", id, err)
		}
		t.done += t.closes[id] + 1 - b.Start
	}
	return nil
}

func (t *taker) one(ctx context.Context, id int32, out *making) error {
	t.o.Progress(StageState, t.done, t.total, t.folded)
	from, err := t.base(ctx, id, t.closes[id])
	if err != nil {
		return err
	}
	at, err := t.forward(ctx, id, from)
	if err != nil {
		return err
	}
	t.o.Progress(StageWrite, t.done, t.total, t.folded)
	epoch := from.fold.Epoch()
	if id == 0 {
		out.manifest.Epoch = epoch
	}
	if epoch != out.manifest.Epoch {
		return fmt.Errorf("its epoch is %d, that of partition 0 is %d: a repartition of the log is under way; wait for its end", epoch, out.manifest.Epoch)
	}
	return out.add(ctx, Header{
		Namespace: string(t.d.Namespace), Partition: id, Day: t.day, Close: at, Epoch: epoch, Program: t.o.Program,
	}, from.fold)
}

// forward folds the log up to the CLOSE and through its drain, muted, and gives the
// offset of the CLOSE. A CLOSE of a writer that was no longer the writer of time is
// passed by.
func (t *taker) forward(ctx context.Context, id int32, b base) (int64, error) {
	const tellEvery = 4096
	if b.fold.Clock().LastClose == t.day {
		return b.from - 1, nil
	}
	log, err := reading.Open(t.d.Kafka, t.d.Namespace.Topic(topics.Events), id, b.from, t.bounds[id].End)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	var out fold.Outputs
	for {
		r, err := log.Read(ctx)
		if errors.Is(err, io.EOF) {
			return 0, fmt.Errorf("%s: %w: no CLOSE of it counts", day.String(t.day), ErrNotClosed)
		}
		if err != nil {
			return 0, err
		}
		if !t.skips[id][r.Offset] {
			if err := b.fold.Apply(r.Offset, r.Value, &out); err != nil {
				return 0, fmt.Errorf("fold offset %d: %w; `tierwatch dlq park` takes a record out", r.Offset, err)
			}
		}
		for b.fold.Draining() {
			out.Reset()
			b.fold.Drain(drainStep, &out)
		}
		out.Reset()
		b.fold.Lighten()
		if t.folded++; t.folded%tellEvery == 0 {
			t.o.Progress(StageFold, t.done+r.Offset+1-t.bounds[id].Start, t.total, t.folded)
		}
		switch last := b.fold.Clock().LastClose; {
		case last == t.day:
			return r.Offset, nil
		case last > t.day:
			return 0, fmt.Errorf("%s: %w: the CLOSE of %s came first, at offset %d", day.String(t.day), ErrNotClosed, day.String(last), r.Offset)
		}
	}
}

// drainStep is how many customers one call of Drain visits.
const drainStep = 1024
