package kafka_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// A copy that is begun again passes over what is there, puts customers where every
// writer puts them, and hears at once of another writer.
func TestACopyKnowsItsPlaces(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bank) {
		copier := func() *kafka.Copier {
			t.Helper()
			c, err := kafka.NewCopier(t.Context(), kafka.WriterOptions{Kafka: b.kafka, Namespace: b.ns, Partitions: partitions}, topics.Events)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Close)
			return c
		}
		fill := func(c *kafka.Copier, from, to int) {
			t.Helper()
			for i := from; i < to; i++ {
				key := fmt.Appendf(nil, "C%d", i%7)
				if err := c.Append(t.Context(), c.PartitionOf(key), &kgo.Record{Key: key, Value: fmt.Appendf(nil, "%d", i)}); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		fill(copier(), 0, 20)
		second := copier()
		fill(second, 0, 50)
		if err := second.Finish(t.Context()); err != nil {
			t.Fatal(err)
		}
		w := b.writer() // one who is not expected
		for _, r := range b.read(topics.Events, 50) {
			if r.Partition != second.PartitionOf(r.Key) {
				t.Errorf("%s lies in partition %d", r.Key, r.Partition)
			}
		}
		if err := w.WriteValue(t.Context(), "C1", []byte("another"), nil); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := second.Finish(t.Context()); !errors.Is(err, kafka.ErrOtherWriter) {
			t.Errorf("finished with %v", err)
		}
		at := second.PartitionOf([]byte("C1"))
		if err := second.Append(t.Context(), at, &kgo.Record{Key: []byte("C1"), Value: []byte("50")}); err != nil {
			t.Fatal(err)
		}
		if err := second.Flush(t.Context()); !errors.Is(err, kafka.ErrOtherWriter) {
			t.Errorf("a record in the place of another: %v", err)
		}
	})
}
