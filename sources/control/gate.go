package control

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// Gate tells ingest whether live events may go into the log: the log is open,
// no load holds the lease, and the last TICK is fresh. Run follows the control
// topic; the rest is safe for concurrent use.
type Gate struct {
	topic *Topic
	clock Clock
	stale time.Duration
	tick  atomic.Int64 // 0: not open, or a load is at work
	rates *RateBoard
	seen  int64 // publications before this offset are on the board
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
	return &Gate{topic: t, clock: clock, stale: stale, rates: NewRateBoard()}, nil
}

// Close releases the client; Run must have returned.
func (g *Gate) Close() { g.topic.Close() }

// Run keeps the gate up to date until ctx ends.
func (g *Gate) Run(ctx context.Context) error {
	for {
		if err := g.follow(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
	}
}

func (g *Gate) follow(ctx context.Context) error {
	if err := g.topic.Follow(ctx); err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	g.judge()
	return nil
}

func (g *Gate) refresh(ctx context.Context) error {
	if _, err := g.topic.Refresh(ctx); err != nil {
		return fmt.Errorf("gate: %w", err)
	}
	g.judge()
	return nil
}

func (g *Gate) judge() {
	t := g.topic.Table()
	for _, p := range t.Publications(g.seen) {
		if p.Rates != nil {
			g.rates.Note(p.Rates)
		}
	}
	g.seen = t.Next
	if t.Time == nil || t.Backfill.Held() {
		g.tick.Store(0)
		return
	}
	g.tick.Store(t.Time.TickAt)
}

// Rates are the rates published so far, for event.Builder.
func (g *Gate) Rates() *RateBoard { return g.rates }

// Open says whether live events may pass now.
func (g *Gate) Open() bool {
	at := g.tick.Load()
	return at != 0 && g.clock.Now().Sub(time.Unix(at, 0)) < g.stale
}
