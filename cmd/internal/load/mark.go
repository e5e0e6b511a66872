package load

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/folded"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// mark is how far a load has come and what of it may lie beyond.
type mark struct {
	position int64   // entries of the merge that are in the log
	rejected []int64 // by file, the last row whose letter is written
	log, dlq tail
}

// recall makes the mark of a load that was interrupted; an empty one else. Behind the
// noted ends of a live log lies what all its sources have written since, which may be
// months of it: only what comes from files of this load is kept.
func (l *Load) recall(ctx context.Context) (*mark, error) {
	m := &mark{rejected: make([]int64, len(l.inputs)), log: tail{}, dlq: tail{}}
	had := l.resumed
	if had == nil {
		return m, nil
	}
	m.position = had.Position
	copy(m.rejected, had.Rejected)
	names := map[string]bool{}
	for i := range l.inputs {
		names[l.inputs[i].name] = true
	}
	err := folded.Behind(ctx, l.d, topics.Events, had.LogEnds, func(r *kgo.Record) {
		var rec pb.LogRecord
		if len(r.Key) > 0 && rec.UnmarshalVTUnsafe(r.Value) == nil && names[kafka.Origin(&rec).GetName()] {
			m.log[recordContent(string(r.Key), r.Value)]++
		}
	})
	if err != nil {
		return nil, fmt.Errorf("look what the interrupted load wrote last: %w", err)
	}
	err = folded.Behind(ctx, l.d, topics.DLQ, had.DlqEnds, func(r *kgo.Record) {
		var d pb.DeadLetter
		if d.UnmarshalVT(r.Value) == nil && d.Stage == stage && names[d.OriginName] {
			m.dlq[letterContent(&d)]++
		}
	})
	if err != nil {
		return nil, fmt.Errorf("look what the interrupted load wrote last: %w", err)
	}
	return m, nil
}

// stage of dead letters that never reached the log.
const stage = "ingest"

// note records that everything up to now is durable. Other files of the load
// point to the first, which carries the mark.
func (r *running) note(ctx context.Context, done bool) error {
	if err := r.flush(ctx, done); err != nil {
		return err
	}
	if r.result.Live { // else the lease keeps a repartition away
		if err := r.l.topic.StillWritable(ctx); err != nil {
			return fmt.Errorf("%w; what of this load lies in the old log only is loaded by giving it again there", err)
		}
	}
	f, err := r.marked(ctx)
	if err != nil {
		return err
	}
	for i := len(r.l.inputs) - 1; i >= 0; i-- { // the first last: it says that all are noted
		if i > 0 && !done && r.noted {
			continue
		}
		s := &r.l.inputs[i]
		one := f.CloneVT()
		one.Sha256, one.Name, one.Rows, one.Header, one.Done = s.sha(), s.name, s.look.Books.Read, s.header, done
		if err := r.l.topic.NoteFile(ctx, one); err != nil {
			return err
		}
	}
	r.noted = true
	return nil
}

// flush waits for records and dead letters. Once done the lease is given back:
// the backfill must not write any more.
func (r *running) flush(ctx context.Context, done bool) error {
	if !done {
		if err := r.out.Flush(ctx); err != nil {
			return err
		}
	}
	if err := r.dead.Flush(ctx); err != nil {
		return err
	}
	return r.letters.err()
}

func (r *running) marked(ctx context.Context) (*pb.LoadedFile, error) {
	ends, err := r.out.Ends(ctx)
	if err != nil {
		return nil, err
	}
	r.l.stretch.End = ends
	letters, err := kafka.EndOffsets(ctx, r.client, r.l.d.Namespace.Topic(topics.DLQ))
	if err != nil {
		return nil, err
	}
	return &pb.LoadedFile{
		Position: max(r.position, r.mark.position), Load: r.l.shas(), Mappings: r.l.hashes(), Shapes: r.l.shapes(),
		LogEnds: ends, DlqEnds: letters,
		Rejected: append([]int64(nil), r.mark.rejected...),
		BeganLog: r.l.stretch.Log, BeganDlq: r.l.stretch.DLQ, BeganVerdicts: r.l.stretch.Verdicts,
	}, nil
}

// letters tells of dead letters that could not be written.
type letters struct{ failed atomic.Pointer[error] }

func (l *letters) done(err error) {
	if err != nil {
		l.failed.CompareAndSwap(nil, &err)
	}
}

func (l *letters) err() error {
	if p := l.failed.Load(); p != nil {
		return *p
	}
	return nil
}

// reject puts a row where ingest would put it, unless it lies there already.
func (r *running) reject(ctx context.Context, index int, row event.Row, why *event.Reject) error {
	if why == nil {
		return errors.New("a rejected row without a cause")
	}
	if row.Number <= r.mark.rejected[index] {
		return nil
	}
	r.mark.rejected[index] = row.Number
	d := &pb.DeadLetter{
		Cause: string(why.Cause), Field: why.Field, Detail: why.Detail, Source: r.l.inputs[index].mapping,
		OriginName: row.Name, OriginPartition: row.Partition, OriginPosition: row.Position, Original: row.Raw,
		OriginSha256: r.l.inputs[index].sha(), OriginNumber: row.Number,
		Stage: stage, At: time.Now().Unix(),
	}
	if r.mark.dlq.take(letterContent(d)) {
		return nil
	}
	r.dead.Put(ctx, nil, d, r.letters.done)
	return r.letters.err()
}
