package kafka_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

func TestAcceptedGoToTheLogRejectedToTheDeadLetters(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		big := strings.Repeat("x", 10<<20)
		b.send(0, "A 100", "nonsense", "", "skip", "B 200", "!")
		b.send(1, "A 300", "LONG 400", big, "C 500")
		r := b.ingest()

		log := b.read(topics.Events, 4)
		perCustomer := map[string][]int64{}
		for _, rec := range log {
			txn := decodeLog(t, rec)
			if string(rec.Key) != txn.CustomerId {
				t.Errorf("key %q of customer %q", rec.Key, txn.CustomerId)
			}
			perCustomer[txn.CustomerId] = append(perCustomer[txn.CustomerId], txn.EventTime)
		}
		if len(perCustomer["A"]) != 2 || len(perCustomer["B"]) != 1 || len(perCustomer["C"]) != 1 {
			t.Errorf("log: %v", perCustomer)
		}
		letters := map[string]*pb.DeadLetter{}
		for _, rec := range b.read(topics.DLQ, 4) {
			var l pb.DeadLetter
			if err := l.UnmarshalVT(rec.Value); err != nil {
				t.Fatal(err)
			}
			if l.Source != "core" || l.OriginName != b.source || l.Stage != "ingest" || string(rec.Key) != "k" {
				t.Errorf("letter without its origin: key %q, %s %s %s", rec.Key, l.Source, l.OriginName, l.Stage)
			}
			letters[fmt.Sprintf("%d/%d", l.OriginPartition, l.OriginPosition)] = &l
		}
		for at, want := range map[string]struct {
			cause    string
			original string
		}{
			"0/1": {"malformed_json", "nonsense"},
			"0/5": {"decoder_panic", "!"},
			"1/1": {"too_large", "LONG 400"},
			"1/2": {"malformed_json", big},
		} {
			l := letters[at]
			if l == nil || l.Cause != want.cause || !bytes.Equal(l.Original, []byte(want.original)) {
				t.Errorf("%s: letter %.80v, want cause %s with its original", at, l, want.cause)
			}
		}
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		if got := b.committed(); got[0] != 6 || got[1] != 4 {
			t.Errorf("committed %v, want 6 and 4", got)
		}
	})
}

func (b *bank) committed() map[int32]int64 {
	b.t.Helper()
	rows, err := kadm.NewClient(b.client).FetchOffsets(b.t.Context(), b.ns.Group("ingest-core"))
	if err != nil {
		b.t.Fatal(err)
	}
	got := map[int32]int64{}
	for p, row := range rows[b.source] {
		got[p] = row.At
	}
	return got
}

func TestNothingIsCommittedBeforeItIsDurable(t *testing.T) {
	b := newBank(t)
	var failed, armed atomic.Bool
	armed.Store(true)
	b.cluster.ControlKey(kmsg.Produce.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		p := req.(*kmsg.ProduceRequest)
		info := b.cluster.TopicInfo(b.ns.Topic(topics.Events))
		for _, topic := range p.Topics {
			if (topic.Topic == info.Topic || topic.TopicID == info.TopicID) && armed.CompareAndSwap(true, false) {
				failed.Store(true)
				return refused(p), nil, true
			}
		}
		return nil, nil, false
	})
	var values []string
	for i := range 100 {
		values = append(values, fmt.Sprintf("C%d %d", i, i+1))
	}
	b.send(0, values...)
	r := b.ingest()
	seen := map[string]bool{}
	for n := 100; len(seen) < 100; n++ { // at least once: some may come twice
		for _, rec := range b.read(topics.Events, n) {
			seen[string(rec.Key)] = true
		}
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if !failed.Load() {
		t.Error("the fault never struck")
	}
	if got := b.committed(); got[0] != 100 {
		t.Errorf("committed %v, want 100", got)
	}
}

type gate struct{ open atomic.Bool }

func (g *gate) Open() bool { return g.open.Load() }

func TestLiveEventsWaitForTheGate(t *testing.T) {
	b := newBank(t)
	b.send(0, "A 100")
	g := &gate{}
	b.ingest(func(o *kafka.IngestOptions) { o.Gate = g })
	if _, err := b.cluster.WaitGroupStable(t.Context(), b.ns.Group("ingest-core"), 1); err != nil {
		t.Fatal(err)
	}
	if n := b.cluster.PartitionInfo(b.ns.Topic(topics.Events), 0); n.HighWatermark != 0 {
		t.Error("written before the gate opened")
	}
	g.open.Store(true)
	b.read(topics.Events, 1)
}

func TestOptionsAreChecked(t *testing.T) {
	if _, err := kafka.NewIngest(kafka.IngestOptions{Name: "core"}); err == nil {
		t.Error("ingest without topics accepted")
	}
	if _, err := kafka.NewLogWriter(kafka.WriterOptions{}); err == nil {
		t.Error("writer without partitions accepted")
	}
	if _, err := kafka.NewLogWriter(kafka.WriterOptions{Partitions: 1, Compression: "rar"}); err == nil {
		t.Error("unknown compression accepted")
	}
	b := newBank(t)
	broken := errors.New("no mapping")
	r := b.ingest(func(o *kafka.IngestOptions) { o.NewDecoder = func() (kafka.Decoder, error) { return nil, broken } })
	if err := <-r.done; !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	r.done <- nil
}

// The books go with the offset: over restarts, and over a commit that was lost, each
// record is counted once.
func TestTheBooksGoWithTheOffset(t *testing.T) {
	b := newBank(t)
	var lost atomic.Bool
	lost.Store(true)
	b.cluster.ControlKey(kmsg.OffsetCommit.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		if lost.Load() {
			return nil, errors.New("hang up"), true
		}
		return nil, nil, false
	})
	b.send(0, "A 100", "nonsense", "", "skip", "B 200")
	first := b.ingest()
	b.read(topics.Events, 2)
	b.reported(func(s *pb.SourceProgress) bool { return s.Partition == 0 && s.Position == 5 })
	_ = first.stop() // its last commit is lost
	lost.Store(false)

	second := b.ingest()
	b.read(topics.Events, 4)
	if err := second.stop(); err != nil {
		t.Fatal(err)
	}
	b.books(&pb.SourceBooks{Read: 5, Accepted: 2, Filtered: 2, Rejected: 1}, 5)

	b.send(0, "C 300", "eod 20259")
	third := b.ingest()
	b.reported(func(s *pb.SourceProgress) bool { return s.Partition == 0 && s.EndOfDay == 20259 })
	if err := third.stop(); err != nil {
		t.Fatal(err)
	}
	b.books(&pb.SourceBooks{Read: 7, Accepted: 3, Filtered: 3, Rejected: 1}, 7)
}

// books wants these books of partition 0, up to an offset.
func (b *bank) books(want *pb.SourceBooks, at int64) {
	b.t.Helper()
	rows, err := kadm.NewClient(b.open()).FetchOffsets(b.t.Context(), b.ns.Group("ingest-core"))
	if err != nil {
		b.t.Fatal(err)
	}
	row, _ := rows.Lookup(b.source, 0)
	got, err := kafka.ParseBooks(row.Metadata)
	if err != nil || row.At != at || !got.EqualVT(want) {
		b.t.Errorf("at %d: %v, %v; want at %d: %v", row.At, got, err, at, want)
	}
}
