package worker

import (
	"context"
	"errors"
	"time"
)

// errLost ends a commit that waits for a group that has let go of this member.
var errLost = errors.New("this member has lost its group")

// lost is errLost when that has ended a commit.
func lost(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), errLost) {
		return errLost
	}
	return nil
}

// hurry bounds a commit under way from the moment when a callback of the group waits, be
// it since before the commit began.
// A rebalance waits for the commit, which then has its answers soon. But a member that
// has lost its coordinator is told so by such a callback too: the session would wait
// for it while it waits for the session, until the transaction has timed out. Call
// calm when the commit is over.
func (s *session) hurry(ctx context.Context) (bounded context.Context, calm func()) {
	bounded, cancel := context.WithCancelCause(ctx)
	over, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		select {
		case <-over:
			return
		case <-s.blocked:
			s.signal() // hold and fill are to see it too; a callback tells once
		}
		timer := time.NewTimer(s.w.o.SessionTimeout / 4)
		defer timer.Stop()
		select {
		case <-over:
		case <-timer.C:
			cancel(errLost)
		}
	}()
	return bounded, func() {
		close(over)
		<-gone
		cancel(nil)
	}
}
