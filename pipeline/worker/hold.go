package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

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
// call. Its callers guarantee that nothing produced is uncommitted; what was folded
// ahead is forgotten with the partition that is taken away.
//
// A rebalance under way is waited for: a commit in its midst would be refused for its
// generation, and every partition would have to be rebuilt.
func (s *session) hold(ctx context.Context) error {
	began, most := time.Now(), s.w.o.mostJoining()
	for {
		// Before, not after: a rebalance that comes while the poll below holds it off
		// tells so once, and would wait for ever if that were taken away.
		select {
		case <-s.blocked:
		default:
		}
		s.kafka.AllowRebalance()
		s.joined()
		for _, f := range s.kafka.PollRecords(over, 1).Errors() {
			if !errors.Is(f.Err, context.Canceled) && !s.awaits(f.Err) {
				return fmt.Errorf("hold off rebalances: %w", f.Err)
			}
		}
		if !s.joining.Load() {
			break
		}
		if err := s.failed.Swap(nil); err != nil && !s.awaits(*err) { // polls that are held off do not tell
			return fmt.Errorf("join the group: %w", *err)
		}
		if ctx.Err() != nil {
			most = min(most, s.w.o.StopTimeout)
		}
		if time.Since(began) > most {
			return fmt.Errorf("the group has not taken this member back within %s: its rebalance does not end", most)
		}
	}
	if s.silent.Load() {
		return errSilent
	}
	if err := s.sameMember(); err != nil {
		return err
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
	return s.begin()
}

// errSilent ends an incarnation that may hold what others have by now.
var errSilent = errors.New("partitions may have been taken without a word: rounds of the group came too fast to be followed")

// sameMember fails if the group has let go of this member and taken it in as another.
// That is told as a loss of partitions unless it happens while the member joins: then
// it keeps what it gets back, though others may have folded on from there in between.
func (s *session) sameMember() error {
	member, _ := s.kafka.Client().GroupMetadata()
	for _, p := range s.parts {
		if p.member != member {
			return fmt.Errorf("partition %d was assigned to group member %q, which is %q now: others may have held it in between", p.id, p.member, member)
		}
	}
	return nil
}

// groupErrors is the session as it hears why the client leaves its group, to join again.
type groupErrors session

// OnGroupManageError implements kgo.HookGroupManageError.
func (g *groupErrors) OnGroupManageError(err error) { g.failed.Store(&err) }

// joined waits a little for the end of a rebalance under way.
func (s *session) joined() {
	if !s.joining.Load() {
		return
	}
	timer := time.NewTimer(100 * time.Millisecond) // then errors of the group are looked for
	defer timer.Stop()
	select {
	case <-s.assigned:
	case <-timer.C:
	}
}

// signalJoined ends the wait of joined.
func (s *session) signalJoined() {
	select {
	case s.assigned <- struct{}{}:
	default:
	}
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
	again := s.untold() || s.rejoins // with what it has left
	member, _ := client.GroupMetadata()
	for _, id := range assigned[s.w.log()] {
		client.PauseFetchPartitions(s.one(id))
		s.lose(id) // of a second loss within one hold nothing was told
		p := newPartition(s.w, id, s.id, s.lines())
		p.member = member
		s.parts[id] = p
		p.start()
	}
	s.w.o.Metrics.partitions.Set(float64(len(s.parts)))
	if s.rejoins = false; again {
		return
	}
	s.failed.Store(nil) // what kept it out is over
	s.w.o.Metrics.joining.Set(0)
	s.joining.Store(false)
	s.signalJoined()
}

// onLost is onRevoked for a member that the group has let go of.
func (s *session) onLost(ctx context.Context, client *kgo.Client, lost map[string][]int32) {
	s.onRevoked(ctx, client, lost)
	s.rejoins = false
}

// onRevoked ends the goroutines of partitions that others get.
func (s *session) onRevoked(_ context.Context, _ *kgo.Client, revoked map[string][]int32) {
	s.revoked, s.told = true, true
	s.joining.Store(true) // until onAssigned, which comes even if nothing is assigned
	s.rejoins = len(revoked[s.w.log()]) > 0 && s.w.o.Protocol != Consumer
	for _, id := range revoked[s.w.log()] {
		s.lose(id)
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
