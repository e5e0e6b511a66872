package embedded

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

const (
	pingEvery    = 2 * time.Second
	pingTimeout  = 10 * time.Second
	pingFailures = 3 // in a row make an engine unresponsive
	restartMax   = 10
	firstBackoff = 100 * time.Millisecond
	lastBackoff  = 5 * time.Second
)

// supervisor keeps one engine running: when the child ends or stops answering,
// it starts another with the same ports. It owns the process from begin to
// Stop. Ten failed attempts in a row end it for good; a disk without room is waited
// for as long as it takes.
type supervisor struct {
	engine string
	dir    string // its data directory; "" in tests without one
	log    zerolog.Logger
	launch func(ctx context.Context) (*process, error) // same ports as before, returns when it serves
	ping   func(ctx context.Context) error
	every  time.Duration // between pings; 0 = pingEvery
	pause  time.Duration // longest between attempts; 0 = lastBackoff
	notify func(Event)   // may be nil; called from one goroutine at a time

	cancel  context.CancelFunc
	idle    chan struct{} // closed when watch returned; then proc is Stop's
	proc    *process
	pid     atomic.Int64
	stopped sync.Once

	done chan struct{} // closed when the engine has ended for good
	err  error         // why; valid after done
}

// begin takes over p, which serves already. The end of ctx does not end it.
func (s *supervisor) begin(ctx context.Context, p *process) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel, s.idle, s.done = cancel, make(chan struct{}), make(chan struct{})
	s.own(p)
	s.tell(Event{Kind: EventStarted})
	go func() {
		defer close(s.idle)
		s.watch(ctx)
	}()
}

// Done is closed when the engine has ended for good: stopped, or given up.
func (s *supervisor) Done() <-chan struct{} { return s.done }

// Err returns why the engine ended: nil when it still runs or was stopped
// cleanly.
func (s *supervisor) Err() error {
	select {
	case <-s.done:
		return s.err
	default:
		return nil
	}
}

// PID returns the process id of the running child.
func (s *supervisor) PID() int { return int(s.pid.Load()) }

// Stop ends the engine cleanly: its data directory is closed when Stop
// returns. When ctx ends first, the child is killed and the error wraps the
// cause. Further calls wait for the first and return the same.
func (s *supervisor) Stop(ctx context.Context) error {
	s.stopped.Do(func() {
		s.cancel()
		<-s.idle // a launch under way gives up within abortWait
		select {
		case <-s.done: // gave up before
			return
		default:
		}
		if s.proc != nil {
			s.err = s.proc.stop(ctx)
		}
		s.tell(Event{Kind: EventStopped, Err: s.err})
		close(s.done)
	})
	<-s.done
	return s.err
}

func (s *supervisor) own(p *process) {
	s.proc = p
	if p != nil {
		s.pid.Store(int64(p.cmd.Process.Pid))
	}
}

// watch runs until ctx ends or the attempts are used up.
func (s *supervisor) watch(ctx context.Context) {
	for {
		event := s.attend(ctx)
		if ctx.Err() != nil {
			return
		}
		s.tell(event)
		s.own(nil)
		p, err := s.relaunch(ctx)
		if ctx.Err() != nil {
			s.own(p)
			return
		}
		if err != nil {
			s.err = fmt.Errorf("embedded %s: gave up after %d attempts to restart it: %w", s.engine, restartMax, err)
			s.tell(Event{Kind: EventGaveUp, Err: s.err})
			close(s.done)
			return
		}
		s.own(p)
		s.tell(Event{Kind: EventRestarted})
	}
}

// attend returns when the child has ended, or was killed because it did not
// answer, or ctx ends.
func (s *supervisor) attend(ctx context.Context) Event {
	tick := time.NewTicker(cmp.Or(s.every, pingEvery))
	defer tick.Stop()
	failed, full := 0, false
	for {
		// An engine may refuse work without dying: its client is told why, not where.
		if err := s.room(); (err != nil) != full {
			if full = err != nil; full {
				s.tell(Event{Kind: EventDiskFull, Err: err})
			}
		}
		select {
		case <-ctx.Done():
			return Event{}
		case <-s.proc.done:
			return Event{Kind: EventDied, Err: fmt.Errorf("%w: %s", s.proc.died(), s.proc.out.tail())}
		case <-tick.C:
		}
		err := s.pingOnce(ctx)
		if err == nil {
			failed = 0
			continue
		}
		failed++
		if failed == pingFailures && ctx.Err() == nil {
			s.proc.kill()
			return Event{Kind: EventUnresponsive, Err: err}
		}
	}
}

// pingOnce also returns when the child ends, since a dead child answers nothing.
func (s *supervisor) pingOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	answer := make(chan error, 1) // 1: the ping ends though nobody waits
	go func() { answer <- s.ping(ctx) }()
	select {
	case err := <-answer:
		return err
	case <-s.proc.done:
		cancel()
		return fmt.Errorf("the process ended: %w", <-answer)
	}
}

func (s *supervisor) relaunch(ctx context.Context) (*process, error) {
	longest := cmp.Or(s.pause, lastBackoff)
	pause := min(firstBackoff, longest)
	for attempt := 1; ; attempt++ {
		var p *process
		err := s.room()
		if full := err != nil; full {
			attempt = 0 // only a person can mend it
		} else if p, err = s.launch(ctx); err == nil || ctx.Err() != nil {
			return p, err
		}
		if attempt == restartMax {
			return nil, err
		}
		s.tell(Event{Kind: EventRestartFailed, Attempt: attempt, Err: err})
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(pause):
		}
		pause = min(2*pause, longest)
	}
}

func (s *supervisor) room() error {
	if s.dir == "" {
		return nil
	}
	return room(s.dir)
}

func (s *supervisor) tell(e Event) {
	e.Engine = s.engine
	level := zerolog.InfoLevel
	if e.Err != nil {
		level = zerolog.ErrorLevel
	}
	s.log.WithLevel(level).Str("event", string(e.Kind)).Int("attempt", e.Attempt).Int("pid", s.PID()).
		Err(e.Err).Msg("embedded engine")
	if s.notify != nil {
		s.notify(e)
	}
}
