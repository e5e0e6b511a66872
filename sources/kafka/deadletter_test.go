package kafka_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

func TestAnOriginalTooLargeIsNamedByItsHash(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		dead, err := kafka.NewDeadLetters(b.kafka, b.ns, partitions)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(dead.Close)
		acknowledged := make(chan error, 1)
		l := &pb.DeadLetter{Detail: "too long", Original: make([]byte, topics.MaxDeadLetterBytes)}
		dead.Put(t.Context(), []byte("k"), l, func(err error) { acknowledged <- err })
		if err := <-acknowledged; err != nil {
			t.Fatal(err)
		}
		var got pb.DeadLetter
		if err := got.UnmarshalVT(b.read(topics.DLQ, 1)[0].Value); err != nil {
			t.Fatal(err)
		}
		const sum = "83ee47245398adee79bd9c0a8bc57b821e92aba10f5f9ade8a5d1fae4d8c4302" // of 32 MiB of zeros
		if len(got.Original) != 0 || got.Detail != "too long; original of 33554432 bytes left out, sha256 "+sum {
			t.Errorf("original of %d bytes, detail %q", len(got.Original), got.Detail)
		}
	})
}

// A record that is rejected is put aside whatever its size: what its key and its value
// take together, and its key alone, may be more than a dead letter holds.
func TestAKeyTooLargeDoesNotStopTheSource(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		part := func(n int) []byte { return bytes.Repeat([]byte("x"), n) }
		for _, r := range []*kgo.Record{
			{Key: part(topics.MaxDeadLetterBytes - 32<<10), Value: part(100 << 10)},
			{Key: part(topics.MaxDeadLetterBytes + 1<<20), Value: []byte("nonsense")},
			{Key: part(10 << 10), Value: part(topics.MaxDeadLetterBytes - 90<<10)},
			{Key: []byte("k"), Value: []byte("A 100")},
		} {
			r.Topic = b.source
			if err := b.client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
		b.ingest()
		if got := decodeLog(t, b.read(topics.Events, 1)[0]); got.Origin.Position != 3 {
			t.Errorf("the log has the record at %d, want that behind the rejected ones", got.Origin.Position)
		}
		for _, rec := range b.read(topics.DLQ, 3) {
			var l pb.DeadLetter
			if err := l.UnmarshalVT(rec.Value); err != nil {
				t.Fatal(err)
			}
			key := map[int64]int{0: 64, 1: 64, 2: 10 << 10}[l.OriginPosition] // a hash has 64
			original := map[int64]int{0: 100 << 10, 1: 8, 2: topics.MaxDeadLetterBytes - 90<<10}[l.OriginPosition]
			if len(rec.Key) != key || len(l.Original) != original {
				t.Errorf("at %d: key of %d bytes, original of %d, want %d and %d", l.OriginPosition, len(rec.Key), len(l.Original), key, original)
			}
			if said := strings.Contains(l.Detail, "key of "); said != (key == 64) {
				t.Errorf("at %d: detail %q", l.OriginPosition, l.Detail)
			}
		}
	})
}
