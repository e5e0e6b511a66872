package kafka_test

import (
	"testing"

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
