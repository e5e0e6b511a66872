package worker

import (
	"math"
	"slices"
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
	if !t.last.IsZero() {
		now = t.last.Add(gap)
	}
	for i := range n {
		f.waiting += arrive
		var s fold.Saves
		before := f.saved
		t.take(f, int64(1_000_000+i), true, now, &s)
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

// TestNobodyWaitsLongerThanTheAge: after a burst, say a CLOSE, that a partition is given
// which goes on to get some records; as long as the bytes allow it.
func TestNobodyWaitsLongerThanTheAge(t *testing.T) {
	const each, bytes = 400, 1 << 20
	for _, tc := range []struct {
		name     string
		age, gap time.Duration
		burst    int
		within   time.Duration
	}{
		{"a day is closed", time.Minute, time.Second / 20, 10_000, time.Minute},
		{"as many as bytes allow", time.Minute, time.Second / 20, 45 * bytes / each, time.Minute},
		{"more than bytes allow", time.Minute, time.Second / 20, 120 * bytes / each, 2*time.Minute + time.Second},
		{"the longest age", time.Hour, time.Second / 2, 10_000, time.Hour},
		{"the shortest age", time.Second, time.Second / 2, 1_000, time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := &fakeSaver{each: each}
			tr := &trickle{age: tc.age, bytes: bytes, replay: 1 << 40}
			now := time.Unix(1_000, 0)
			var waiting []time.Time // since when, of each
			longest, marks := time.Duration(0), 0
			for i := range int(4 * tc.age / tc.gap) {
				arrive := 1
				if i == 10 {
					arrive = tc.burst
				}
				waiting = append(waiting, slices.Repeat([]time.Time{now}, arrive)...)
				f.waiting += arrive
				now = now.Add(tc.gap)
				before := f.saved
				var s fold.Saves
				tr.take(f, int64(i), true, now, &s)
				if len(waiting) > f.saved-before {
					longest = max(longest, now.Sub(waiting[0]))
				}
				waiting = waiting[f.saved-before:]
				marks = max(marks, len(tr.marks))
			}
			if longest > tc.within {
				t.Errorf("a customer waited %s, want %s at most", longest, tc.within)
			}
			if marks > 16 {
				t.Errorf("%d marks were kept, which shall be few", marks)
			}
		})
	}
}

// TestTheAgeIsNoReasonToSaveAllAtOnce: when bytes are no bound any more, because a
// restore would take too long, most have waited too long; they do not go into one commit.
func TestTheAgeIsNoReasonToSaveAllAtOnce(t *testing.T) {
	f := &fakeSaver{each: 1_000}
	tr := &trickle{age: time.Minute, bytes: 1 << 20, replay: 10_000_000}
	capped, _ := steps(f, tr, 200, time.Second/2, 10_000)
	if capped > 1<<20/1_000 {
		t.Errorf("a commit of a catch-up saved %d customers, which is more bytes than it may", capped)
	}
	f.behind = 20_000_000
	if most, _ := steps(f, tr, 10, time.Second/2, 10_000); most > 200*10_000/50 {
		t.Errorf("a commit saved %d of %d that wait", most, 200*10_000)
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

// TestAnIdlePartitionSavesAllItMay: once nothing has come between two parts, all that
// waits is saved as fast as bytes may be written; and not while records or a drain wait.
func TestAnIdlePartitionSavesAllItMay(t *testing.T) {
	for _, tc := range []struct {
		name        string
		next        func(i int) int64
		idle        bool
		least, most int // customers saved in 5 s
	}{
		{"idle", func(int) int64 { return 7 }, true, 4 << 10, 5 << 10},
		{"records come", func(i int) int64 { return int64(1 + i) }, true, 500, 2_500},
		{"one comes every 150 ms", func(i int) int64 { return int64(1 + i/3) }, true, 500, 2_500},
		{"a drain is under way", func(int) int64 { return 7 }, false, 500, 2_500},
		{"more is behind than a restore shall fold again", func(int) int64 { return 3 << 40 }, true, 500, 2_500},
	} {
		f := &fakeSaver{each: 1 << 10, waiting: 10_000}
		if tc.next(0) > 1<<40 {
			f.behind = 2 << 40
		}
		tr := &trickle{age: time.Minute, bytes: 1 << 20, replay: 1 << 40}
		now := time.Unix(1_000, 0)
		for i := range 100 {
			var s fold.Saves
			tr.take(f, tc.next(i), tc.idle, now, &s)
			now = now.Add(50 * time.Millisecond)
		}
		if f.saved < tc.least || f.saved > tc.most {
			t.Errorf("%s: %d customers are saved in 5 s, want %d to %d", tc.name, f.saved, tc.least, tc.most)
		}
		for i := range 200 {
			var s fold.Saves
			tr.take(f, tc.next(i), tc.idle, now, &s)
			now = now.Add(50 * time.Millisecond)
		}
		if tc.name == "idle" && f.waiting > 0 {
			t.Errorf("%d customers wait for ever though nothing else is to be done", f.waiting)
		}
	}
}

// TestTheEndOfABurstIsSavedSoon: what is left when nothing comes any more waits for no
// more than two parts, though those of a flow come further apart.
func TestTheEndOfABurstIsSavedSoon(t *testing.T) {
	f := &fakeSaver{each: 1 << 10, waiting: 10_000}
	tr := &trickle{age: time.Minute, bytes: 1 << 30, replay: 1 << 40}
	now := time.Unix(1_000, 0)
	take := func() {
		var s fold.Saves
		tr.take(f, 7, true, now, &s)
	}
	take()
	for range 2 {
		now = now.Add(idleAfter)
		take()
	}
	if f.waiting > 0 {
		t.Errorf("%d customers still wait", f.waiting)
	}
}

// TestWhenTheNextCommitIsDue is what a commit waits for, from the end of the last.
func TestWhenTheNextCommitIsDue(t *testing.T) {
	o := &Options{CommitGap: 20 * time.Second, CommitEvery: time.Hour} // so long that the clock does not matter
	for name, tc := range map[string]struct {
		tx   transaction
		owed bool
		most time.Duration
	}{
		"nothing to commit":       {transaction{}, false, math.MaxInt64},
		"outputs":                 {transaction{outputs: 1, given: 1}, true, o.CommitGap},
		"records that are silent": {transaction{given: 1}, true, o.CommitEvery},
		"state alone":             {transaction{}, true, idleAfter},
	} {
		tc.tx.lastEnd = time.Now()
		if wait := tc.tx.wait(o, tc.owed); wait > tc.most || wait < tc.most/2 && tc.most > time.Second {
			t.Errorf("%s: the next commit is due in %s, want %s", name, wait, tc.most)
		}
	}
}
