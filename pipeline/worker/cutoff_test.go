package worker

import (
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// TestAStandbyThatWasCutOffBeginsAnew: what was forgotten meanwhile may not be told any
// more when it hears again. One that heard nothing because nothing has come is as good as
// ever.
func TestAStandbyThatWasCutOffBeginsAnew(t *testing.T) {
	for name, c := range map[string]struct {
		silent []kmsg.Key // not answered for more than an hour
		begun  int32
	}{
		"cut off":                       {[]kmsg.Key{kmsg.Fetch, kmsg.ListOffsets}, 2},
		"told of more than it is given": {[]kmsg.Key{kmsg.Fetch}, 2},
		"nothing has come":              {nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var begun atomic.Int32
			inFakeTimeStill(t, func(o *Options) {
				o.Standby = true
				o.Restore = func(id int32) Loading {
					begun.Add(1)
					return nothingSaved{newFakeFold(id)}
				}
			}, func(t *testing.T, s *still) {
				var silent atomic.Bool
				for _, key := range c.silent {
					s.cluster.ControlKey(key.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
						s.cluster.KeepControl()
						return nil, nil, silent.Load()
					})
				}
				s.save(t, "A", "B", "C")
				s.w.standbys.begin(0)
				defer s.w.standbys.end()
				time.Sleep(time.Minute)
				silent.Store(true)
				time.Sleep(time.Minute) // no fetch is under way that would be answered
				written := int64(3)
				if c.silent != nil {
					s.save(t, "D")
					written++
				}
				time.Sleep(staleAfter * 3 / 2) // it begins anew at an hour, and not once more
				silent.Store(false)
				time.Sleep(time.Minute)
				if n := begun.Load(); n != c.begun {
					t.Errorf("it has begun %d times, want %d", n, c.begun)
				}
				if l, next := s.w.standbys.take(0); l == nil || next != written {
					t.Errorf("it gives %v, and offset %d is next; want all %d", l, next, written)
				}
			})
		})
	}
}

// TestAStandbyIsGivenUpBeforeAnythingIsForgotten: with an hour for the poll under way.
func TestAStandbyIsGivenUpBeforeAnythingIsForgotten(t *testing.T) {
	spec, _ := topics.Of(topics.State)
	kept, err := strconv.Atoi(spec.Settings()["delete.retention.ms"])
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Duration(kept)*time.Millisecond - 2*staleAfter; left < 12*time.Hour {
		t.Errorf("a standby is used up to %s after it heard, and what is forgotten is told for %d ms: a restore has %s", staleAfter, kept, left)
	}
}
