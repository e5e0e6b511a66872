package clickhouse

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// runWith starts a sink whose inserts go through decide.
func runWith(tb testing.TB, cfg Config, decide func(string) fault) (stop func()) {
	tb.Helper()
	s, err := NewSink(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	s.conn = &faultyInserter{s.conn, decide}
	ctx, cancel := context.WithCancel(tb.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				tb.Logf("sink: %v", err)
			}
		})
	}
	tb.Cleanup(stop)
	return stop
}

// story writes a bit of everything for n customers and returns the truth by view.
func story(k *kafka, n int) map[string]uint64 {
	for i := range n {
		p := int32(i % testPartitions)
		id := fmt.Sprintf("c%03d", i)
		at := k.put(topics.Events, p, kgo.TryCommit, tx(id, "1", 100), tx(id, "2", 200), tx(id, "2", 200))
		k.put(topics.Verdicts, p, kgo.TryCommit, &pb.Verdict{
			CustomerId: id, Kind: pb.VerdictKind_VERDICT_DUPLICATE, EventId: "core:2:1", Log: &pb.Position{Partition: p, Offset: at + 2},
		})
		day1, day2 := standing(id, "2025-04-21", 100), standing(id, "2025-04-22", 200)
		for j, s := range []*pb.Snapshot{day1, day2} {
			s.Log = &pb.Position{Partition: p, Offset: at + 3 + int64(j)}
			k.put(topics.Snapshots, p, kgo.TryCommit, s)
		}
		for rev := uint32(1); rev <= 2; rev++ {
			k.put(topics.Alerts, p, kgo.TryCommit, &pb.Alert{
				AlertId: "al-" + id, Revision: rev, Code: "MISS_PROJECTED", State: pb.AlertState_OPEN, Customer: &pb.Customer{Id: id},
				Log: &pb.Position{Partition: p, Offset: at + 5 + int64(rev)},
			})
		}
		k.put(topics.TierChanges, p, kgo.TryCommit, &pb.TierChange{
			CustomerId: id, Scheme: "card", Kind: pb.ChangeKind_DOWNGRADED, EffectiveDay: date("2025-05-01"), Log: &pb.Position{Partition: p, Offset: at + 9},
		})
	}
	c := uint64(n)
	return map[string]uint64{
		"events": 2 * c, "verdicts": c, "customer_snapshots": 2 * c, "customer_tiers": c, "customer_metrics": 2 * c,
		"alerts": c, "alert_history": 2 * c, "tier_changes": c, "accounts": c, "customers": c, "dlq": 0,
	}
}

func checkViews(t *testing.T, conn driver.Conn, want map[string]uint64) {
	t.Helper()
	for view, n := range want {
		if got := count(t, conn, "SELECT count() FROM "+view); got != n {
			t.Errorf("%s: %d rows, want %d", view, got, n)
		}
	}
	if n := count(t, conn, "SELECT count() FROM customer_tiers WHERE day != '2025-04-22'"); n != 0 {
		t.Errorf("%d customers have an older standing than their last", n)
	}
	if n := count(t, conn, "SELECT count() FROM alerts WHERE revision != 2"); n != 0 {
		t.Errorf("%d alerts are not at their last revision", n)
	}
}

// TestAnswerLost: each table's first insert is stored, but the sink never hears of
// it, and sends them again. They are stored twice and seen once.
func TestAnswerLost(t *testing.T) {
	conn, db := database(t)
	k := newKafka(t)
	want := story(k, 6)
	var mu sync.Mutex
	seen := map[string]bool{}
	runWith(t, k.config(db), func(query string) fault {
		mu.Lock()
		defer mu.Unlock()
		table, _, _ := strings.Cut(query, "(")
		if seen[table] {
			return works
		}
		seen[table] = true
		return noReply
	})
	k.caughtUp()
	checkViews(t, conn, want)
	for table, n := range map[string]uint64{"events_raw": 18, "verdicts_raw": 6, "customer_snapshots_raw": 12, "alert_history_raw": 12} {
		if got := storedRows(t, conn, db, table); got < n || got > 2*n {
			t.Errorf("%s: %d stored rows of %d, want each once or twice", table, got, n)
		}
	}
}

// TestCommitRefused: the rows are in, the commit fails twice, then passes.
func TestCommitRefused(t *testing.T) {
	conn, db := database(t)
	k := newKafka(t)
	want := story(k, 3)
	var refusals atomic.Int32
	refuseCommits(k, func() bool { return refusals.Add(1) <= 2 })
	run(t, k.config(db))
	k.caughtUp()
	checkViews(t, conn, want)
	if refusals.Load() < 3 {
		t.Errorf("%d commits seen, want at least 3", refusals.Load())
	}
}

func refuseCommits(k *kafka, refuse func() bool) {
	k.cluster.ControlKey(int16(kmsg.OffsetCommit), func(req kmsg.Request) (kmsg.Response, error, bool) {
		k.cluster.KeepControl()
		if !refuse() {
			return nil, nil, false
		}
		in := req.(*kmsg.OffsetCommitRequest)
		out := in.ResponseKind().(*kmsg.OffsetCommitResponse)
		for _, t := range in.Topics {
			rt := kmsg.NewOffsetCommitResponseTopic()
			rt.Topic, rt.TopicID = t.Topic, t.TopicID
			for _, p := range t.Partitions {
				rp := kmsg.NewOffsetCommitResponseTopicPartition()
				rp.Partition, rp.ErrorCode = p.Partition, kerr.CoordinatorLoadInProgress.Code
				rt.Partitions = append(rt.Partitions, rp)
			}
			out.Topics = append(out.Topics, rt)
		}
		return out, nil, true
	})
}

// TestCrashes: the sink dies again and again at random points, with rows stored
// and offsets not committed, and with other batch boundaries each time. Nothing is
// lost, nothing is seen twice.
func TestCrashes(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kafka) {
		conn, db := database(t)
		want := story(k, 30)
		random := rand.New(rand.NewPCG(1, 2))
		lives := 6
		if k.cluster == nil {
			lives = 3 // each waits for a rebalance
		}
		for range lives {
			cfg := k.config(db)
			cfg.MaxRecords, cfg.StopTimeout = 1+random.IntN(20), time.Nanosecond
			left := atomic.Int32{}
			left.Store(int32(random.IntN(12)))
			dead := make(chan struct{})
			var once sync.Once
			stop := runWith(t, cfg, func(string) fault {
				if left.Add(-1) >= 0 {
					return works
				}
				// From here on nothing works: what the process would do is never done.
				once.Do(func() { close(dead) })
				return noReply
			})
			<-dead
			stop()
		}
		run(t, k.config(db))
		k.caughtUp()
		checkViews(t, conn, want)
	})
}

// TestClickHouseAway: the sink waits for a server that is not there, says so, and
// goes on when it comes.
func TestClickHouseAway(t *testing.T) {
	conn, db := database(t)
	k := newKafka(t)
	want := story(k, 3)
	p := newProxy(t, server(t).Addr())
	cfg := k.config(db)
	cfg.Conn.Addrs = []string{p.addr}
	complaints := make(chan struct{}, 1)
	cfg.Logger = zerolog.New(lineHook(func(line string) {
		if strings.Contains(line, "insert failed, trying again") {
			select {
			case complaints <- struct{}{}:
			default:
			}
		}
	}))
	run(t, cfg)
	<-complaints
	<-complaints
	if n := count(t, conn, "SELECT count() FROM events_raw"); n != 0 {
		t.Fatalf("%d rows without a server", n)
	}
	p.open(t)
	k.caughtUp()
	checkViews(t, conn, want)
}

// TestDiskFull: ClickHouse has no room. The sink says so, waits, commits nothing of
// the batch, and goes on when there is room again.
func TestDiskFull(t *testing.T) {
	conn, db := database(t)
	room := func(bytes string) {
		if err := conn.Exec(t.Context(), "ALTER TABLE events_raw MODIFY SETTING min_free_disk_bytes_to_perform_insert = "+bytes); err != nil {
			t.Fatal(err)
		}
	}
	room("1000000000000000000") // as if so much were taken
	k := newKafka(t)
	want := story(k, 3)
	cfg := k.config(db)
	told := make(chan struct{}, 1)
	cfg.Logger = zerolog.New(lineHook(func(line string) {
		if strings.Contains(line, "insert failed, trying again") && strings.Contains(line, "code: 243") {
			select {
			case told <- struct{}{}:
			default:
			}
		}
	}))
	run(t, cfg)
	<-told
	<-told
	offsets, err := k.admin.FetchOffsets(t.Context(), k.ns.Group(Role))
	if err != nil {
		t.Fatal(err)
	}
	if events := offsets[k.ns.Topic(topics.Events)]; len(events) > 0 { // another topic may have had a batch of its own
		t.Fatalf("committed %v without the rows", events)
	}
	room("0")
	k.caughtUp()
	checkViews(t, conn, want)
}

// TestStopWhileAway: a stop ends the wait, and what was not written is not
// committed.
func TestStopWhileAway(t *testing.T) {
	conn, db := database(t)
	k := newKafka(t)
	want := story(k, 3)
	cfg := k.config(db)
	cfg.StopTimeout = 50 * time.Millisecond
	tried := make(chan struct{})
	var once sync.Once
	stop := runWith(t, cfg, func(string) fault {
		once.Do(func() { close(tried) })
		return lost
	})
	<-tried
	stop()
	run(t, k.config(db))
	k.caughtUp()
	checkViews(t, conn, want)
}

// TestStopWritesWhatItHolds: with a long interval a stop is what flushes.
func TestStopWritesWhatItHolds(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kafka) {
		conn, db := database(t)
		want := story(k, 2)
		cfg := k.config(db)
		cfg.Interval = time.Hour
		polled := &pollHook{left: 2 * (3 + 1 + 2 + 2 + 1), done: make(chan struct{})}
		cfg.Kafka = append(cfg.Kafka, kgo.WithHooks(polled))
		stop := run(t, cfg)
		<-polled.done
		stop()
		checkViews(t, conn, want)
	})
}

// pollHook tells when so many records, markers not counted, were handed to the sink.
type pollHook struct {
	left int
	done chan struct{}
}

func (h *pollHook) OnFetchRecordUnbuffered(r *kgo.Record, polled bool) {
	if !polled || r.Attrs.IsControl() {
		return
	}
	if h.left--; h.left == 0 {
		close(h.done)
	}
}

// TestTwoShareAndOneLeaves: partitions move between two sinks while records come.
func TestTwoShareAndOneLeaves(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kafka) {
		conn, db := database(t)
		cfg := k.config(db)
		cfg.MaxRecords = 7
		first := run(t, cfg)
		story(k, 10)
		second := k.config(db)
		second.Interval = time.Millisecond
		run(t, second)
		want := story(k, 20) // the first ten again at other offsets: records of their own
		first()
		k.caughtUp()
		want["events"] += 20 // customers 0 to 9 came twice
		want["verdicts"] += 10
		want["tier_changes"] += 10
		checkViews(t, conn, want)
	})
}

type lineHook func(string)

func (h lineHook) Write(p []byte) (int, error) {
	h(string(p))
	return len(p), nil
}
