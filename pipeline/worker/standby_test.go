package worker

import (
	"bytes"
	"encoding/json"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// TestAStandbyTakesOver: a process that stood by for the partitions of another has
// read their state when that one stops or dies. After a planned stop nothing is folded
// again.
func TestAStandbyTakesOver(t *testing.T) {
	t.Run("planned", func(t *testing.T) { onBoth(t, func(t *testing.T, b *bank) { takesOver(t, b, true) }) })
	t.Run("killed", func(t *testing.T) { onBoth(t, func(t *testing.T, b *bank) { takesOver(t, b, false) }) })
}

func takesOver(t *testing.T, b *bank, planned bool) {
	logs := make([][]string, testPartitions)
	for p := range logs {
		logs[p] = history(t, p)
	}
	half := func(from, to int) (n int) {
		for p := range logs {
			b.write(int32(p), logs[p][len(logs[p])*from/2:len(logs[p])*to/2]...)
		}
		_, n = b.plainFold([][]string{b.log[0], b.log[1], b.log[2]})
		return n
	}
	var lines journal
	var newest atomic.Int64
	whole := func(o *Options) {
		fromItsState(&newest)(o)
		unhurried(o)
		o.SessionTimeout, o.TransactionTimeout, o.Standby = 8*time.Second, 10*time.Second, true
	}
	first := b.start(whole, func(o *Options) {
		if !planned {
			o.StopTimeout = 300 * time.Millisecond // it has nobody to tell
		}
	})
	b.read(half(0, 1))
	second := b.start(whole, func(o *Options) { o.Log = zerolog.New(&lines) })
	b.read(half(1, 2))
	moving := b.awaitStandby(second, first, &lines)
	if !planned {
		first.kill()
	} else if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return lines.saidBy("partition replayed", moving) })
	if err := second.stop(); err != nil {
		t.Fatal(err)
	}
	want, n := b.plainFold(logs)
	compare(t, b.read(n), want)
	for _, l := range lines.with("partition restored") {
		if l["stood_by"] != true {
			t.Errorf("nobody stood by: %v", l)
		}
	}
	for _, l := range lines.with("partition replayed") {
		if planned && l["records"] != 0.0 {
			t.Errorf("after a planned stop records were folded again: %v", l)
		}
	}
}

// awaitStandby waits until second has replayed what it holds, a partition at least, and
// has read all that is saved of those that first holds. It gives these, and second's
// lines are those that come from then on.
func (b *bank) awaitStandby(second, first *running, lines *journal) (moving []int32) {
	b.t.Helper()
	admin := kadm.NewClient(b.client)
	state := b.ns.Topic(topics.State)
	eventually(b.t, func() bool {
		ends, err := admin.ListCommittedOffsets(b.t.Context(), state)
		if err != nil || ends.Error() != nil {
			return false
		}
		s := second.w.standbys
		s.mu.Lock()
		defer s.mu.Unlock()
		first.w.standbys.mu.Lock()
		defer first.w.standbys.mu.Unlock()
		var held []int32
		moving = nil
		for id := range int32(testPartitions) {
			x := s.shadows[id]
			if x == nil {
				held = append(held, id)
				continue
			}
			if end, _ := ends.Lookup(state, id); x.next.Load() < end.Offset {
				return false
			}
			moving = append(moving, id)
		}
		ready := len(moving) > 0 && len(first.w.standbys.shadows) == len(held) && lines.saidBy("partition replayed", held)
		if ready {
			lines.forget() // under the lock: none of them has begun to move
		}
		return ready
	})
	return moving
}

// eventually asks again until the answer is yes.
func eventually(t *testing.T, yes func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(time.Minute)
	for !yes() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("it did not come true within a minute")
		}
	}
}

// journal is a log that can be asked.
type journal struct {
	mu    sync.Mutex
	lines []map[string]any
}

func (j *journal) Write(b []byte) (int, error) {
	var line map[string]any
	if err := json.Unmarshal(bytes.TrimSpace(b), &line); err != nil {
		return 0, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
	return len(b), nil
}

func (j *journal) with(message string) (list []map[string]any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, l := range j.lines {
		if l["message"] == message {
			list = append(list, l)
		}
	}
	return list
}

func (j *journal) forget() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = nil
}

// partitions are those that have said so.
func (j *journal) partitions(message string) map[int32]bool {
	seen := map[int32]bool{}
	for _, l := range j.with(message) {
		if id, ok := l["partition"].(float64); ok {
			seen[int32(id)] = true
		}
	}
	return seen
}

// saidBy says whether all these partitions have said so; others may have too.
func (j *journal) saidBy(message string, partitions []int32) bool {
	seen := j.partitions(message)
	return !slices.ContainsFunc(partitions, func(id int32) bool { return !seen[id] })
}
