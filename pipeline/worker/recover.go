package worker

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sort"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// errOvertaken ends an incarnation: the group has let go of it without a word yet.
var errOvertaken = errors.New("others have folded this partition meanwhile")

// recovered is recover, as often as it takes. What fails there does so for this partition
// alone, and may pass: a leader is away, a broker is silent. The others fold on meanwhile,
// which they would not if it ended the incarnation.
//
// It does end for what must not be tried again: state or a record that stops the
// partition, a refusal, and partitions that are no longer ours.
func (p *partition) recovered(ctx context.Context) (position, error) {
	for backoff := firstBackoff; ; backoff = min(2*backoff, lastBackoff) {
		pos, err := p.recover(ctx)
		if err == nil || ctx.Err() != nil || lasting(err) {
			return pos, err
		}
		p.w.o.Metrics.retries.WithLabelValues(label(p.id)).Inc()
		p.w.o.Log.Warn().Err(err).Int32("partition", p.id).Dur("retry_in", backoff).Msg(restoreAgain)
		select {
		case <-ctx.Done():
			return pos, ctx.Err()
		case <-time.After(backoff):
		}
		p.forget()
	}
}

const restoreAgain = "partition not restored; it is tried again, and the others fold on"

// lasting says that a recovery which has failed would fail again, or must not be tried.
func lasting(err error) bool {
	_, isPoison := errors.AsType[*poison](err)
	_, isUnfit := errors.AsType[*unfit](err)
	_, isRefusal := errors.AsType[*refusal](err)
	return isPoison || isUnfit || isRefusal || errors.Is(err, errOvertaken)
}

// recover brings the fold to the committed position and returns it. Outputs
// are muted: they were committed together with the position.
func (p *partition) recover(ctx context.Context) (position, error) {
	pos, err := p.ask(ctx)
	if err != nil {
		return pos, forGood(err)
	}
	if err := p.takeTurn(ctx); err != nil {
		return pos, err
	}
	defer p.endTurn()
	if p.w.o.Restore != nil {
		if err := p.restore(ctx); err != nil {
			return pos, err
		}
		if err := p.uncut(ctx); err != nil {
			return pos, err
		}
	}
	drained := pos.cursor.Draining && p.next > pos.cursor.ControlOffset
	if p.next > pos.next || drained {
		// Unless another member has folded on, and saved that, since the group has let
		// go of this one.
		now, err := p.w.committed(ctx, p.id, p.txn)
		switch {
		case err != nil:
			return pos, err
		case now != pos:
			return pos, fmt.Errorf("partition %d: %w, from offset %d to %d", p.id, errOvertaken, pos.next, now.next)
		case drained:
			return pos, &unfit{fmt.Errorf("the fold was in the midst of the drain of offset %d, and the state lies behind it, at %d", pos.cursor.ControlOffset, p.next)}
		}
		return pos, refuse("partition %d was saved at offset %d, but group %s stands at %d: its offsets were set back, and nobody can know which outputs exist: "+secondLog,
			p.id, p.next, p.w.group(), pos.next)
	}
	began, from := time.Now(), p.next
	if err := p.replay(ctx, pos); err != nil {
		return pos, fmt.Errorf("replay partition %d: %w", p.id, err)
	}
	p.w.o.Log.Info().Int32("partition", p.id).Int64("records", pos.next-from).Dur("took", time.Since(began)).
		Msg("partition replayed")
	return pos, nil
}

// ask asks where the partition stands and what is parked, and says that it is ours. It
// has time for the end of a predecessor's transaction, and then fails: who asks for ever
// tells nobody what he waits for.
func (p *partition) ask(ctx context.Context) (position, error) {
	ctx, cancel := context.WithTimeout(ctx, p.w.o.TransactionTimeout+stateSilence)
	defer cancel()
	pos, err := p.w.committed(ctx, p.id, p.txn)
	if err != nil {
		return pos, err
	}
	offsets, err := p.w.o.Registry.Skips(ctx, p.id)
	if err != nil {
		return pos, fmt.Errorf("read skips of partition %d: %w", p.id, err)
	}
	p.skips = make(map[int64]bool, len(offsets))
	for _, o := range offsets {
		p.skips[o] = true
	}
	if !p.claimed { // not again: another may have claimed it, and we do not know yet
		if err := p.w.o.Registry.Claim(ctx, p.id, p.txn); err != nil {
			return pos, fmt.Errorf("claim partition %d: %w", p.id, err)
		}
		p.claimed = true
	}
	return pos, nil
}

// lastingError is one of the registry's.
type lastingError interface {
	error
	Lasting() bool
}

// forGood makes a refusal of what the registry would say at every try.
func forGood(err error) error {
	if e, ok := errors.AsType[lastingError](err); ok && e.Lasting() {
		return refuse("%w: a newer program may have written it: upgrade this one", err)
	}
	return err
}

// replay folds the log from where the fold stands up to pos, muted. A poison record that
// lies before pos means that this build cannot read what an earlier one did.
func (p *partition) replay(ctx context.Context, pos position) error {
	gauge := p.w.o.Metrics.replay.WithLabelValues(label(p.id))
	defer gauge.Set(0)
	left := p.lefts(gauge, logLeft)
	if pos.next > p.next {
		client, err := kgo.NewClient(p.w.opts(
			kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{p.w.log(): {p.id: kgo.NewOffset().At(p.next)}}),
			kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		)...)
		if err != nil {
			return fmt.Errorf("open client: %w", err)
		}
		defer client.Close()
		for p.next < pos.next {
			left(pos.next - p.next)
			fetches, silent := pollOnce(ctx, client, p.w.o.PollRecords)
			if silent { // the others may have their turn meanwhile
				p.endTurn()
				if err := p.answers(ctx); err != nil {
					return err
				}
				if err := p.takeTurn(ctx); err != nil {
					return err
				}
				continue
			}
			if err := fetches.Err(); err != nil {
				return fmt.Errorf("poll: %w", err)
			}
			if err := p.replaySome(ctx, fetches, pos); err != nil {
				return err
			}
		}
	}
	return p.finishReplay(ctx, pos)
}

// takeTurn waits until the partition may restore: few do at once, they share the memory's
// bandwidth anyway.
func (p *partition) takeTurn(ctx context.Context) error {
	select {
	case p.w.replays <- struct{}{}:
		p.turn = true
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// endTurn lets the next one restore.
func (p *partition) endTurn() {
	if p.turn {
		p.turn = false
		<-p.w.replays
	}
}

// answers fails if the broker that leads the partition of the log does not answer.
func (p *partition) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stateSilence)
	defer cancel()
	_, err := placeStart.of(ctx, p.w.client, p.id, p.w.log())
	return err
}

func (p *partition) replaySome(ctx context.Context, fetches kgo.Fetches, pos position) error {
	var err error
	fetches.EachPartition(func(f kgo.FetchTopicPartition) {
		if err == nil {
			err = p.replayRecords(ctx, f.Records, pos)
		}
	})
	return err
}

func (p *partition) replayRecords(ctx context.Context, records []*kgo.Record, pos position) error {
	for len(records) > 0 && records[0].Offset < pos.next {
		if err := ctx.Err(); err != nil {
			return err
		}
		last := pos.next - 1
		if pos.cursor.Draining && records[0].Offset <= pos.cursor.ControlOffset {
			last = pos.cursor.ControlOffset
		}
		upTo := sort.Search(len(records), func(i int) bool { return records[i].Offset > last })
		n, err := p.applySome(records[:upTo])
		if err != nil {
			return fmt.Errorf("fold offset %d: %w", p.next, err)
		}
		if pos.cursor.Draining && n > 0 && records[n-1].Offset == pos.cursor.ControlOffset {
			// Whom the drain had reached at the commit was told then, under
			// this record; records after it found him closed.
			if err := p.drainThrough(ctx, pos.cursor); err != nil {
				return fmt.Errorf("drain offset %d: %w", pos.cursor.ControlOffset, err)
			}
		}
		p.outputs().Reset()
		records = records[n:]
	}
	return nil
}

// drainParts is in how many parts a replay visits the customers whom a drain had reached.
const drainParts = 1 << 10

// drainThrough visits whom a drain had reached, stage by stage in the order of their
// hashes: in parts, between which a stop is heard.
func (p *partition) drainThrough(ctx context.Context, to fold.Cursor) error {
	through := func(to fold.Cursor) error {
		p.outputs().Reset()
		return p.guarded(func(out *fold.Outputs) { p.fold.DrainThrough(to, out) })
	}
	for stage := min(0, to.Stage); stage <= to.Stage; stage++ {
		last := uint64(math.MaxUint64)
		if stage == to.Stage {
			last = to.LastHash
		}
		for part := range uint64(drainParts) {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := through(fold.Cursor{Stage: stage, LastHash: last / drainParts * part}); err != nil {
				return err
			}
		}
	}
	return through(to)
}

// finishReplay brings a drain to where it stood at the commit: over, unless
// it was in progress.
func (p *partition) finishReplay(ctx context.Context, pos position) error {
	if !pos.cursor.Draining {
		for p.fold.Draining() {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := p.drain(); err != nil {
				return fmt.Errorf("drain offset %d: %w", p.cursor.ControlOffset, err)
			}
			p.outputs().Reset()
		}
	}
	p.outputs().Reset()
	if c := p.fold.Cursor(); c.Draining && c.ControlOffset != pos.cursor.ControlOffset {
		return fmt.Errorf("the drain stands at offset %d, but was committed at %d", c.ControlOffset, pos.cursor.ControlOffset)
	}
	return nil
}
