package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// joinLook is how often a worker that waits to join looks at the group and at its
// standbys.
const joinLook = 100 * time.Millisecond

const joinsLater = "others fold: this worker joins them when it has read what is saved"

// awaitStandbys holds the worker off the group until its standbys have read what is
// saved, as long as others fold meanwhile: whoever joins is given partitions at once,
// and they would stand still until he has read them.
//
// It does not wait when nobody else is in the group, or when the group still lists this
// member by its instance id: then nobody folds his partitions. Nor for what the topic
// does not give: standbys that get no further for [stateSilence] are no reason to wait.
func (w *Worker) awaitStandbys(ctx context.Context) error {
	if w.standbys == nil {
		return nil
	}
	defer w.o.Metrics.joinLeft.Set(0)
	began, said := time.Now(), false
	for range 2 { // what was saved during the first reading takes a second, short one
		ends, err := w.stateEnds(ctx)
		if err != nil {
			return err
		}
		for most, since := int64(0), time.Now(); ; {
			left, read := w.standbys.left(ends)
			if read > most {
				most, since = read, time.Now()
			}
			if left == 0 || time.Since(since) > stateSilence {
				break
			}
			if busy, err := w.othersFold(ctx); err != nil || !busy {
				return err
			}
			if !said {
				said = true
				w.o.Log.Info().Int64("offsets", left).Msg(joinsLater)
			}
			w.o.Metrics.joinLeft.Set(float64(left))
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(joinLook):
			}
		}
	}
	if said {
		w.o.Log.Info().Dur("took", time.Since(began)).Msg("what is saved has been read; the worker joins")
	}
	return nil
}

// othersFold says whether the group has members and none of them is this one.
func (w *Worker) othersFold(ctx context.Context) (bool, error) {
	members, err := Members(ctx, w.admin, w.group())
	if comingUp(err) {
		return true, nil // it will be told at the next look
	}
	if err != nil {
		return false, err
	}
	for _, m := range members {
		if w.o.InstanceID != "" && m.Instance == w.o.InstanceID {
			return false, nil
		}
	}
	return len(members) > 0, nil
}

// stateEnds are the ends of what is readable of tierwatch.state, by partition; without
// those whose leader is away, for which nobody need wait.
func (w *Worker) stateEnds(ctx context.Context) (map[int32]int64, error) {
	topic := w.o.Namespace.Topic(topics.State)
	listed, err := w.admin.ListCommittedOffsets(ctx, topic)
	var some *kadm.ShardErrors
	if errors.As(err, &some) && !some.AllFailed {
		err = nil // a leader is away
	}
	if whole, ok := listed[topic][-1]; ok && err == nil {
		err = whole.Err // of the topic
	}
	if err != nil {
		return nil, fmt.Errorf("list end of %s: %w", topic, err)
	}
	ends := map[int32]int64{}
	for id, end := range listed[topic] {
		if end.Err == nil {
			ends[id] = end.Offset
		}
	}
	return ends, nil
}

// left is how many offsets before the ends the standbys have not read yet, and how far
// they all have come towards them: what is saved meanwhile is no way made.
func (s *standbys) left(ends map[int32]int64) (left, read int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, x := range s.shadows {
		next := min(x.next.Load(), ends[id])
		left += ends[id] - next
		read += next
	}
	return left, read
}
