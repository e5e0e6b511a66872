package worker

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// TestALeaderThatIsAwayKeepsNobodyOut: a process begins, and folds, while one partition
// of the outputs, the state or the log has no leader. What this one stops is that
// partition.
func TestALeaderThatIsAwayKeepsNobodyOut(t *testing.T) {
	for name, topic := range map[string]topics.ID{"an output": topics.Alerts, "the state": topics.State, "the log": topics.Events} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBank(t)
			var away atomic.Bool
			b.leaderless(topic, &away)
			standby := func(o *Options) { o.Standby = true }
			b.traffic(50, 5, 20)
			first := b.start(fakeFromState, standby)
			_, n := b.expect()
			b.read(n)
			if err := first.stop(); err != nil {
				t.Fatal(err)
			}
			away.Store(true)
			var lines journal
			second := b.start(fakeFromState, standby, func(o *Options) { o.Log = zerolog.New(&lines) })
			for range 3 {
				b.write(1, "rA", closeTag)
				b.write(2, "rB", closeTag)
				_, n = b.expect()
				b.read(n)
			}
			away.Store(false)
			b.write(0, "rC", closeTag)
			_, n = b.expect()
			b.read(n)
			if err := second.stop(); err != nil {
				t.Fatal(err)
			}
			b.check()
			b.oneIncarnation(second, &lines)
		})
	}
}

// TestOnlyWhatWasAskedForIsWayMade: what the others save meanwhile makes no standby that
// stands still a reason to wait on.
func TestOnlyWhatWasAskedForIsWayMade(t *testing.T) {
	s := &standbys{shadows: map[int32]*shadow{0: {}, 1: {}, 2: {}}}
	ends := map[int32]int64{0: 5, 1: 7} // the leader of partition 2 is away
	for _, step := range []struct{ next0, next1, next2, left, read int64 }{
		{0, 0, 0, 12, 0}, {0, 4, 0, 8, 4}, {0, 7, 3, 5, 7}, {0, 9, 8, 5, 7}, {0, 90, 80, 5, 7}, {5, 90, 80, 0, 12},
	} {
		s.shadows[0].next.Store(step.next0)
		s.shadows[1].next.Store(step.next1)
		s.shadows[2].next.Store(step.next2)
		if left, read := s.left(ends); left != step.left || read != step.read {
			t.Errorf("%+v: left %d, read %d", step, left, read)
		}
	}
}

// TestALagWithoutAFoldedRecordHasNoAge: the first commit of a process may come before its
// first record is folded.
func TestALagWithoutAFoldedRecordHasNoAge(t *testing.T) {
	m := NewMetrics()
	at := time.Unix(1_700_000_000, 0)
	p := &partition{id: 4}
	p.committed.next = 3
	m.committed(p, ack{end: 5, pos: position{next: 3}}, at)
	if age := gauge(t, m.appendLag.WithLabelValues("4")); age != 0 {
		t.Errorf("a lag of %v s is shown, want 0", age)
	}
	m.committed(p, ack{end: 5, pos: position{next: 4}, newest: at.Add(-7 * time.Second)}, at)
	if age := gauge(t, m.appendLag.WithLabelValues("4")); age != 7 {
		t.Errorf("a lag of %v s is shown, want 7", age)
	}
}
