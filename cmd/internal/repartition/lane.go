package repartition

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// lane is a partition of the old log on its way into the new one.
type lane struct {
	id int32
	// read gives its records in their order, io.EOF behind the last.
	read func(context.Context) (*kgo.Record, error)
	// parked tells of records that operators took out of the fold.
	parked func(offset int64) bool
	// term is the highest so far: the fold ignores control records of lower ones.
	term int64
	// count is how many control records of a term have come.
	count map[int64]int
	// head is the control record before which the lane stands, nil at its end.
	head *mark
	// waits: the lane stands before a record that others do not have yet.
	waits bool
}

// mark is a control record. One writer writes the same ones in the same order into all
// partitions, so term and number name it in all of them.
type mark struct {
	raw    *kgo.Record
	rec    *pb.LogRecord
	term   int64
	nth    int
	parked bool
}

// before orders marks as they were written.
func (m *mark) before(o *mark) bool {
	if m.term != o.term {
		return m.term < o.term
	}
	if m.nth != o.nth {
		return m.nth < o.nth
	}
	return m.raw.Timestamp.Before(o.raw.Timestamp)
}

// termOf is the term under which a control record was written.
func termOf(r *pb.LogRecord) int64 {
	switch {
	case r.Tick != nil:
		return r.Tick.Term
	case r.Close != nil:
		return r.Close.Term
	case r.Handover != nil:
		return r.Handover.Term
	case r.Rates != nil:
		return r.Rates.Term
	case r.Policy != nil:
		return r.Policy.Term
	case r.CutOffs != nil:
		return r.CutOffs.Term
	case r.Engine != nil:
		return r.Engine.Term
	case r.Term != nil:
		return r.Term.Term
	}
	return 0
}

// barrier tells of records that decide: what they decide depends on which records of a
// customer came before them. TICKs, terms and rates only go before those.
func (m *mark) barrier() bool {
	return m.rec.Close != nil || m.rec.Policy != nil || m.rec.Handover != nil || m.rec.Engine != nil || m.rec.CutOffs != nil
}

// like tells whether two barriers say the same, maybe of two writers: the second wrote
// again what the first had not written everywhere.
func (m *mark) like(o *mark) bool {
	a, b := m.rec, o.rec
	switch {
	case a.Close != nil && b.Close != nil:
		return a.Close.Day == b.Close.Day
	case a.Policy != nil && b.Policy != nil:
		return a.Policy.Name == b.Policy.Name && a.Policy.Version == b.Policy.Version
	case a.Handover != nil && b.Handover != nil:
		return a.Handover.Day == b.Handover.Day
	case a.Engine != nil && b.Engine != nil:
		return a.Engine.Version == b.Engine.Version && a.Engine.Epoch == b.Engine.Epoch
	}
	return false
}

// advance copies the lane's customer records up to its next control record that has not
// been written, and stands before that.
func (l *lane) advance(ctx context.Context, written map[int64]int, customer func(context.Context, *kgo.Record, bool) error) error {
	for l.head = nil; ; {
		r, err := l.read(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		parked := l.parked(r.Offset)
		if len(r.Key) > 0 {
			if err := customer(ctx, r, parked); err != nil {
				return err
			}
			continue
		}
		m := &mark{raw: r, rec: new(pb.LogRecord), parked: parked}
		if err := m.rec.UnmarshalVT(r.Value); err != nil {
			if parked {
				continue
			}
			return fmt.Errorf("decode control record %d:%d of the log: %w; park it with `tierwatch dlq park` if the fold stands before it",
				l.id, r.Offset, err)
		}
		if m.term = termOf(m.rec); m.term < l.term {
			continue // of a writer who had been replaced
		}
		if m.rec.Term != nil && !parked {
			l.term = m.term
		}
		m.nth = l.count[m.term]
		l.count[m.term]++
		if m.nth < written[m.term] {
			continue
		}
		l.head = m
		return nil
	}
}
