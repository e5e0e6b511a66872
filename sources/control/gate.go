package control

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/event"
)

// Gate tells ingest whether live events may go into the log: the log is open,
// no load holds the lease, and the last TICK is fresh. Run follows the control
// topic; the rest is safe for concurrent use.
type Gate struct {
	topic *Topic
	clock Clock
	stale time.Duration
	tick  atomic.Int64 // 0: not open, or a load is at work
}

// NewGate connects lazily. stale is the age, by the clock, from which a TICK
// says that the conductor is down; 0 is five minutes.
func NewGate(opts []kgo.Opt, ns topics.Namespace, clock Clock, stale time.Duration) (*Gate, error) {
	t, err := OpenTopic(opts, ns)
	if err != nil {
		return nil, err
	}
	if stale <= 0 {
		stale = 5 * time.Minute
	}
	return &Gate{topic: t, clock: clock, stale: stale}, nil
}

// Close releases the client; Run must have returned.
func (g *Gate) Close() { g.topic.Close() }

// Run keeps the gate up to date until ctx ends. A broker that is away is waited for:
// meanwhile the last TICK grows old, and the gate closes by itself.
func (g *Gate) Run(ctx context.Context) error {
	// All that is there, the rates too, before the gate can open.
	step, backoff := g.refresh, firstBackoff
	for {
		err := step(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			step, backoff = g.follow, firstBackoff
			continue
		case errors.Is(err, errUnusable), errors.Is(err, ErrMoved):
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(backoff):
		}
		backoff = min(2*backoff, lastBackoff)
	}
}

func (g *Gate) follow(ctx context.Context) error {
	if err := g.topic.Follow(ctx); err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	return g.judge()
}

func (g *Gate) refresh(ctx context.Context) error {
	if _, err := g.topic.Refresh(ctx); err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	return g.judge()
}

// judge opens or closes the gate. ErrMoved: it will not open again.
func (g *Gate) judge() error {
	t := g.topic.Table()
	if t.Time == nil || t.Backfill.Held() || t.Writable() != nil {
		g.tick.Store(0)
		if err := t.Writable(); errors.Is(err, ErrMoved) {
			return fmt.Errorf("gate: %w", err)
		}
		return nil
	}
	g.tick.Store(t.Time.TickAt)
	return nil
}

// Rates are those known so far, for event.Builder: as long as the gate is not
// open, they may lack what the topic holds.
func (g *Gate) Rates() *event.RateBook { return g.topic.table.Rates }

// Open says whether live events may pass now.
func (g *Gate) Open() bool {
	at := g.tick.Load()
	return at != 0 && g.clock.Now().Sub(time.Unix(at, 0)) < g.stale
}
