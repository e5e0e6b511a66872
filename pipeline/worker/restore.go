package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// Loading builds a Fold from the records of tierwatch.state.
type Loading interface {
	// Take takes a record of the topic, in its order; a nil value forgets the key.
	Take(key, value []byte)
	// Done gives the fold and the offset from which the log is to be folded onto it:
	// an empty one and 0 without any record.
	Done() (f Fold, from int64, err error)
}

// restore brings the fold to what was saved of it, and p.next to the offset from
// which the log is to be folded again. Whatever prefix of the topic is read gives a
// state that was committed: a customer's records and the progress never part.
func (p *partition) restore(ctx context.Context) error {
	began, l := time.Now(), p.w.o.Restore(p.id)
	gauge := p.w.o.Metrics.restore.WithLabelValues(label(p.id))
	defer gauge.Set(0)
	r := StateReader{
		Kafka: p.w.opts(), Topic: p.w.o.Namespace.Topic(topics.State), Partition: p.id, poll: p.w.o.PollRecords,
		Left: func(n int64) { gauge.Set(float64(n)) },
	}
	n, short, err := r.Read(ctx, l.Take)
	if err == nil {
		p.fold, p.next, err = l.Done()
	}
	switch {
	case errors.Is(err, codec.ErrNewer), errors.Is(err, codec.ErrDamaged):
		return refuse("partition %d cannot be restored: %w; upgrade the program if the format is newer, "+
			"else let the partition be folded from the start of its log with `tierwatch state rebuild --partition %d`", p.id, err, p.id)
	case err != nil:
		return fmt.Errorf("restore partition %d: %w", p.id, err)
	case short:
		p.w.o.Log.Warn().Int32("partition", p.id).
			Msg("the state topic gives nothing more before its end; what was read is whole, and more of the log is folded again")
	}
	p.w.o.Log.Info().Int32("partition", p.id).Int("state_records", n).Int64("replay_from", p.next).Dur("took", time.Since(began)).
		Msg("partition restored")
	return nil
}
