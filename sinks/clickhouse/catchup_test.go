package clickhouse

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

var catchUpRows = flag.Int("catch-up-rows", 300_000, "events that BenchmarkCatchUp carries")

// partWatch asks after every insert how many parts the fullest partition has.
type partWatch struct {
	inserter
	conn driver.Conn
	db   string

	mu      sync.Mutex
	inserts map[string]int
	most    uint64
}

func (w *partWatch) insert(ctx context.Context, in *insertion) error {
	if err := w.inserter.insert(ctx, in); err != nil {
		return err
	}
	var parts uint64
	err := w.conn.QueryRow(ctx, `SELECT max(n) FROM
(SELECT count() AS n FROM system.parts WHERE active AND database = $1 GROUP BY table, partition)`, w.db).Scan(&parts)
	if err != nil {
		return fmt.Errorf("count parts: %w", err)
	}
	table, _, _ := strings.Cut(in.statement, " (")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inserts[table]++
	w.most = max(w.most, parts)
	return nil
}

// late puts events into the log whose days are spread at random over many months.
func late(tb testing.TB, k *kafka, events, months int) {
	tb.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(k.seeds...), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.Lz4Compression()))
	if err != nil {
		tb.Fatal(err)
	}
	defer client.Close()
	g := &branchBank{r: rand.New(rand.NewPCG(7, 8))}
	var failed atomic.Pointer[error]
	for i := range events {
		g.day = date("2025-12-31") - g.r.Int32N(int32(months)*30)
		value, err := g.transaction(20_000).MarshalVT()
		if err != nil {
			tb.Fatal(err)
		}
		r := &kgo.Record{Topic: topics.DefaultNamespace.Topic(topics.Events), Partition: int32(i % testPartitions), Value: value}
		client.Produce(tb.Context(), r, func(_ *kgo.Record, err error) {
			if err != nil {
				failed.CompareAndSwap(nil, &err)
			}
		})
	}
	if err := client.Flush(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	if err := failed.Load(); err != nil {
		tb.Fatal(*err)
	}
}

// catchUp runs a sink over what is there, and returns what it watched.
func catchUp(tb testing.TB, k *kafka, conn driver.Conn, db string, cfg Config) *partWatch {
	tb.Helper()
	s, err := NewSink(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	w := &partWatch{inserter: s.conn, conn: conn, db: db, inserts: map[string]int{}}
	s.conn = w
	ctx, cancel := context.WithCancel(tb.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	k.caughtUpWithin(time.Hour)
	cancel()
	if err := <-done; err != nil {
		tb.Fatal(err)
	}
	return w
}

// TestCatchUpOfLateMonths: a warehouse that is behind gets rows of 24 months in
// every batch. Batches are as large as they may be, and a partition never has more
// parts than there were inserts, however far behind the merges are.
func TestCatchUpOfLateMonths(t *testing.T) {
	conn, db := database(t)
	k := newKafka(t)
	const events, batch, months = 6_000, 1_000, 24
	late(t, k, events, months)
	cfg := k.config(db)
	cfg.MaxRecords, cfg.Interval = batch, time.Hour // full batches only
	refused, delayed := pressure(t, conn)
	w := catchUp(t, k, conn, db, cfg)
	if n := w.inserts["INSERT INTO `"+db+"`.`events_raw`"]; n != events/batch {
		t.Errorf("%d inserts of events, want %d full ones", n, events/batch)
	}
	if w.most > events/batch {
		t.Errorf("a partition had %d parts after %d inserts", w.most, events/batch)
	}
	if r, d := pressure(t, conn); r != refused || d != delayed {
		t.Errorf("ClickHouse refused %d inserts and slowed %d for too many parts", r-refused, d-delayed)
	}
	if n := count(t, conn, "SELECT count() FROM events_raw FINAL"); n != events {
		t.Errorf("%d events, want %d", n, events)
	}
	if n := count(t, conn, "SELECT uniqExact(partition) FROM system.parts WHERE active AND database = $1 AND table = 'events_raw'", db); n < months {
		t.Errorf("%d months, want at least %d", n, months)
	}
}

// pressure is how many inserts ClickHouse refused and slowed for too many parts.
func pressure(tb testing.TB, conn driver.Conn) (refused, delayed uint64) {
	tb.Helper()
	return count(tb, conn, "SELECT sum(value) FROM system.events WHERE event = 'RejectedInserts'"),
		count(tb, conn, "SELECT sum(value) FROM system.events WHERE event = 'DelayedInserts'")
}

// BenchmarkCatchUp carries events of 36 months, a month to each part of a batch, with
// the sink's own batches: -catch-up-rows=10000000 makes the figures of ADR 0015.
func BenchmarkCatchUp(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		conn, db := database(b)
		k := newKafka(b)
		late(b, k, *catchUpRows, 36)
		cfg := k.config(db)
		cfg.Interval = 0 // the default
		refused, delayed := pressure(b, conn)
		server, client := serverCPU(b, conn), clientCPU(b)
		b.StartTimer()
		w := catchUp(b, k, conn, db, cfg)
		b.StopTimer()
		r, d := pressure(b, conn)
		if r != refused || d != delayed {
			b.Errorf("ClickHouse refused %d inserts and slowed %d for too many parts", r-refused, d-delayed)
		}
		rows := float64(count(b, conn, "SELECT count() FROM events_raw"))
		b.ReportMetric(rows/b.Elapsed().Seconds(), "events/s")
		b.ReportMetric(float64(w.most), "most-parts")
		b.ReportMetric(float64(w.inserts["INSERT INTO `"+db+"`.`events_raw`"]), "inserts")
		b.ReportMetric((serverCPU(b, conn)-server)/rows, "server-µs/event")
		b.ReportMetric((clientCPU(b)-client)/rows, "client-µs/event")
		b.StartTimer()
	}
}
