package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Group runs named parts until one fails or all have ended. Make it with
// NewGroup; the context it gives ends with the first failure.
type Group struct {
	ctx    context.Context //nolint:containedctx // the life of the group's goroutines, as in errgroup
	cancel context.CancelCauseFunc
	wg     sync.WaitGroup
	mu     sync.Mutex
	errs   []error
}

// NewGroup makes a group whose parts end when ctx does.
func NewGroup(ctx context.Context) *Group {
	ctx, cancel := context.WithCancelCause(ctx)
	return &Group{ctx: ctx, cancel: cancel}
}

// Context ends when the group stops.
func (g *Group) Context() context.Context { return g.ctx }

// Go runs a part. An error other than the end of the context fails the group.
func (g *Group) Go(name string, run func(context.Context) error) {
	g.wg.Go(func() {
		err := run(g.ctx)
		if err == nil || g.ctx.Err() != nil && errors.Is(err, context.Canceled) {
			return
		}
		err = fmt.Errorf("%s: %w", name, err)
		g.mu.Lock()
		g.errs = append(g.errs, err)
		g.mu.Unlock()
		g.cancel(err)
	})
}

// Stop asks every part to end.
func (g *Group) Stop() { g.cancel(nil) }

// Wait returns when every part has ended, with the errors of those that failed.
func (g *Group) Wait() error {
	g.wg.Wait()
	g.cancel(nil)
	g.mu.Lock()
	defer g.mu.Unlock()
	return errors.Join(g.errs...)
}
