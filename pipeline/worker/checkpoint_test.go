package worker

import (
	"testing"
	"time"

	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// fakeSaver has customers that wait, oldest first.
type fakeSaver struct {
	waiting, saved int
	each           int // bytes
	behind         int64
}

func (f *fakeSaver) Unsaved() int                { return f.waiting }
func (f *fakeSaver) ReplayFrom(next int64) int64 { return next - f.behind }
func (f *fakeSaver) SaveProgress(_ int64, s *fold.Saves) {
	s.List = append(s.List, fold.Saved{Key: []byte("/progress")})
}

func (f *fakeSaver) Save(n int, s *fold.Saves) {
	f.waiting, f.saved = f.waiting-n, f.saved+n
	for range n {
		s.List = append(s.List, fold.Saved{Key: make([]byte, 8), Value: make([]byte, f.each-8)})
	}
}

// steps lets commits pass, gap apart, with arrivals between them. It tells the most that
// a commit saved, and in how many anything was.
func steps(f *fakeSaver, t *trickle, n int, gap time.Duration, arrive int) (most, times int) {
	now := time.Unix(1_000, 0)
	for range n {
		f.waiting += arrive
		var s fold.Saves
		before := f.saved
		t.take(f, 1_000_000, now, &s)
		most = max(most, f.saved-before)
		if len(s.List) > 0 {
			times++
		}
		now = now.Add(gap)
	}
	return most, times
}

// TestTrickleKeepsTheAge: in a steady flow a customer waits about half of the age, two
// commits a second save, and each of them the same.
func TestTrickleKeepsTheAge(t *testing.T) {
	f := &fakeSaver{each: 400}
	tr := &trickle{age: time.Minute, bytes: 1 << 30, replay: 1 << 40}
	const perCommit, perSecond = 100, 20
	most, times := steps(f, tr, 300*perSecond, time.Second/perSecond, perCommit)
	if wait := float64(f.waiting) / (perCommit * perSecond); wait < 25 || wait > 35 {
		t.Errorf("a customer waits %.1f s, want about 30", wait)
	}
	if even := perCommit * perSecond / 2; most > even+even/5 {
		t.Errorf("a commit saved %d, all together %d in half a second", most, even)
	}
	if times < 590 || times > 600 {
		t.Errorf("%d commits saved in 300 s, want two a second", times)
	}
}

// TestTrickleKeepsTheBytes: a catch-up writes no more than it may, unless a restore
// would take too long.
func TestTrickleKeepsTheBytes(t *testing.T) {
	for _, tc := range []struct {
		behind int64
		capped bool
	}{{1_000, true}, {20_000_000, false}} {
		f := &fakeSaver{each: 1_000, behind: tc.behind}
		tr := &trickle{age: time.Second, bytes: 1 << 20, replay: 10_000_000}
		steps(f, tr, 400, 50*time.Millisecond, 10_000)
		perSecond := f.saved * f.each / 20
		if capped := perSecond < 2<<20; capped != tc.capped {
			t.Errorf("%d records behind: %d bytes a second were written, capped %t, want %t", tc.behind, perSecond, capped, tc.capped)
		}
	}
}
