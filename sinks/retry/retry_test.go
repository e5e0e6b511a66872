package retry

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	errBusy = errors.New("busy")
	errBad  = errors.New("bad")
)

func failing(n int, with error) (func(context.Context) error, *int) {
	calls := 0
	return func(context.Context) error {
		calls++
		if calls <= n {
			return with
		}
		return nil
	}, &calls
}

func TestRepeatsUntilItWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		op, calls := failing(5, errBusy)
		var pauses []time.Duration
		start := time.Now()
		err := Policy{
			First: time.Second, Max: 4 * time.Second,
			OnRetry: func(_ int, pause time.Duration, _ error) { pauses = append(pauses, pause) },
		}.Do(t.Context(), op)
		if err != nil || *calls != 6 {
			t.Fatalf("%d calls, %v", *calls, err)
		}
		var sum time.Duration
		for i, top := range []time.Duration{1, 2, 4, 4, 4} {
			top *= time.Second
			if pauses[i] > top || pauses[i] < top-top/4-1 {
				t.Errorf("pause %d: %v, want %v or up to a quarter less", i, pauses[i], top)
			}
			sum += pauses[i]
		}
		if waited := time.Since(start); waited != sum {
			t.Errorf("waited %v, announced %v", waited, sum)
		}
	})
}

func TestStopsAtAnErrorThatStays(t *testing.T) {
	op, calls := failing(9, errBad)
	err := Policy{Retryable: func(err error) bool { return !errors.Is(err, errBad) }}.Do(t.Context(), op)
	if !errors.Is(err, errBad) || *calls != 1 {
		t.Fatalf("%d calls, %v", *calls, err)
	}
}

func TestGivesUpWhenTriesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		op, calls := failing(9, errBusy)
		err := Policy{Attempts: 3}.Do(t.Context(), op)
		if !errors.Is(err, errBusy) || *calls != 3 {
			t.Fatalf("%d calls, %v", *calls, err)
		}
	})
}

func TestCancelEndsThePause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		op, calls := failing(9, errBusy)
		done := make(chan error, 1)
		go func() { done <- Policy{First: time.Hour, Max: time.Hour}.Do(ctx, op) }()
		synctest.Wait()
		cancel()
		err := <-done
		if !errors.Is(err, context.Canceled) || !errors.Is(err, errBusy) || *calls != 1 {
			t.Fatalf("%d calls, %v", *calls, err)
		}
	})
}
