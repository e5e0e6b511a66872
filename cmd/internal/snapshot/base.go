package snapshot

import (
	"context"
	"fmt"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/worker"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// base is a fold that has still to come to the CLOSE, and the offset to be folded next.
type base struct {
	fold *fold.Partition
	from int64
}

// base gives what is nearest to the CLOSE at an offset: the state topic, if it knows of
// nothing behind it; the older snapshot; or the start of the log.
func (t *taker) base(ctx context.Context, id int32, at int64) (base, error) {
	best, err := t.saved(ctx, id, at)
	if err != nil {
		return base{}, err
	}
	if s := t.o.From; s != nil && s.Next(id) <= at+1 && (best.fold == nil || s.Next(id) > best.from) {
		p, err := t.load(s, id)
		return base{p, s.Next(id)}, err
	}
	if best.fold != nil {
		return best, nil
	}
	if start := t.bounds[id].Start; start > 0 {
		return base{}, fmt.Errorf("partition %d of the log begins at offset %d, its beginning was cut; and what the fold has saved of it is not older than the CLOSE of %s at offset %d: "+
			"name a snapshot of that day or before with --from, whose next_offset in this partition is %d or more",
			id, start, day.String(t.day), at, start)
	}
	return base{fold.New(t.options(id)), 0}, nil
}

// load is the older snapshot of a partition.
func (t *taker) load(s *Snapshot, id int32) (*fold.Partition, error) {
	l, err := s.Load(t.options(id), nil)
	if err != nil {
		return nil, err
	}
	p, from, _, err := l.DoneToCopy()
	if err == nil {
		err = s.goesOn(p, from)
	}
	if err != nil {
		return nil, s.Unloaded(id, err)
	}
	return p, nil
}

// saved is what the state topic holds, nothing if it knows of a record behind the
// CLOSE, or cannot be restored.
func (t *taker) saved(ctx context.Context, id int32, at int64) (base, error) {
	l := fold.NewLoading(t.options(id))
	r := worker.StateReader{Kafka: t.d.Kafka, Topic: t.d.Namespace.Topic(topics.State), Partition: id}
	if _, _, err := r.Read(ctx, l.Take); err != nil {
		return base{}, err
	}
	p, from, newest, err := l.DoneToCopy()
	if err != nil {
		t.d.Log.Warn().Err(err).Int32("partition", id).Msg("what the fold has saved cannot be used; see `tierwatch state inspect`")
		return base{}, nil
	}
	if from == 0 || from > at+1 || newest > at || from < t.bounds[id].Start {
		return base{}, nil
	}
	return base{p, from}, nil
}

func (t *taker) options(id int32) fold.Options {
	return fold.Options{Partition: id, RawMax: t.d.Config.Fold.RawMax, Saves: true}
}
