package kafka_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

func TestProgressIsReported(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		b.send(0, "A 100", "B 700", "C 300")
		b.ingest()
		read, idle := false, false
		b.reported(func(s *pb.SourceProgress) bool {
			switch {
			case s.Partition == 0 && s.Position == 3:
				read = s.Source == "core" && s.Watermark == 700 && s.End == 3 && s.At > 0 &&
					len(s.Topics) == 1 && s.Topics[0].EqualVT(&pb.SourceTopic{Name: b.source, Partitions: 2})
			case s.Partition == 1:
				idle = s.Position == 0 && s.End == 0
			}
			return read && idle
		})
	})
}

func TestTheEndOfADayIsReported(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		b.send(0, "eod 20259", "A 100")
		b.send(1, "B 100", "eod 20257", "eod 20258")
		b.ingest()
		want := map[int32]int32{0: 20259, 1: 20258}
		b.reported(func(s *pb.SourceProgress) bool {
			if want[s.Partition] == s.EndOfDay {
				delete(want, s.Partition)
			}
			return len(want) == 0
		})
	})
}

// A source that writes in transactions: what is aborted is not read, and the marker at
// the end does not look like a record that waits.
func TestTransactionsOfASource(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		source := b.open(kgo.TransactionalID(b.source), kgo.RecordPartitioner(kgo.ManualPartitioner()))
		for i, end := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort, kgo.TryCommit} {
			if err := source.BeginTransaction(); err != nil {
				t.Fatal(err)
			}
			r := &kgo.Record{Topic: b.source, Partition: 0, Value: fmt.Appendf(nil, "C%d 100", i)}
			if err := source.ProduceSync(t.Context(), r).FirstErr(); err != nil {
				t.Fatal(err)
			}
			if err := source.EndTransaction(t.Context(), end); err != nil {
				t.Fatal(err)
			}
		}
		b.ingest()
		b.reported(func(s *pb.SourceProgress) bool { return s.Partition == 0 && s.End == 6 && s.Position == 6 })
		for _, r := range b.read(topics.Events, 2) { // in different partitions
			if who := string(r.Key); who != "C0" && who != "C2" {
				t.Errorf("a record of %s, want C0 and C2", who)
			}
		}
	})
}

// A marker for the whole topic carries where every partition ended when it was read.
func TestTheEndOfADayOfAWholeTopicIsReported(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		b.send(0, "A 100", "eod 20259", "A 200")
		b.send(1, "B 100", "B 200")
		b.ingest(func(o *kafka.IngestOptions) { o.WholeTopic = true })
		want := &pb.TopicEnd{Day: 20259, Ends: []*pb.PartitionEnd{{Partition: 0, End: 3}, {Partition: 1, End: 2}}}
		b.reported(func(s *pb.SourceProgress) bool {
			if s.EndOfDay != 0 {
				t.Errorf("partition %d is said to have ended day %d by itself", s.Partition, s.EndOfDay)
			}
			return s.Partition == 0 && s.Position == 3 && s.TopicEnd.EqualVT(want)
		})
	})
}

// reported reads reports until one is enough.
func (b *bank) reported(enough func(*pb.SourceProgress) bool) {
	b.t.Helper()
	client := b.open(kgo.ConsumeTopics(b.ns.Topic(topics.Reports)))
	ctx, cancel := context.WithTimeout(b.t.Context(), 2*time.Minute)
	defer cancel()
	for {
		f := client.PollFetches(ctx)
		if err := f.Err(); err != nil {
			b.t.Fatal(err)
		}
		for _, rec := range f.Records() {
			var report pb.Report
			if err := report.UnmarshalVT(rec.Value); err != nil {
				b.t.Fatal(err)
			}
			if enough(report.Source) {
				return
			}
		}
	}
}

// One wrong date must not end the days before it. What is dated after the clock goes
// into the log, but does not tell how far its source is, nor hides what tells it.
func TestWhatIsDatedAheadDoesNotTellHowFarASourceIs(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		cal, err := event.NewCalendar("Asia/Shanghai", "", "CNY")
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2025, 6, 21, 12, 0, 0, 0, time.UTC)
		today, month := cal.BusinessDay(now.Unix()), int64(30*24*3600)
		var w witness
		b.send(0,
			fmt.Sprintf("A %d", now.Unix()-5), fmt.Sprintf("B %d", now.Unix()+month), fmt.Sprintf("C %d", now.Unix()-9),
			fmt.Sprintf("eod %d", today-1), fmt.Sprintf("eod %d", today+1))
		b.send(1, fmt.Sprintf("D %d", now.Unix()+60), fmt.Sprintf("E %d", now.Unix()+61), fmt.Sprintf("eod %d", today))
		r := b.ingest(w.watched, func(o *kafka.IngestOptions) {
			o.Now, o.Calendar = func() time.Time { return now }, cal
		})
		b.read(topics.Events, 5)
		type word struct {
			watermark int64
			endOfDay  int32
		}
		got := map[int32]word{}
		b.reported(func(s *pb.SourceProgress) bool {
			if s.Position == s.End && s.End > 0 {
				got[s.Partition] = word{s.Watermark, s.EndOfDay}
			}
			return len(got) == 2
		})
		if want := (word{now.Unix() - 5, today - 1}); got[0] != want {
			t.Errorf("partition 0 is told to be at %v, want %v", got[0], want)
		}
		if want := (word{now.Unix() + 60, today}); got[1] != want {
			t.Errorf("partition 1 is told to be at %v, want %v", got[1], want)
		}
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		w.counted(t, "tierwatch_ingest_ahead_total", 3)
		w.logged(t, `"warn"`, "dated after the clock")
		if n := strings.Count(w.text.String(), "dated after the clock"); n != 1 {
			t.Errorf("told %d times", n)
		}
	})
}
