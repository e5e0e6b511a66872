package kafka_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

func (b *bank) writer() *kafka.LogWriter {
	b.t.Helper()
	w, err := kafka.NewLogWriter(kafka.WriterOptions{Kafka: b.kafka, Namespace: b.ns, Partitions: partitions})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(w.Close)
	return w
}

func TestControlRecordsGoToEveryPartitionBetweenTheOthers(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		w := b.writer()
		for i := range 50 {
			id := fmt.Sprintf("C%d", i%7)
			if err := w.Write(t.Context(), id, &pb.LogRecord{Transaction: &pb.Transaction{CustomerId: id, EventTime: int64(i)}}, nil); err != nil {
				t.Fatal(err)
			}
			if i == 24 {
				if err := w.Control(t.Context(), &pb.LogRecord{Tick: &pb.Tick{At: 1}}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		ends, err := w.Ends(t.Context())
		if err != nil || len(ends) != partitions || ends[0]+ends[1]+ends[2] != 50+partitions {
			t.Fatalf("ends %v, error %v", ends, err)
		}
		// Every Kafka client puts a key where we put it.
		other := b.open()
		ticked := map[int32]bool{}
		var probe []string
		for _, r := range b.read(topics.Events, 50+partitions) {
			if len(r.Key) == 0 {
				ticked[r.Partition] = true
				continue
			}
			txn := decodeLog(t, r)
			if (txn.EventTime > 24) != ticked[r.Partition] {
				t.Errorf("record %d of partition %d is on the wrong side of the TICK", txn.EventTime, r.Partition)
			}
			probe = append(probe, fmt.Sprintf("%s in %d", r.Key, r.Partition))
		}
		if len(ticked) != partitions {
			t.Errorf("TICK in %d partitions, want %d", len(ticked), partitions)
		}
		for i := range 7 {
			key := fmt.Sprintf("C%d", i)
			r, err := other.ProduceSync(t.Context(), &kgo.Record{Topic: b.ns.Topic(topics.Deliveries), Key: []byte(key)}).First()
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(probe, fmt.Sprintf("%s in %d", key, r.Partition)) {
				t.Errorf("%s: a plain client puts it into partition %d", key, r.Partition)
			}
		}
	})
}

func TestARecordTooLargeHarmsNoOther(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		w := b.writer()
		huge := &pb.LogRecord{Transaction: &pb.Transaction{CustomerId: "C", PurposeCode: strings.Repeat("x", topics.MaxRecordBytes)}}
		if err := w.Write(t.Context(), "C", huge, nil); !errors.Is(err, kafka.ErrTooLarge) {
			t.Fatalf("error %v", err)
		}
		if err := w.Write(t.Context(), "", &pb.LogRecord{}, nil); err == nil {
			t.Error("a record without a customer was accepted")
		}
		if err := w.Write(t.Context(), "C", &pb.LogRecord{Transaction: &pb.Transaction{CustomerId: "C"}}, nil); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

// The memory of a burst is used again after Wait; what the log has must not change
// with it.
func TestBurstsUseTheirMemoryAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		w := b.writer()
		const bursts, each = 8, 1500
		for i := range bursts {
			burst := w.Burst()
			for j := range each {
				id := fmt.Sprintf("C%d", i*each+j)
				r := &pb.LogRecord{Transaction: &pb.Transaction{CustomerId: id, EventTime: int64(i*each + j), PurposeCode: strings.Repeat(id, j%50)}}
				if err := burst.Write(t.Context(), id, r); err != nil {
					t.Fatal(err)
				}
			}
			if i == 3 { // larger than a block
				if err := burst.Write(t.Context(), "big", &pb.LogRecord{Transaction: &pb.Transaction{CustomerId: "big", PurposeCode: strings.Repeat("x", 1<<20)}}); err != nil {
					t.Fatal(err)
				}
			}
			burst.End()
			if err := burst.Wait(); err != nil {
				t.Fatal(err)
			}
		}
		seen := map[string]bool{}
		for _, r := range b.read(topics.Events, bursts*each+1) {
			x := decodeLog(t, r)
			seen[x.CustomerId] = true
			want := strings.Repeat(x.CustomerId, int(x.EventTime)%each%50)
			if x.CustomerId == "big" {
				want = strings.Repeat("x", 1<<20)
			}
			if string(r.Key) != x.CustomerId || x.PurposeCode != want {
				t.Fatalf("record of %s under key %s has another's content", x.CustomerId, r.Key)
			}
		}
		if len(seen) != bursts*each+1 {
			t.Errorf("%d records, want %d", len(seen), bursts*each+1)
		}
	})
}

func TestAnEmptyBurstIsDone(t *testing.T) {
	w := newBank(t).writer()
	burst := w.Burst()
	if err := burst.Write(t.Context(), "", &pb.LogRecord{}); err == nil {
		t.Error("a record without a customer was accepted")
	}
	burst.End()
	if err := burst.Wait(); err != nil {
		t.Error(err)
	}
}

func TestABurstFailsWithItsWriter(t *testing.T) {
	w := newBank(t).writer()
	burst := w.Burst()
	if err := burst.Write(t.Context(), "C", &pb.LogRecord{Transaction: &pb.Transaction{CustomerId: "C"}}); err != nil {
		t.Fatal(err)
	}
	w.Close() // gives up what is not acknowledged
	if err := burst.Write(t.Context(), "C", &pb.LogRecord{Transaction: &pb.Transaction{CustomerId: "C"}}); err != nil && w.Err() == nil {
		t.Error("failed before its writer has: ", err)
	}
	burst.End()
	if err := burst.Wait(); err == nil || w.Err() == nil {
		t.Error("records given up count as written")
	}
}
