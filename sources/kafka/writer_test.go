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
	w, err := kafka.NewLogWriter(kafka.WriterOptions{Kafka: b.kafka, Namespace: ns, Partitions: partitions})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(w.Close)
	return w
}

func TestControlRecordsGoToEveryPartitionBetweenTheOthers(t *testing.T) {
	b := newBank(t)
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
		r, err := other.ProduceSync(t.Context(), &kgo.Record{Topic: ns.Topic(topics.Deliveries), Key: []byte(key)}).First()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(probe, fmt.Sprintf("%s in %d", key, r.Partition)) {
			t.Errorf("%s: a plain client puts it into partition %d", key, r.Partition)
		}
	}
}

func TestARecordTooLargeHarmsNoOther(t *testing.T) {
	b := newBank(t)
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
}
