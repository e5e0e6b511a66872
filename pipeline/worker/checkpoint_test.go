package worker

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
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

// steps lets commits pass, gap apart, with arrivals between them.
func steps(f *fakeSaver, t *trickle, n int, gap time.Duration, arrive int) (most int) {
	now := time.Unix(1_000, 0)
	for range n {
		f.waiting += arrive
		var s fold.Saves
		before := f.saved
		t.take(f, 1_000_000, now, &s)
		most = max(most, f.saved-before)
		now = now.Add(gap)
	}
	return most
}

// TestTrickleKeepsTheAge: in a steady flow a customer waits about half of the age,
// and what each commit writes is even.
func TestTrickleKeepsTheAge(t *testing.T) {
	f := &fakeSaver{each: 400}
	tr := &trickle{age: time.Minute, bytes: 1 << 30, replay: 1 << 40}
	const perCommit, perSecond = 100, 20
	most := steps(f, tr, 300*perSecond, time.Second/perSecond, perCommit)
	if wait := float64(f.waiting) / (perCommit * perSecond); wait < 25 || wait > 35 {
		t.Errorf("a customer waits %.1f s, want about 30", wait)
	}
	if most > perCommit+perCommit/5 {
		t.Errorf("a commit saved %d of %d a commit", most, perCommit)
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

// TestDamagedStateIsRefused: with what to do, and nothing is folded on it.
func TestDamagedStateIsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		var s fold.Saves
		fold.New(fold.Options{Saves: true}).SaveProgress(0, &s)
		for name, change := range map[string]func(v []byte) []byte{
			"damaged": func(v []byte) []byte { v[len(v)-1] ^= 1; return v },
			"cut":     func(v []byte) []byte { return v[:5] },
			"newer":   func(v []byte) []byte { v[0] = codec.Format + 1; return v },
		} {
			t.Run(name, func(t *testing.T) {
				b.writeState([]byte("/progress"), change(bytes.Clone(s.List[len(s.List)-1].Value)))
				worker := b.start(func(o *Options) {
					o.NewFold = nil
					o.Restore = func(p int32) Loading {
						return loading{fold.NewLoading(fold.Options{Partition: p, Saves: true}), func(int64) {}}
					}
				})
				err := <-worker.done
				worker.done <- err
				var refused *refusal
				if !errors.As(err, &refused) || !strings.Contains(fmt.Sprint(err), "tierwatch state rebuild --partition 0") {
					t.Errorf("the worker ended with %v", err)
				}
				var forget fold.Saves
				fold.ForgetState(&forget)
				b.writeState(forget.List[0].Key, forget.List[0].Value)
				// The remedy helps: nothing before it counts any more.
				l, r := fold.NewLoading(fold.Options{}), StateReader{Kafka: b.kafka(), Topic: b.ns.Topic(topics.State), poll: 100}
				if n, _, err := r.Read(t.Context(), l.Take); err != nil || n == 0 {
					t.Fatalf("read %d records: %v", n, err)
				}
				if _, from, err := l.Done(); err != nil || from != 0 {
					t.Errorf("after the rebuild a start folds from %d: %v", from, err)
				}
			})
		}
	})
}

func (b *bank) writeState(key, value []byte) {
	b.t.Helper()
	r := &kgo.Record{Topic: b.ns.Topic(topics.State), Partition: 0, Key: key, Value: value}
	if err := b.client.ProduceSync(b.t.Context(), r).FirstErr(); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bank) kafka() []kgo.Opt { return []kgo.Opt{kgo.SeedBrokers(b.broker.Seeds...)} }
