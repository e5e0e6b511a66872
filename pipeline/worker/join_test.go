package worker

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

// slowLoading reads nothing before gate is closed.
type slowLoading struct {
	Loading
	gate <-chan struct{}
}

func (l slowLoading) Take(key, value []byte) {
	<-l.gate
	l.Loading.Take(key, value)
}

// TestWhoJoinsOthersHasReadWhatIsSaved: while others fold, a process joins the group
// when it has read what is saved, not before: what it is given then is live at once.
func TestWhoJoinsOthersHasReadWhatIsSaved(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		logs, want, n := b.history()
		var newest atomic.Int64
		standby := func(o *Options) {
			fromItsState(&newest)(o)
			unhurried(o)
			o.SessionTimeout, o.Standby = 30*time.Second, true
		}
		for p := range logs {
			b.write(int32(p), logs[p][:len(logs[p])/2]...)
		}
		_, half := b.plainFold([][]string{b.log[0], b.log[1], b.log[2]})
		first := b.start(standby)
		b.read(half)

		var lines journal
		gate := make(chan struct{})
		open := sync.OnceFunc(func() { close(gate) })
		second := b.start(standby, func(o *Options) {
			restore := o.Restore
			o.Restore = func(p int32) Loading { return slowLoading{restore(p), gate} }
			o.Log = zerolog.New(&lines)
		})
		t.Cleanup(open) // before the second is stopped
		eventually(t, func() bool { return len(lines.with(joinsLater)) > 0 })
		left := second.w.o.Metrics.joinLeft
		eventually(t, func() bool { return gauge(t, left) > 0 })
		groups, err := b.admin.DescribeGroups(t.Context(), first.w.group())
		if err != nil {
			t.Fatal(err)
		}
		if members := groups[first.w.group()].Members; len(members) != 1 {
			t.Errorf("%d members are in the group, want the first alone", len(members))
		}
		open()
		moving := 0
		eventually(t, func() bool {
			moving = len(lines.partitions("partition replayed"))
			first.w.standbys.mu.Lock()
			defer first.w.standbys.mu.Unlock()
			return moving > 0 && moving == len(first.w.standbys.shadows)
		})
		if n := gauge(t, left); n != 0 {
			t.Errorf("it has joined, and %v records are said to be left before it does", n)
		}
		for _, l := range lines.with("partition restored") {
			if l["stood_by"] != true {
				t.Errorf("nothing was read before the partition was given: %v", l)
			}
		}

		for p := range logs {
			b.write(int32(p), logs[p][len(logs[p])/2:]...)
		}
		got := b.read(n)
		for _, r := range []*running{first, second} {
			if err := r.stop(); err != nil {
				t.Fatal(err)
			}
		}
		compare(t, got, want)
		if visible := b.visible(); visible != n {
			t.Errorf("%d outputs are readable, want %d", visible, n)
		}
	})
}

// TestNobodyElseFolds: a process that stands alone joins at once, and so does one whose
// instance the group still lists: its partitions are nobody else's.
func TestNobodyElseFolds(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		first := b.start(func(o *Options) { o.InstanceID = "one" })
		b.traffic(10, 3, 0)
		_, n := b.expect()
		b.read(n)
		for instance, want := range map[string]bool{"": true, "one": false, "two": true} {
			o := first.w.o
			o.InstanceID = instance
			w := &Worker{o: o, admin: first.w.admin}
			if busy, err := w.othersFold(t.Context()); err != nil || busy != want {
				t.Errorf("instance %q: others fold: %t, %v; want %t", instance, busy, err, want)
			}
		}
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
	})
}
