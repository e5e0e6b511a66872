package worker

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// over is a context that has ended: a poll with it only waits for a rebalance
// under way and then holds off the next one.
var over = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// hold lets a waiting rebalance pass, then holds rebalances off until the next
// call. Its callers guarantee that nothing folded or produced is uncommitted.
func (s *session) hold(ctx context.Context) error {
	// Before, not after: a rebalance that comes while the poll below holds it off tells
	// so once, and would wait for ever if that were taken away.
	select {
	case <-s.blocked:
	default:
	}
	s.kafka.AllowRebalance()
	for _, f := range s.kafka.PollRecords(over, 1).Errors() {
		if !errors.Is(f.Err, context.Canceled) {
			return fmt.Errorf("hold off rebalances: %w", f.Err)
		}
	}
	if !s.revoked {
		return nil
	}
	// The session would abort its next End because of the revoke; nothing is
	// open, so it may have that abort now.
	s.revoked = false
	if _, err := s.kafka.End(context.WithoutCancel(ctx), kgo.TryAbort); err != nil {
		return fmt.Errorf("clear session after a rebalance: %w", err)
	}
	s.tx = transaction{lastEnd: s.tx.lastEnd}
	return s.begin()
}

func (s *session) onBlocked(context.Context, *kgo.Client) { s.signal() }

// signal tells the loop that a callback waits for hold.
func (s *session) signal() {
	select {
	case s.blocked <- struct{}{}:
	default:
	}
}

// onAssigned starts the goroutines of new partitions. They are not fetched
// before their replay has ended.
func (s *session) onAssigned(_ context.Context, client *kgo.Client, assigned map[string][]int32) {
	for _, id := range assigned[s.w.log()] {
		client.PauseFetchPartitions(s.one(id))
		p := newPartition(s.w, id, s.id, s.from)
		s.parts[id] = p
		p.start()
	}
	s.w.o.Metrics.partitions.Set(float64(len(s.parts)))
}

// onRevoked ends the goroutines of partitions that others get, or that were
// lost.
func (s *session) onRevoked(_ context.Context, _ *kgo.Client, revoked map[string][]int32) {
	s.revoked = true
	for _, id := range revoked[s.w.log()] {
		if p := s.parts[id]; p != nil {
			p.stop()
			delete(s.parts, id)
		}
	}
	s.w.o.Metrics.partitions.Set(float64(len(s.parts)))
}

func (s *session) stopPartitions() {
	for id, p := range s.parts {
		p.stop()
		delete(s.parts, id)
	}
	s.w.o.Metrics.partitions.Set(0)
}
