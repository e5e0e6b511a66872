package worker

import (
	"slices"
	"time"

	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// Saver is a Fold whose state can be saved bit by bit.
type Saver interface {
	// Unsaved is the number of customers that changed since they were last saved.
	Unsaved() int
	// Save adds the n that have waited longest.
	Save(n int, s *fold.Saves)
	// SaveProgress adds from where the log must be folded onto what has been saved.
	SaveProgress(next int64, s *fold.Saves)
	// ReplayFrom is that offset.
	ReplayFrom(next int64) int64
}

var _ Saver = (*fold.Partition)(nil)

// trickle decides how much of a partition's state goes into each commit: of the
// changed customers the oldest, so many that in a steady flow each is saved within about
// half of the age that is allowed, and after a burst within the age; but no more bytes
// than may be written, unless replaying would take too long. A partition that has nothing
// to fold saves all it may: nobody is about to change the same customers again, and a
// restart has nothing to fold then.
type trickle struct {
	age    time.Duration
	bytes  int   // per second
	replay int64 // records
	// turn is the partition's number: see turns.
	turn int32
	// last is when the last part was taken, told when progress was last told.
	last, told time.Time
	// stood is where the partition was at last, moved since when.
	stood int64
	moved time.Time
	// saved is how many customers were saved so far. The marks, oldest first, tell how many
	// were queued since when; those before late may not wait for another part.
	saved, late int64
	marks       []mark
	// owed is what is due, in customers × time, and has not made a whole customer yet.
	owed time.Duration
	// each is the mean size of a customer's records, in 1/16 bytes; 0: none seen yet.
	each int
}

// tellEvery is how often progress is told at most: an older one means more to fold
// again.
const tellEvery = time.Second

// saveEvery is how often a partition saves at most. In normal flow a process commits
// some twenty times a second: a few state records of every partition in each of them
// would be as many small batches and marks of transactions for the broker.
const saveEvery = 500 * time.Millisecond

// idleAfter is how long a partition has nothing to fold until it saves all it may, and how
// often it does so then.
const idleAfter = 200 * time.Millisecond

// turns let the partitions of a process save in different commits.
const turns = 8

// every is how often t saves at most.
func (t *trickle) every() time.Duration { return min(saveEvery, t.age/4) }

// take adds what is due to s, if anything. idle says that nothing waits to be folded.
func (t *trickle) take(f Saver, next int64, idle bool, now time.Time, s *fold.Saves) {
	if t.last.IsZero() {
		t.last = now.Add(-t.every() * time.Duration(turns-t.turn%turns) / turns)
	}
	if next != t.stood {
		t.stood, t.moved = next, now
	}
	gap, every, within := min(now.Sub(t.last), t.age), t.every(), t.age/2
	behind := next - f.ReplayFrom(next)
	if idle && now.Sub(t.moved) >= idleAfter && behind < t.replay { // else no number of bytes would bound it
		every, within = min(every, idleAfter), gap
	}
	if gap < every {
		return
	}
	t.note(f.Unsaved(), gap, now)
	t.last = now
	if n := t.due(f.Unsaved(), gap, within, behind); n > 0 {
		f.Save(n, s)
		t.saved += int64(n)
		size := 0
		for _, r := range s.List {
			size += len(r.Key) + len(r.Value)
		}
		if t.each == 0 {
			t.each = size * 16 / n
		}
		t.each += size*16/n/8 - t.each/8
	}
	if now.Sub(t.told) >= min(tellEvery, t.age/2) {
		t.told = now
		f.SaveProgress(next, s)
	}
}

// firstSize is taken for a customer's records until some have been saved, bytes.
const firstSize = 256

// size is each, of use as a divisor.
func (t *trickle) size() int {
	if t.each == 0 {
		return firstSize * 16
	}
	return max(t.each, 64*16)
}

// lastBytes bounds, about, what a planned stop still saves of a partition.
const lastBytes = 16 << 20

// takeAll adds what a successor would otherwise have to fold again.
func (t *trickle) takeAll(f Saver, next int64, s *fold.Saves) {
	f.Save(min(f.Unsaved(), lastBytes*16/t.size()), s)
	f.SaveProgress(next, s)
}

// due is how many of the unsaved customers go into a commit that comes gap after
// the last, so that all of them have gone within a time: ever fewer after a burst, but
// for those who are late. behind is how many records a restore would fold again.
func (t *trickle) due(unsaved int, gap, within time.Duration, behind int64) int {
	if unsaved == 0 {
		t.owed = 0
		return 0
	}
	t.owed += time.Duration(unsaved) * gap
	n := int(t.owed / within)
	t.owed -= time.Duration(n) * within
	most := 1 + int(int64(t.bytes)*16*gap.Milliseconds()/1000/int64(t.size()))
	if behind < t.replay {
		n = min(n, most)
	}
	late := int(max(0, t.late-t.saved))
	return min(max(n, min(late, most)), unsaved)
}

// mark says of those among all customers ever queued who come before a number, and behind
// that of the mark before, that none was queued before a time.
type mark struct {
	since time.Time
	upTo  int64
}

// note counts who has been queued since the last part, and who may not wait for the next
// one: it would come when three quarters of the age are over, and if there are many of
// them the bytes let them go in the rest of it.
func (t *trickle) note(unsaved int, gap time.Duration, now time.Time) {
	if n := len(t.marks); n == 0 || now.Sub(t.marks[n-1].since) > t.age/16 {
		t.marks = append(t.marks, mark{since: now.Add(-gap)})
	}
	t.marks[len(t.marks)-1].upTo = t.saved + int64(unsaved)
	old := 0
	for ; old < len(t.marks) && now.Add(gap).Sub(t.marks[old].since) > t.age/4*3; old++ {
		t.late = t.marks[old].upTo
	}
	t.marks = slices.Delete(t.marks, 0, old)
}

// save is the part of the state that goes with the answer to a barrier, nil: none. a
// learns what is left to be saved when that is committed.
func (p *partition) save(a *ack, last bool) *fold.Saves {
	f, ok := p.fold.(Saver)
	if !ok || p.w.o.Restore == nil {
		return nil
	}
	defer func() { a.unsaved, a.replayFrom = f.Unsaved(), f.ReplayFrom(p.next) }()
	var s *fold.Saves
	select {
	case s = <-p.spare:
	default:
		s = new(fold.Saves)
	}
	if last {
		p.trickle.takeAll(f, p.next, s)
	} else {
		idle := len(p.rest)+len(p.in) == 0 && !p.fold.Draining()
		p.trickle.take(f, p.next, idle, time.Now(), s)
	}
	if len(s.List) == 0 {
		return nil
	}
	return s
}

// respare gives the memory of committed state records back. The loop calls it.
func (p *partition) respare(s *fold.Saves) {
	s.Reset()
	select {
	case p.spare <- s:
	default:
	}
}
