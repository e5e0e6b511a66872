package worker

import (
	"context"
	"time"
)

// offer is a slice of records for a partition.
type offer struct {
	p *partition
	t task
}

// mostQueued is how many records may wait for partitions that are busy before
// nothing is polled: that bounds the memory, and what waits is there to be folded
// while a commit is under way, when nothing can be polled.
func (s *session) mostQueued() int { return s.w.o.PollRecords }

func (s *session) queued() (n int) {
	for _, o := range s.offers {
		n += len(o.t.records)
	}
	return n
}

// offer hands over what partitions take at once. Records of a partition that is not
// ours any more are forgotten: they are not committed.
func (s *session) offer() {
	kept := s.offers[:0]
	for _, o := range s.offers {
		if s.parts[o.p.id] != o.p {
			continue
		}
		if !s.precedes(kept, o.p) {
			select {
			case o.p.in <- o.t:
				s.tx.given += len(o.t.records)
				continue
			default:
			}
		}
		kept = append(kept, o)
	}
	clear(s.offers[len(kept):])
	s.offers = kept
}

// precedes says whether an earlier offer for the partition stands.
func (s *session) precedes(kept []offer, p *partition) bool {
	for _, o := range kept {
		if o.p == p {
			return true
		}
	}
	return false
}

// waitForTaker waits until something changes while too many records wait. done says
// that a commit is due, a rebalance waits or ctx has ended.
func (s *session) waitForTaker(ctx context.Context, timer *time.Timer) (done bool, err error) {
	timer.Reset(s.wait())
	select {
	case <-s.room:
		return false, nil
	case h := <-s.from:
		return false, s.receive(h)
	case <-timer.C:
		return s.wait() <= 0, nil
	case <-s.blocked:
		s.signal() // as in fillOnce
	case <-ctx.Done():
	}
	return true, nil
}
