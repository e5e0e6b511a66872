package worker

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// lastMakesWhole is state of which only the last record makes something.
type lastMakesWhole struct {
	partition   int32
	taken       int
	whole       bool
	breaks, bad bool // how: with a panic; or it never is
}

func (l *lastMakesWhole) Take(key, _ []byte) {
	l.taken++
	l.whole = string(key) == "/progress"
}

func (l *lastMakesWhole) Done() (Fold, int64, error) {
	switch {
	case l.taken == 0, l.whole && !l.bad:
		return newFakeFold(l.partition), 0, nil
	case l.breaks:
		panic("broken")
	}
	return nil, 0, errors.New("no progress")
}

// TestStateThatIsNotGivenWholeIsReadAgain: a topic that gives a part, say while its broker
// throttles, is no damage. When it gives all, the partition goes on.
func TestStateThatIsNotGivenWholeIsReadAgain(t *testing.T) {
	for name, c := range map[string]struct {
		batches int32 // given, of three
		breaks  bool
	}{
		"customers alone":                {2, false},
		"customers that break the build": {2, true},
		"nothing":                        {0, false},
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTimeStill(t, func(o *Options) {
				o.Kafka = append(slices.Clip(o.Kafka), kgo.FetchMaxPartitionBytes(1)) // a batch at a time
				o.Restore = func(id int32) Loading { return &lastMakesWhole{partition: id, breaks: c.breaks} }
			}, func(t *testing.T, s *still) {
				s.join(t)
				s.save(t, "A", "B", "/progress")
				var left atomic.Int32
				left.Store(c.batches)
				s.cluster.ControlKey(kmsg.Fetch.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
					s.cluster.KeepControl()
					return nil, nil, left.Add(-1) < 0
				})
				p := newPartition(s.w, 0, "txn", lines{})
				if err := p.restore(t.Context()); err == nil || lasting(err) || !errors.Is(err, errShort) {
					t.Fatalf("restored from a part: %v", err)
				}
				left.Store(1 << 30)
				p.forget()
				if _, err := p.recovered(t.Context()); err != nil || p.fold == nil {
					t.Errorf("all is given, and it does not go on: %v", err)
				}
			})
		})
	}
}

// TestABadCopyIsNotBadState: what a standby had read may be at fault, and all is read anew.
func TestABadCopyIsNotBadState(t *testing.T) {
	for name, breaks := range map[string]bool{"no state": false, "breaks the build": true} {
		t.Run(name, func(t *testing.T) {
			inFakeTimeStill(t, func(o *Options) {
				o.Standby = true
				o.Restore = func(id int32) Loading { return &lastMakesWhole{partition: id} }
			}, func(t *testing.T, s *still) {
				s.save(t, "A", "B", "/progress")
				bad := &shadow{
					loading: &lastMakesWhole{taken: 1, bad: true, breaks: breaks},
					heard:   wall(), cancel: func() {}, done: make(chan struct{}),
				}
				close(bad.done)
				bad.next.Store(1)
				s.w.standbys.shadows[0] = bad
				p := newPartition(s.w, 0, "txn", lines{})
				if err := p.restore(t.Context()); err == nil || lasting(err) || !errors.Is(err, errCopy) {
					t.Fatalf("restored from a bad copy: %v", err)
				}
				p.forget()
				if err := p.restore(t.Context()); err != nil || p.fold == nil {
					t.Errorf("read anew: %v", err)
				}
			})
		})
	}
}
