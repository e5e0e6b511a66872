package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/crew"
)

// injector carries faults out.
type injector struct {
	engines *engines
	crew    *crew.Crew
	repeat  func(n int)
	// inForce returns when the second version of the policy comes into force, and tells
	// whether a partition is amid it.
	inForce func(ctx context.Context) (bool, error)

	mu sync.Mutex
	// done counts faults by kind and target, missed are those that met nobody.
	done   map[string]int
	missed int
	errs   []error
	down   sync.WaitGroup
}

// run carries out each fault at its time, counted from began. It returns when all are
// over, also when ctx has ended: then those that are due later are left out.
func (i *injector) run(ctx context.Context, began time.Time, plan []fault) {
	for _, f := range plan {
		select {
		case <-ctx.Done():
		case <-time.After(time.Until(began.Add(f.At))):
			say("%s", f)
			i.down.Go(func() { i.note(f, i.one(ctx, f)) })
		}
	}
	i.down.Wait()
}

func (i *injector) note(f fault, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case errors.Is(err, crew.ErrNotRunning), errors.Is(err, crew.ErrRuns):
		i.missed++
	case err != nil:
		i.errs = append(i.errs, fmt.Errorf("%s: %w", f, err))
	default:
		i.done[string(f.Kind)+" "+nameOf(f)]++
	}
}

// one begins a fault, and ends it when its time is over.
func (i *injector) one(ctx context.Context, f fault) error {
	if f.Kind == repeat {
		i.repeat(f.N)
		return nil
	}
	if f.Kind == blackout {
		return i.blackout(ctx, f)
	}
	if f.Kind == reform {
		return i.reform(ctx, f)
	}
	if f.Kind == killLeader || f.Kind == killCoordinator {
		name, err := i.engines.holder(ctx, f.Kind)
		if err != nil {
			say("%s: %v", f, err)
			return crew.ErrNotRunning
		}
		f.Target = name
	}
	if e := i.engines.by[f.Target]; e != nil {
		return onEngine(ctx, e, f)
	}
	if f.Kind == handover {
		f.Target = i.crew.Boss(conductors)
	}
	m := i.crew.Members[f.Target]
	switch f.Kind {
	case add:
		return i.crew.Start(f.Target)
	case remove:
		if m.Ending() {
			return crew.ErrNotRunning
		}
		return i.crew.Stop(f.Target)
	case pause:
		err := m.Signal(syscall.SIGSTOP)
		if err == nil {
			wait(ctx, f.For)
			err = m.Signal(syscall.SIGCONT)
		}
		return err
	case stop:
		if m.Ending() {
			return crew.ErrNotRunning // a second SIGTERM would be impatience
		}
		if err := m.Stop(); err != nil {
			return errors.Join(err, i.crew.Start(f.Target))
		}
	default:
		if err := m.Kill(); err != nil {
			return err
		}
	}
	wait(ctx, f.For)
	return i.crew.Start(f.Target)
}

// blackout kills many at once. Each counts as a kill of its own.
func (i *injector) blackout(ctx context.Context, f fault) error {
	var all sync.WaitGroup
	for name := range strings.SplitSeq(f.Target, " ") {
		one := f
		one.Kind, one.Target = kill, name
		all.Go(func() { i.note(one, i.one(ctx, one)) })
	}
	all.Wait()
	return nil
}

// onEngine is one for an engine. A fault that has begun is ended even when ctx has.
func onEngine(ctx context.Context, e engine, f fault) error {
	if f.Kind == pause {
		if err := e.pause(); err != nil {
			return err
		}
		wait(ctx, f.For)
		return e.resume()
	}
	if err := e.kill(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	wait(ctx, f.For)
	return e.start(context.WithoutCancel(ctx))
}

// wait returns after d, or when ctx ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
