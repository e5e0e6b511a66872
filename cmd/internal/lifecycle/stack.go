package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Stack is the stops of a process, in the order in which the resources were
// made. It is safe for concurrent use.
type Stack struct {
	mu    sync.Mutex
	stops []stop
	// OnStop, if set, is told of each stop when it is over.
	OnStop func(name string, took time.Duration, err error)
}

type stop struct {
	name string
	fn   func(context.Context) error
}

// Push registers how to stop a resource that was just made.
func (s *Stack) Push(name string, fn func(context.Context) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stops = append(s.stops, stop{name, fn})
}

// PushFunc is Push for a stop that neither waits nor fails.
func (s *Stack) PushFunc(name string, fn func()) {
	s.Push(name, func(context.Context) error { fn(); return nil })
}

// Close runs every stop once, the last made first, and joins their errors, each
// with its name. All share ctx's deadline; one that overruns it does not keep
// the others from their turn.
func (s *Stack) Close(ctx context.Context) error {
	s.mu.Lock()
	stops := s.stops
	s.stops = nil
	s.mu.Unlock()
	var all []error
	for _, one := range slices.Backward(stops) {
		began := time.Now()
		err := one.fn(ctx)
		if s.OnStop != nil {
			s.OnStop(one.name, time.Since(began), err)
		}
		if err != nil {
			all = append(all, fmt.Errorf("stop %s: %w", one.name, err))
		}
	}
	return errors.Join(all...)
}
