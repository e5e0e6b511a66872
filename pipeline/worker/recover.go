package worker

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// recover brings the fold to the committed position and returns it. Outputs
// are muted: they were committed together with the position.
func (p *partition) recover(ctx context.Context) (position, error) {
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
	if err := p.w.o.Registry.Claim(ctx, p.id, p.txn); err != nil {
		return pos, fmt.Errorf("claim partition %d: %w", p.id, err)
	}
	select { // few replay at once: they share the memory bandwidth anyway
	case p.w.replays <- struct{}{}:
		defer func() { <-p.w.replays }()
	case <-ctx.Done():
		return pos, ctx.Err()
	}
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
			return pos, fmt.Errorf("others have folded partition %d from offset %d to %d meanwhile", p.id, pos.next, now.next)
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
			fetches := client.PollRecords(ctx, p.w.o.PollRecords)
			if err := fetches.Err(); err != nil {
				return fmt.Errorf("poll: %w", err)
			}
			if err := p.replaySome(fetches, pos); err != nil {
				return err
			}
		}
	}
	return p.finishReplay(pos)
}

func (p *partition) replaySome(fetches kgo.Fetches, pos position) error {
	var err error
	fetches.EachPartition(func(f kgo.FetchTopicPartition) {
		if err == nil {
			err = p.replayRecords(f.Records, pos)
		}
	})
	return err
}

func (p *partition) replayRecords(records []*kgo.Record, pos position) error {
	for len(records) > 0 && records[0].Offset < pos.next {
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
			err := p.guarded(func(out *fold.Outputs) { p.fold.DrainThrough(pos.cursor.LastHash, pos.cursor.LastCustomer, out) })
			if err != nil {
				return fmt.Errorf("drain offset %d: %w", pos.cursor.ControlOffset, err)
			}
		}
		p.outputs().Reset()
		records = records[n:]
	}
	return nil
}

// finishReplay brings a drain to where it stood at the commit: over, unless
// it was in progress.
func (p *partition) finishReplay(pos position) error {
	if !pos.cursor.Draining {
		for p.fold.Draining() {
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
