package worker

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// comingUp says that the broker which is to coordinate the group or a transaction is not
// ready: on a new Kafka the topic behind it is made with the first question, and when a
// broker goes, another has to read it first.
func comingUp(err error) bool {
	return errors.Is(err, kerr.CoordinatorNotAvailable) || errors.Is(err, kerr.CoordinatorLoadInProgress) || errors.Is(err, kerr.NotCoordinator)
}

// coordinatorPause is how long to wait for a coordinator that is coming up.
const coordinatorPause = 100 * time.Millisecond

// mostJoining is how long a member may be out of its group before its incarnation ends:
// the rebalance timeout, and one session more.
func (o *Options) mostJoining() time.Duration { return 3 * o.SessionTimeout }

// awaits says that an error of the group is no reason to end the incarnation: it has
// just begun, its coordinator is coming up, and the client joins again by itself. With
// the error the client has let go of all partitions (onLost); those that are held
// nevertheless have come since, and a poll tells of what is over.
func (s *session) awaits(err error) bool {
	since := len(s.parts) == 0 || s.failed.Load() == nil
	if !comingUp(err) || !since || time.Since(s.made) > s.w.o.mostJoining() {
		return false
	}
	s.w.o.Log.Info().Err(err).Msg("the group's coordinator is not ready; the member waits for it")
	return true
}

// fetchOffsets asks for the group's positions in the log.
func (w *Worker) fetchOffsets(ctx context.Context) (rows kadm.OffsetResponses, err error) {
	err = w.whenUp(ctx, func() error {
		rows, err = w.admin.FetchOffsetsForTopics(ctx, w.group(), w.log())
		return err
	})
	return rows, err
}

// whenUp asks a coordinator, and waits within bounds for one that is coming up.
func (w *Worker) whenUp(ctx context.Context, ask func() error) error {
	for began := time.Now(); ; {
		err := ask()
		if !comingUp(err) || time.Since(began) > w.o.mostJoining() {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(coordinatorPause):
		}
	}
}
