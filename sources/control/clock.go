package control

import "time"

// Clock is the deployment's time: the wall's, or a demo's that runs faster.
type Clock interface {
	Now() time.Time
	// At returns a channel that is closed when the clock reaches t, and a
	// function that gives up waiting.
	At(t time.Time) (reached <-chan struct{}, stop func())
}

// Wall is the wall clock.
type Wall struct{}

// Now implements Clock.
func (Wall) Now() time.Time { return time.Now() }

// At implements Clock.
func (Wall) At(t time.Time) (<-chan struct{}, func()) { return after(time.Until(t)) }

func after(d time.Duration) (<-chan struct{}, func()) {
	done := make(chan struct{})
	timer := time.AfterFunc(d, func() { close(done) })
	return done, func() { timer.Stop() }
}

// Scaled is a clock that starts at a moment and runs factor times as fast as
// the wall's.
type Scaled struct {
	start  time.Time
	began  time.Time
	factor float64
}

// NewScaled starts a clock at start; factor must be positive.
func NewScaled(start time.Time, factor float64) *Scaled {
	return ScaledSince(start, time.Now(), factor)
}

// ScaledSince is a clock that was at start when the wall's was at began: processes
// that agree on the three tell the same time.
func ScaledSince(start, began time.Time, factor float64) *Scaled {
	return &Scaled{start: start, began: began, factor: factor}
}

// Now implements Clock.
func (s *Scaled) Now() time.Time {
	return s.start.Add(time.Duration(float64(time.Since(s.began)) * s.factor))
}

// At implements Clock.
func (s *Scaled) At(t time.Time) (<-chan struct{}, func()) {
	return after(time.Duration(float64(t.Sub(s.Now())) / s.factor))
}
