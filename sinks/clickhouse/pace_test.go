package clickhouse

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// counted starts a sink and counts its inserts into events_raw; gate, if not nil,
// holds the first of them.
func counted(t *testing.T, cfg Config, gate <-chan struct{}) *atomic.Int64 {
	t.Helper()
	var n atomic.Int64
	var once sync.Once
	runWith(t, cfg, func(query string) fault {
		if strings.Contains(query, "`events_raw`") {
			if gate != nil {
				once.Do(func() { <-gate })
			}
			n.Add(1)
		}
		return works
	})
	return &n
}

// TestOneInsertAnInterval: in a steady flow a table gets no more than one insert an
// interval, however many records come and from however many partitions.
func TestOneInsertAnInterval(t *testing.T) {
	_, db := database(t)
	k := newKafka(t)
	cfg := k.config(db)
	cfg.Interval = 100 * time.Millisecond
	start := time.Now()
	n := counted(t, cfg, nil)
	for i := range 60 {
		k.put(topics.Events, int32(i%testPartitions), kgo.TryCommit, tx("a", itoa(int32(i)), 1))
	}
	k.caughtUp()
	// Measured, not bounded: a slow machine only allows more.
	if most := int64(time.Since(start)/cfg.Interval) + 1; n.Load() > most {
		t.Errorf("%d inserts in %d intervals", n.Load(), most)
	}
}

// TestBatchesGrowWithTheBacklog: what comes while an insert takes its time goes
// into one insert.
func TestBatchesGrowWithTheBacklog(t *testing.T) {
	_, db := database(t)
	k := newKafka(t)
	cfg := k.config(db)
	cfg.Interval = time.Millisecond
	const later = 60
	all := &pollHook{left: 1 + later, done: make(chan struct{})}
	cfg.Kafka = append(cfg.Kafka, kgo.WithHooks(all))
	first := &pollHook{left: 1, done: make(chan struct{})}
	cfg.Kafka = append(cfg.Kafka, kgo.WithHooks(first))
	gate := make(chan struct{})
	n := counted(t, cfg, gate)
	k.put(topics.Events, 0, kgo.TryCommit, tx("a", "first", 1))
	<-first.done
	for i := range later {
		k.put(topics.Events, int32(i%testPartitions), kgo.TryCommit, tx("a", itoa(int32(i)), 1))
	}
	<-all.done
	close(gate)
	k.caughtUp()
	if n.Load() > 3 { // the first, all that came meanwhile, and what the last poll brought after that
		t.Errorf("%d inserts for a backlog of one", n.Load())
	}
}
