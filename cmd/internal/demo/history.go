package demo

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	example "github.com/tierwatch/tierwatch/deploy/examples/demo"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/control"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/kafka"
	"github.com/tierwatch/tierwatch/sources/mapping"
	"github.com/tierwatch/tierwatch/sources/synth"
)

// Source is the name of the bank as a source: in dead letters, metrics and the
// conductor's wait_for.
const Source = "bank"

// history writes the bank's past into the log.
type history struct {
	d    *wire.Deployment
	bank *synth.Bank
	p    synth.Params

	rejects kafka.Decoder
	dead    *kafka.DeadLetters
	rows    int64 // broken rows so far: their place for the dead letters

	// Written are the records of this run, Rejected its broken rows, Day the day
	// that is being written.
	Written, Rejected atomic.Int64
	Day               atomic.Int32
	failed            atomic.Pointer[error]
	took              time.Duration
}

// where a log stands before the demo goes on.
type where struct {
	// live: the history is complete, the conductor has written time.
	live bool
	// handed: the history is complete and handed over.
	handed bool
	// lastClose is the last business day that is closed, 0: none.
	lastClose int32
	// clock is the second of the last TICK, 0: none.
	clock int64
}

// look reads from the control topic where the log stands.
func look(ctx context.Context, d *wire.Deployment, p synth.Params) (where, error) {
	topic, err := control.OpenTopic(d.Kafka, d.Namespace)
	if err != nil {
		return where{}, err
	}
	defer topic.Close()
	t, err := topic.Refresh(ctx)
	if err != nil {
		return where{}, fmt.Errorf("look where the log stands: %w", err)
	}
	w := where{handed: t.Backfill != nil && t.Backfill.Released}
	if t.Time != nil {
		w.live, w.lastClose, w.clock = t.Time.Live, t.Time.LastClose, t.Time.TickAt
	}
	w.handed = w.handed && w.lastClose >= p.LastHistoryDay()
	return w, nil
}

func newHistory(d *wire.Deployment, bank *synth.Bank, p synth.Params) (*history, error) {
	mapper, err := mapping.Canonical().Mapper(&event.Builder{Calendar: d.Calendar})
	if err != nil {
		return nil, err
	}
	dead, err := kafka.NewDeadLetters(d.Kafka, d.Namespace, d.Partitions)
	if err != nil {
		return nil, err
	}
	return &history{d: d, bank: bank, p: p, rejects: mapper, dead: dead}, nil
}

// firstPolicy is the demo's, effective from the bank's first day.
func firstPolicy(d *wire.Deployment, p synth.Params) (*pb.PolicyActivation, error) {
	plan, err := policy.Compile("demo/policy.yaml", example.Policy, d.PolicyOptions())
	if err != nil {
		return nil, fmt.Errorf("compile the demo's policy: %w", err)
	}
	return &pb.PolicyActivation{Name: plan.Name, Version: plan.Version, EffectiveDay: p.Start, Yaml: example.Policy}, nil
}

// publish lets `tierwatch policy show` and the check of a successor know the
// demo's policy. In the log it is the opening's; the conductor's repetition of
// the same version is a no-op.
func (h *history) publish(ctx context.Context, p *pb.PolicyActivation) error {
	topic, err := control.OpenTopic(h.d.Kafka, h.d.Namespace)
	if err != nil {
		return err
	}
	defer topic.Close()
	t, err := topic.Refresh(ctx)
	if err != nil || len(t.Policies()) > 0 {
		return err
	}
	return topic.PublishPolicy(ctx, &pb.PolicyPublication{Name: p.Name, Version: p.Version, EffectiveDay: p.EffectiveDay, Yaml: p.Yaml})
}

// play writes every day that the log does not have yet, HANDOVER, and gives the
// lease back. It may be called again after a failure or a kill at any point:
// days that are closed are only lived through by the bank.
func (h *history) play(ctx context.Context) error {
	began := time.Now()
	defer h.dead.Close()
	first, err := firstPolicy(h.d, h.p)
	if err != nil {
		return err
	}
	if err := h.publish(ctx, first); err != nil {
		return err
	}
	b, err := control.StartBackfill(ctx, control.BackfillOptions{
		Kafka: h.d.Kafka, Namespace: h.d.Namespace, Calendar: h.d.Calendar, Holder: role.Holder("demo"),
		Writer:  kafka.WriterOptions{Partitions: h.d.Partitions},
		Opening: &control.Opening{Engine: h.d.Engine(), Policy: first, At: h.d.Calendar.Cut(h.p.Start - 1)},
	})
	if err != nil {
		return fmt.Errorf("begin the history: %w", err)
	}
	defer b.Close()
	// The progress is saved at the close after next: a day is written again
	// rather than left out.
	from := max(b.LastClose()+1, h.p.Start)
	for day := h.p.Start; day <= h.p.LastHistoryDay(); day++ {
		h.Day.Store(day)
		if day < from {
			if err := skip(ctx, h.bank, day); err != nil {
				return err
			}
			continue
		}
		if err := h.day(ctx, b, day); err != nil {
			return fmt.Errorf("write %s of the history: %w", event.FormatDay(day), err)
		}
		if _, _, dom := event.Civil(day + 1); dom == 1 {
			h.d.Log.Info().Str("through", event.FormatDay(day)).Int64("records", h.Written.Load()).Msg("history written")
		}
	}
	if err := h.dead.Flush(ctx); err != nil {
		return err
	}
	if err := b.Handover(ctx, h.p.LastHistoryDay()); err != nil {
		return err
	}
	h.took = time.Since(began)
	return b.Release(ctx)
}

// skip lets the bank live through a day that is in the log already.
func skip(ctx context.Context, bank *synth.Bank, day int32) error {
	return bank.Day(day, func(synth.Item) error { return ctx.Err() })
}

func (h *history) day(ctx context.Context, b *control.Backfill, day int32) error {
	if err := b.OpenDay(ctx, day); err != nil {
		return err
	}
	if day == h.p.Start { // they value the opening balances
		if err := b.Rates(ctx, h.bank.Rates(day-1)); err != nil {
			return err
		}
	}
	err := h.bank.Day(day, func(it synth.Item) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if it.Record == nil {
			return h.reject(ctx, it.Malformed)
		}
		h.Written.Add(1)
		return b.Write(ctx, kafka.Customer(it.Record), it.Record, nil)
	})
	if err != nil {
		return err
	}
	if failed := h.failed.Load(); failed != nil {
		return *failed
	}
	if err := b.Rates(ctx, h.bank.Rates(day)); err != nil {
		return err
	}
	return b.CloseDay(ctx, day)
}

// reject puts a broken row where ingest would put it, with the same cause.
func (h *history) reject(ctx context.Context, raw []byte) error {
	h.rows++
	row := event.Row{Name: "history", Position: h.rows, Doc: raw, Raw: raw}
	outcome, err := h.rejects.Row(row, func(*pb.LogRecord) error { return nil })
	if err != nil {
		return err
	}
	if outcome.Reject == nil {
		return fmt.Errorf("row %d that the bank broke was accepted", h.rows)
	}
	h.Rejected.Add(1)
	letter := &pb.DeadLetter{
		Cause: string(outcome.Reject.Cause), Field: outcome.Reject.Field, Detail: outcome.Reject.Detail,
		Source: Source, OriginName: row.Name, OriginPosition: row.Position, Original: raw, Stage: "ingest",
		At: h.d.Calendar.Cut(h.Day.Load() - 1),
	}
	h.dead.Put(ctx, nil, letter, func(err error) {
		if err != nil {
			h.failed.CompareAndSwap(nil, &err)
		}
	})
	return nil
}
