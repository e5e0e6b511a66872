package kafka_test

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// witness collects what an ingest logs and counts.
type witness struct {
	mu   sync.Mutex
	text bytes.Buffer
	seen *kafka.Metrics
}

func (w *witness) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(line) //nolint:wrapcheck // never fails
}

// watched lets w see what an ingest does.
func (w *witness) watched(o *kafka.IngestOptions) {
	w.seen = kafka.NewMetrics()
	o.Metrics, o.Log = w.seen, zerolog.New(w).Level(zerolog.WarnLevel)
}

// logged wants a line with all of the words.
func (w *witness) logged(t *testing.T, words ...string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
line:
	for line := range strings.Lines(w.text.String()) {
		for _, word := range words {
			if !strings.Contains(line, word) {
				continue line
			}
		}
		return
	}
	t.Errorf("no line with %q in\n%s", words, w.text.String())
}

// counted wants a counter of the source at a value.
func (w *witness) counted(t *testing.T, name string, want float64) {
	t.Helper()
	r := prometheus.NewRegistry()
	r.MustRegister(w.seen.Collectors()...)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := 0.0
	for _, f := range families {
		if f.GetName() == name {
			got = f.Metric[0].GetCounter().GetValue()
		}
	}
	if got != want {
		t.Errorf("%s is %v, want %v", name, got, want)
	}
}

// cutBefore deletes the records of partition 0 before an offset, as retention does.
func (b *bank) cutBefore(offset int64) {
	b.t.Helper()
	at := kadm.Offsets{}
	at.Add(kadm.Offset{Topic: b.source, At: offset})
	resp, err := kadm.NewClient(b.client).DeleteRecords(b.t.Context(), at)
	if err == nil {
		err = resp.Error()
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

func customers(from, to int) (list []string) {
	for i := from; i < to; i++ {
		list = append(list, fmt.Sprintf("C%d %d", i, 100+i))
	}
	return list
}

// What the bank's retention deletes before it is read is told: in the log, in the
// metric and in the books. The rest is read.
func TestRecordsDeletedBeforeTheyWereReadAreTold(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		b.send(0, customers(0, 3)...)
		first := b.ingest()
		b.read(topics.Events, 3)
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
		b.send(0, customers(3, 10)...)
		b.cutBefore(8)

		var w witness
		second := b.ingest(w.watched)
		last := map[int64]bool{}
		for _, r := range b.read(topics.Events, 5) {
			last[decodeLog(t, r).Origin.Position] = true
		}
		if !last[8] || !last[9] {
			t.Errorf("the log has the records %v, want 8 and 9 too", last)
		}
		if err := second.stop(); err != nil {
			t.Fatal(err)
		}
		w.counted(t, "tierwatch_ingest_lost_records_total", 5)
		w.logged(t, `"error"`, `"from":3`, `"to":7`, "the bank's files")
		b.books(&pb.SourceBooks{Read: 5, Accepted: 5, Lost: 5, LostFrom: 3, LostTo: 8}, 10)

		var again witness // it is told once
		third := b.ingest(again.watched)
		b.send(0, "D 900")
		b.read(topics.Events, 6)
		if err := third.stop(); err != nil {
			t.Fatal(err)
		}
		again.counted(t, "tierwatch_ingest_lost_records_total", 0)
		b.books(&pb.SourceBooks{Read: 6, Accepted: 6, Lost: 5, LostFrom: 3, LostTo: 8}, 11)
	})
}

// Where nothing is left to read, no record tells of the loss: the beginning does, and
// nothing of the partition waits any more.
func TestASourceOfWhichNothingIsLeft(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		b.send(0, customers(0, 3)...)
		first := b.ingest()
		b.read(topics.Events, 3)
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
		b.send(0, customers(3, 10)...)
		b.cutBefore(10)

		var w witness
		second := b.ingest(w.watched)
		b.bookedTo(10)
		if err := second.stop(); err != nil {
			t.Fatal(err)
		}
		w.counted(t, "tierwatch_ingest_lost_records_total", 7)
		b.books(&pb.SourceBooks{Read: 3, Accepted: 3, Lost: 7, LostFrom: 3, LostTo: 10}, 10)
	})
}

// bookedTo waits until partition 0 is committed up to an offset.
func (b *bank) bookedTo(offset int64) {
	b.t.Helper()
	for b.committed()[0] != offset {
		if b.t.Context().Err() != nil {
			b.t.Fatal("the test is over")
		}
	}
}

// The source's broker has lost the end of what was read, and more: its partition ends
// before the committed offset. Ingest says so and goes on with what comes now.
func TestASourceCutAtItsEndGoesOn(t *testing.T) {
	for name, epoch := range map[string]int32{"its end is known": 0, "without an epoch": -1} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, b *bank) { cutAtItsEnd(t, b, epoch) })
		})
	}
}

func cutAtItsEnd(t *testing.T, b *bank, epoch int32) {
	t.Helper()
	b.send(0, customers(0, 10)...)
	at := kadm.Offsets{}
	at.Add(kadm.Offset{Topic: b.source, At: 100, LeaderEpoch: epoch})
	if err := kadm.NewClient(b.client).CommitAllOffsets(t.Context(), b.ns.Group("ingest-core"), at); err != nil {
		t.Fatal(err)
	}
	var w witness
	r := b.ingest(w.watched)
	if epoch >= 0 {
		b.bookedTo(10) // before anything comes
	}
	b.send(0, "D 900")
	records := 1
	if epoch < 0 { // nobody knows where it parted: all of it is read again
		records = 11
	}
	come := false
	for _, r := range b.read(topics.Events, records) {
		come = come || decodeLog(t, r).Origin.Position == 10
	}
	if !come {
		t.Error("what came last is not in the log")
	}
	b.reported(func(s *pb.SourceProgress) bool { return s.Partition == 0 && s.Position == 11 && s.End == 11 })
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	w.counted(t, "tierwatch_ingest_truncated_total", 1)
	w.counted(t, "tierwatch_ingest_restarts_total", 0)
	books, goesOn := &pb.SourceBooks{From: 10, Read: 1, Accepted: 1}, `"goes_on_at":10`
	if epoch < 0 {
		books, goesOn = &pb.SourceBooks{Read: 11, Accepted: 11}, `"goes_on_at":0`
	}
	w.logged(t, `"error"`, `"was_read_to":100`, goesOn)
	b.books(books, 11)
}

// The same under an ingest at work: a new leader knows only some of what was read of the
// old one, and gives their offsets to what is written since.
func TestASourceCutUnderIngestGoesOn(t *testing.T) {
	b := newBank(t)
	b.send(0, customers(0, 10)...)
	var w witness
	r := b.ingest(w.watched)
	b.read(topics.Events, 10)
	b.bookedTo(10)
	b.newLeader(6)
	b.read(topics.Events, 14) // four of its own in the place of those that are lost
	b.send(0, "D 900")
	got := map[int64]int{}
	for _, r := range b.read(topics.Events, 15) {
		got[decodeLog(t, r).Origin.Position]++
	}
	for at := range int64(11) {
		want := 1
		if at >= 6 && at < 10 {
			want = 2 // of the old leader and of the new one
		}
		if got[at] != want {
			t.Errorf("%d records of offset %d are in the log, want %d", got[at], at, want)
		}
	}
	b.reported(func(s *pb.SourceProgress) bool { return s.Partition == 0 && s.Position == 11 && s.End == 11 })
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	w.counted(t, "tierwatch_ingest_truncated_total", 1)
	w.counted(t, "tierwatch_ingest_restarts_total", 0)
	w.logged(t, `"error"`, `"was_read_to":10`, `"goes_on_at":6`)
	b.books(&pb.SourceBooks{From: 6, Read: 5, Accepted: 5}, 11)
}

// newLeader lets partition 0 have another leader, under whom what was written before ends
// at an offset. In memory that is the same broker with the same records: it says so until
// they are read again from there.
func (b *bank) newLeader(end int64) {
	b.t.Helper()
	var again atomic.Bool
	source := b.cluster.TopicInfo(b.source)
	b.cluster.ControlKey(kmsg.Fetch.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		for _, topic := range req.(*kmsg.FetchRequest).Topics {
			for _, p := range topic.Partitions {
				ours := topic.Topic == source.Topic || topic.TopicID == source.TopicID
				if ours && p.Partition == 0 && p.CurrentLeaderEpoch > 0 && p.FetchOffset == end {
					again.Store(true)
				}
			}
		}
		return nil, nil, false
	})
	b.cluster.ControlKey(kmsg.OffsetForLeaderEpoch.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.cluster.KeepControl()
		in := req.(*kmsg.OffsetForLeaderEpochRequest)
		resp := in.ResponseKind().(*kmsg.OffsetForLeaderEpochResponse)
		for _, topic := range in.Topics {
			rt := kmsg.NewOffsetForLeaderEpochResponseTopic()
			rt.Topic = topic.Topic
			for _, p := range topic.Partitions {
				if topic.Topic != b.source || p.Partition != 0 || p.CurrentLeaderEpoch == 0 { // who asks does not know of it yet
					return nil, nil, false
				}
				rp := kmsg.NewOffsetForLeaderEpochResponseTopicPartition()
				rp.Partition, rp.LeaderEpoch, rp.EndOffset = p.Partition, p.LeaderEpoch, end
				if again.Load() {
					rp.EndOffset = math.MaxInt64
				}
				rt.Partitions = append(rt.Partitions, rp)
			}
			resp.Topics = append(resp.Topics, rt)
		}
		return resp, nil, true
	})
	if err := b.cluster.MoveTopicPartition(b.source, 0, b.cluster.LeaderFor(b.source, 0)); err != nil {
		b.t.Fatal(err)
	}
}
