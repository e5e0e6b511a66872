package snapshot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
)

// TestAPutBackThatWasKilled: behind each of the records that it puts in place of the state
// of a partition. None of these states is folded onto: the fold says that the partition is
// not whole, or that its log is not, and what to do; that, done again, makes it whole.
func TestAPutBackThatWasKilled(t *testing.T) {
	b := bank(t)
	back := b.Backfill(opened)
	b.Days(back, opened, opened, opened+30)
	s, _ := taken(t, b, snapshot.Options{})
	saved(t, b, s)
	b.Days(back, opened, opened+31, opened+40)
	whole, _ := taken(t, b, snapshot.Options{})
	cutBehind(t, b, s)

	known, all := put(t, s)
	for n := 1; n < all; n++ {
		killedPutting(t, b, s, n)
		list, err := s.Limits(t.Context(), b.Deployment, func(int) {})
		switch {
		case n <= known && (err != nil || list[0].State != 0):
			t.Errorf("killed behind record %d of %d: %v, %+v; want that it is folded from the start of its log", n, all, err, list)
		case n > known && (err == nil || !strings.Contains(err.Error(), "without a progress record")):
			t.Errorf("killed behind record %d of %d: %v; want that it cannot be restored", n, all, err)
		}
	}
	for n, words := range map[int][]string{
		1:       {"partition 0 of tierwatch.events begins at offset", "its state needs the log from offset 0 on", "`tierwatch state rebuild --partition 0 --from SNAPSHOT`"},
		known:   {"its state needs the log from offset 0 on", "`tierwatch state rebuild --partition 0 --from SNAPSHOT`"},
		all - 1: {`"partition":0`, "this partition has stopped", "without a progress record", "`tierwatch state rebuild --partition PARTITION` (--from a snapshot if the log was cut)"},
	} {
		killedPutting(t, b, s, n)
		said := refusal(t, b)
		for _, w := range words {
			if !strings.Contains(said, w) {
				t.Errorf("killed behind record %d of %d: the fold says %s; want %q", n, all, said, w)
			}
		}
	}

	if err := snapshot.PutBack(t.Context(), b.Deployment, 0, s); err != nil {
		t.Fatal(err)
	}
	saved(t, b, s)
	again, n := taken(t, b, snapshot.Options{})
	if n != 0 {
		t.Errorf("%d records were folded onto the state", n)
	}
	sameState(t, again, whole)
}

// TestAPutBackThatWasKilledBeforeCustomers: with tables and control records alone there is
// nothing to fold onto: a log that is whole is folded from its start, as after a rebuild
// without a snapshot.
func TestAPutBackThatWasKilledBeforeCustomers(t *testing.T) {
	b := bank(t)
	back, day := b.Backfill(opened), int32(opened+30)
	b.Days(back, opened, opened, day)
	s, _ := taken(t, b, snapshot.Options{})
	saved(t, b, s)
	known, _ := put(t, s)
	for _, n := range []int{2, known} {
		day++
		b.Days(back, opened, day, day) // what comes lets the fold save
		whole, _ := taken(t, b, snapshot.Options{})
		killedPutting(t, b, s, n)
		saved(t, b, s)
		again, folded := taken(t, b, snapshot.Options{})
		if folded != 0 {
			t.Errorf("killed behind record %d: %d records were folded onto the state", n, folded)
		}
		sameState(t, again, whole)
	}
}

// put tells how many records a put back writes into partition 0, and how many of them come
// before those of customers: what the partition knows beside them.
func put(t *testing.T, s *snapshot.Snapshot) (known, all int) {
	t.Helper()
	known, all = 1, 1 // the record that makes void what was saved is not the snapshot's
	err := s.Read(0, func(key, _ []byte) {
		if all++; key[0] == '/' && known == all-1 {
			known = all
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if known < 3 || all < known+3 {
		t.Fatalf("%d records, the first %d of no customer", all, known)
	}
	return known, all
}

// killedBehind ends a process, whose context this is, when it has written so many records.
type killedBehind struct {
	left atomic.Int64
	kill func()
}

func (k *killedBehind) OnProduceRecordUnbuffered(*kgo.Record, error) {
	if k.left.Add(-1) == 0 {
		k.kill()
	}
}

// killedPutting puts a snapshot back into partition 0 and is killed when its state topic
// has n records more.
func killedPutting(t *testing.T, b *trial.Bank, s *snapshot.Snapshot, n int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	hook := &killedBehind{kill: cancel}
	hook.left.Store(int64(n))
	d := *b.Deployment
	// One record at a time: none is under way when the process ends.
	d.Kafka = append(slices.Clone(d.Kafka), kgo.WithHooks(hook), kgo.MaxBufferedRecords(1))
	before := stateEnd(t, b)
	if err := snapshot.PutBack(ctx, &d, 0, s); !errors.Is(err, context.Canceled) {
		t.Fatalf("killed behind record %d: %v", n, err)
	}
	if more := stateEnd(t, b) - before; more != int64(n) {
		t.Fatalf("killed behind record %d: %d were written", n, more)
	}
}

// stopping listens to the log of a fold for a partition that has stopped.
type stopping chan string

func (s stopping) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("this partition has stopped")) {
		select {
		case s <- string(line):
		default: // the first was it
		}
	}
	return len(line), nil
}

// refusal runs the fold until it refuses a partition, and gives what it says of it: with
// its own end, or in its log while the others go on.
func refusal(t *testing.T, b *trial.Bank) string {
	t.Helper()
	said := make(stopping, 1)
	d := *b.Deployment
	d.Metrics, d.Log = prometheus.NewRegistry(), zerolog.New(said)
	run, err := role.NewFold(&d)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	select {
	case line := <-said:
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		return line
	case err := <-ended:
		return fmt.Sprint(err)
	}
}
