package worker

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// TestStandbysGiveWay: a standby waits while another partition is urgent, but not for
// ever, and not when its own becomes so.
func TestStandbysGiveWay(t *testing.T) {
	const own, other = 1, 2
	for name, c := range map[string]struct {
		then func(u *urgent, end func())
		want time.Duration
	}{
		"nothing is urgent any more": {func(u *urgent, _ func()) { u.set(own, false) }, time.Second},
		"its own is urgent":          {func(u *urgent, _ func()) { u.set(other, true) }, time.Second},
		"it ends":                    {func(_ *urgent, end func()) { end() }, time.Second},
		"a third one is urgent":      {func(u *urgent, _ func()) { u.set(3, true) }, mostUrgent},
		"nothing happens":            {func(*urgent, func()) {}, mostUrgent},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var u urgent
				ctx, end := context.WithCancel(t.Context())
				defer end()
				began := time.Now()
				u.giveWay(ctx, other)
				if took := time.Since(began); took != 0 {
					t.Errorf("waited for %s with nothing urgent", took)
				}
				u.set(own, true)
				u.giveWay(ctx, own)
				if took := time.Since(began); took != 0 {
					t.Errorf("what is urgent itself waited for %s", took)
				}
				time.AfterFunc(time.Second, func() { c.then(&u, end) })
				u.giveWay(ctx, other)
				if took := time.Since(began); took != c.want {
					t.Errorf("waited for %s, want %s", took, c.want)
				}
			})
		})
	}
}

// TestWhatWasGivenIsReadFirst: of saved state, that of partitions which this worker was
// given is read before that of others.
func TestWhatWasGivenIsReadFirst(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		logs, _, n := b.history()
		for p := range logs {
			b.write(int32(p), logs[p]...)
		}
		var newest atomic.Int64
		first := b.start(fromItsState(&newest))
		b.read(n)
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
		o := first.w.o
		o.Standby = true
		w, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		defer w.standbys.end()
		state := b.ns.Topic(topics.State)
		ends, err := kadm.NewClient(b.client).ListCommittedOffsets(t.Context(), state)
		if err != nil {
			t.Fatal(err)
		}
		unread := func(id int32) int64 {
			w.standbys.mu.Lock()
			defer w.standbys.mu.Unlock()
			return ends[state][id].Offset - w.standbys.shadows[id].next.Load()
		}
		const given, other = 0, 1
		w.urgent.set(given, true)
		w.standbys.begin(other, given)
		whole := unread(other)
		eventually(t, func() bool { return unread(given) == 0 })
		if left := unread(other); left == 0 || left != whole {
			t.Errorf("%d of %d offsets of another's state are left when what was given has been read, want all", left, whole)
		}
		w.urgent.set(given, false)
		eventually(t, func() bool { return unread(other) == 0 })
	})
}
