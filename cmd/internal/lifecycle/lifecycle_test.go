package lifecycle_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/tierwatch/tierwatch/cmd/internal/lifecycle"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStopsRunLastInFirstOutAndOnce(t *testing.T) {
	var order []string
	var s lifecycle.Stack
	for _, name := range []string{"broker", "database", "worker"} {
		s.Push(name, func(context.Context) error {
			order = append(order, name)
			if name == "database" {
				return errors.New("disk is full")
			}
			return nil
		})
	}
	err := s.Close(t.Context())
	if want := []string{"worker", "database", "broker"}; !slices.Equal(order, want) {
		t.Errorf("stopped in the order %v, want %v", order, want)
	}
	if err == nil || err.Error() != "stop database: disk is full" {
		t.Errorf("error %v: want the failed stop by name", err)
	}
	if err := s.Close(t.Context()); err != nil || len(order) != 3 {
		t.Errorf("a second Close runs stops again: %v, %v", order, err)
	}
}

// A stop that overruns the deadline does not keep the others from theirs.
func TestADeadlineIsSharedButNobodyIsLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s lifecycle.Stack
		stopped := false
		s.PushFunc("first", func() { stopped = true })
		s.Push("stuck", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := s.Close(ctx)
		if !stopped || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "stuck") {
			t.Errorf("stopped %t, error %v", stopped, err)
		}
	})
}

func TestTheFirstFailureEndsTheGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := lifecycle.NewGroup(t.Context())
		boom := errors.New("boom")
		cleaned := false
		g.Go("waits", func(ctx context.Context) error { <-ctx.Done(); cleaned = true; return ctx.Err() })
		g.Go("fails", func(context.Context) error { return boom })
		err := g.Wait()
		if !errors.Is(err, boom) || err.Error() != "fails: boom" || !cleaned {
			t.Errorf("error %v, the other part ended in order: %t", err, cleaned)
		}
	})
}

func TestAStopIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := lifecycle.NewGroup(t.Context())
		g.Go("waits", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		g.Stop()
		if err := g.Wait(); err != nil {
			t.Errorf("a group that was asked to stop fails: %v", err)
		}
	})
}

// What fails while stopping is told: a flush that did not succeed loses data.
func TestAFailureWhileStoppingIsTold(t *testing.T) {
	g := lifecycle.NewGroup(t.Context())
	lost := errors.New("last flush failed")
	g.Go("sink", func(ctx context.Context) error { <-ctx.Done(); return lost })
	g.Stop()
	if err := g.Wait(); !errors.Is(err, lost) {
		t.Errorf("error %v, want %v", err, lost)
	}
}
