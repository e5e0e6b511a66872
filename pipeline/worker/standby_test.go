package worker

import (
	"bytes"
	"encoding/json"
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
		o.Standby = true
	}
	first := b.start(whole)
	b.read(half(0, 1))
	second := b.start(whole, func(o *Options) { o.Log = zerolog.New(&lines) })
	b.read(half(1, 2))
	moving := b.awaitStandby(second, first)
	lines.await(t, testPartitions-moving, "partition replayed")
	lines.forget()
	if !planned {
		first.kill()
	} else if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	lines.await(t, moving, "partition replayed")
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

// awaitStandby waits until second holds at least one partition, and has read all that
// is saved of those that first holds, whose number it gives.
func (b *bank) awaitStandby(second, first *running) (moving int) {
	b.t.Helper()
	admin := kadm.NewClient(b.client)
	eventually(b.t, func() bool {
		ends, err := admin.ListCommittedOffsets(b.t.Context(), b.ns.Topic(topics.State))
		if err != nil {
			b.t.Fatal(err)
		}
		s := second.w.standbys
		s.mu.Lock()
		defer s.mu.Unlock()
		for id, x := range s.shadows {
			if end, _ := ends.Lookup(b.ns.Topic(topics.State), id); x.next.Load() < end.Offset {
				return false
			}
		}
		first.w.standbys.mu.Lock()
		defer first.w.standbys.mu.Unlock()
		moving = len(s.shadows)
		return moving > 0 && moving+len(first.w.standbys.shadows) == testPartitions
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

// await waits until every partition has said so.
func (j *journal) await(t *testing.T, partitions int, message string) {
	t.Helper()
	eventually(t, func() bool {
		seen := map[any]bool{}
		for _, l := range j.with(message) {
			seen[l["partition"]] = true
		}
		return len(seen) == partitions
	})
}
