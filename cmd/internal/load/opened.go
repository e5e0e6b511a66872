package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
)

// opensWithin is how long a conductor that has taken a log may take to open it.
const opensWithin = 30 * time.Second

// ErrNotOpened refuses to load into a log that a conductor has taken and not opened:
// records of customers would lie before ENGINE, and be of no time and no policy.
var ErrNotOpened = errors.New("a conductor has taken this log and not opened it yet")

// opened waits until the conductor that has taken the log has opened it, which it does at
// once if it is there and has a policy (rule R166). The error has the exit code of wrong
// usage: nothing was written.
func (l *Load) opened(ctx context.Context) error {
	table, err := l.topic.Refresh(ctx)
	if err != nil {
		return err
	}
	if table.Time != nil {
		return nil
	}
	if len(table.Policies()) == 0 {
		return exit.With(exit.Usage, fmt.Errorf("%w: publish its first policy (`tierwatch policy publish FILE`), "+
			"start it (`tierwatch run --roles conductor`), then give this load again", ErrNotOpened))
	}
	l.o.Announce("a conductor has taken the log: waiting for it to open it")
	patient, cancel := context.WithTimeout(ctx, opensWithin)
	defer cancel()
	for table.Time == nil {
		if err := l.topic.Follow(patient); err != nil && patient.Err() == nil {
			return err
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case patient.Err() != nil && table.Time == nil:
			return exit.With(exit.Usage, fmt.Errorf("%w: start it (`tierwatch run --roles conductor`; its first policy is published), "+
				"then give this load again", ErrNotOpened))
		}
	}
	return nil
}
