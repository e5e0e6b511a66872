package retry

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// Policy says what is tried again, and how patiently.
type Policy struct {
	// First is the pause after the first failure, Max the longest; each pause
	// doubles the last and is shortened at random by up to a quarter, so that
	// many clients of one server do not return together. Default 100 ms and 30 s.
	First, Max time.Duration
	// Attempts bounds the tries; 0: until ctx ends. Use 0 where giving up would
	// lose data.
	Attempts int
	// Retryable tells an error that may pass from one that stays; nil: every
	// error may pass.
	Retryable func(error) bool
	// OnRetry, if set, is called before each pause with the number of failures so
	// far and what failed, for a log line and a metric.
	OnRetry func(failures int, pause time.Duration, err error)
}

const (
	defaultFirst = 100 * time.Millisecond
	defaultMax   = 30 * time.Second
)

// Do runs op until it succeeds, fails for good, the tries are used up or ctx
// ends. It returns nil or op's last error; when ctx ended it wraps both.
func (p Policy) Do(ctx context.Context, op func(context.Context) error) error {
	pause := p.First
	if pause <= 0 {
		pause = defaultFirst
	}
	longest := p.Max
	if longest <= 0 {
		longest = defaultMax
	}
	for failures := 1; ; failures++ {
		err := op(ctx)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("stopped after %d tries: %w: %w", failures, context.Cause(ctx), err)
		case p.Retryable != nil && !p.Retryable(err):
			return err
		case p.Attempts > 0 && failures >= p.Attempts:
			return fmt.Errorf("gave up after %d tries: %w", failures, err)
		}
		pause = min(pause, longest)
		wait := pause - rand.N(pause/4+1)
		if p.OnRetry != nil {
			p.OnRetry(failures, wait, err)
		}
		if !sleep(ctx, wait) {
			return fmt.Errorf("stopped after %d tries: %w: %w", failures, context.Cause(ctx), err)
		}
		pause *= 2
	}
}

// sleep returns false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
