package load

import (
	"context"
	"fmt"
	"maps"

	"github.com/cespare/xxhash/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// tail counts, by content, what lies behind noted ends of a topic.
type tail map[uint64]int

// take says whether the content is there, and uses it up.
func (t tail) take(content uint64) bool {
	if t[content] == 0 {
		return false
	}
	if t[content]--; t[content] == 0 {
		delete(t, content)
	}
	return true
}

func recordContent(customer string, value []byte) uint64 {
	h := xxhash.New()
	_, _ = h.WriteString(customer) // never fails
	_, _ = h.Write([]byte{0})
	_, _ = h.Write(value)
	return h.Sum64()
}

// letterContent leaves out the time at which the letter was written.
func letterContent(l *pb.DeadLetter) uint64 {
	h := xxhash.New()
	_, _ = fmt.Fprintf(h, "%s\x00%s\x00%s\x00%d\x00", l.Source, l.Cause, l.OriginName, l.OriginPosition)
	_, _ = h.Write(l.Original)
	return h.Sum64()
}

// behind reads a topic from the ends noted to its present end and gives every
// record to note.
func (l *Load) behind(ctx context.Context, id topics.ID, noted []int64, note func(*kgo.Record), more ...kgo.Opt) error {
	name := l.d.Namespace.Topic(id)
	from := map[int32]kgo.Offset{}
	client, err := kgo.NewClient(l.d.Kafka...)
	if err != nil {
		return fmt.Errorf("open kafka client: %w", err)
	}
	ends, err := kafka.EndOffsets(ctx, client, name)
	client.Close()
	if err != nil {
		return err
	}
	for p, end := range ends {
		if p < len(noted) && noted[p] < end {
			from[int32(p)] = kgo.NewOffset().At(noted[p])
		}
	}
	if len(from) == 0 {
		return nil
	}
	client, err = kgo.NewClient(append(append(more, l.d.Kafka...),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{name: maps.Clone(from)}),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		// Markers of transactions take offsets too.
		kgo.KeepControlRecords(),
	)...)
	if err != nil {
		return fmt.Errorf("open reader of %s: %w", name, err)
	}
	defer client.Close()
	for len(from) > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			end := ends[r.Partition]
			if r.Offset < end && !r.Attrs.IsControl() {
				note(r)
			}
			// An aborted record is not given; the marker that ends its transaction is.
			if _, open := from[r.Partition]; open && r.Offset >= end-1 {
				delete(from, r.Partition)
			}
		})
	}
	return nil
}
