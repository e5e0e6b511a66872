package worker

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"

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

// unfit is saved state that this program cannot restore: damaged, newer, or at odds
// with itself.
type unfit struct{ err error }

func (e *unfit) Error() string { return e.err.Error() }
func (e *unfit) Unwrap() error { return e.err }

// Why a restore that read no state is tried again.
var (
	errShort = errors.New("the state topic gives nothing more before its end, and what it gave is no state")
	errCopy  = errors.New("what was read before the partition came is no state; all is read anew")
	// errNowhere: a fold from the start of the log would be right, but that is for a topic
	// which is read to its end to say.
	errNowhere = errors.New("it does not tell from where the log is to be folded")
)

// restore brings the fold to what was saved of it, and p.next to the offset from
// which the log is to be folded again. Whatever prefix of the topic is read gives a
// state that was committed: a customer's records and the progress never part.
//
// State that no partition can be built from is unfit, a panic of the builder too: it
// would be the same at the next try. Not so where the topic did not give all it has, or a
// standby had read a part: that may be at fault.
func (p *partition) restore(ctx context.Context) (err error) {
	began := time.Now()
	l, from := p.w.standbys.take(p.id)
	short := false
	noState := func(why error) error {
		switch {
		case short:
			return fmt.Errorf("restore partition %d: %w: %w", p.id, errShort, why)
		case from > 0:
			return fmt.Errorf("restore partition %d: %w: %w", p.id, errCopy, why)
		}
		return &unfit{why}
	}
	defer func() {
		if r := recover(); r != nil {
			err = noState(fmt.Errorf("panic: %v\n%s", r, debug.Stack()))
		}
	}()
	if l == nil {
		l = p.w.o.Restore(p.id)
	}
	gauge := p.w.o.Metrics.restore.WithLabelValues(label(p.id))
	defer gauge.Set(0)
	r := StateReader{
		Kafka: p.w.opts(), Topic: p.w.o.Namespace.Topic(topics.State), Partition: p.id, From: from, poll: p.w.o.PollRecords,
		Left: p.lefts(gauge, stateLeft),
	}
	var n int
	if n, short, err = r.Read(ctx, l.Take); err != nil {
		return fmt.Errorf("restore partition %d: %w", p.id, err)
	}
	if p.fold, p.next, err = l.Done(); err != nil {
		return noState(err)
	}
	if short && p.next == 0 {
		return noState(errNowhere)
	}
	if short {
		p.w.o.Log.Warn().Int32("partition", p.id).
			Msg("the state topic gives nothing more before its end; what was read is whole, and more of the log is folded again")
	}
	p.w.o.Log.Info().Int32("partition", p.id).Int("state_records", n).Bool("stood_by", from > 0).Int64("replay_from", p.next).Dur("took", time.Since(began)).
		Msg("partition restored")
	return nil
}

// What a long restore and a long replay say in the log, each so often.
const (
	stateLeft = "saved state is read: records left"
	logLeft   = "the log is folded again: records left"
	sayEvery  = 10 * time.Second
)

// lefts tells by a gauge, and now and then in the log, how much of a long work is left.
func (p *partition) lefts(gauge prometheus.Gauge, what string) func(n int64) {
	said := time.Now()
	return func(n int64) {
		gauge.Set(float64(n))
		if time.Since(said) >= sayEvery {
			said = time.Now()
			p.w.o.Log.Info().Int32("partition", p.id).Int64("left", n).Msg(what)
		}
	}
}
