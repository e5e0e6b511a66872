package kafka

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/event"
)

const (
	// maxLetter is the largest dead letter with its key: batch and record headers come
	// beside.
	maxLetter = topics.MaxDeadLetterBytes - 64<<10
	// maxLetterKey is the largest key that a dead letter keeps. It tells a person which
	// record was meant, and nobody orders by it.
	maxLetterKey = 16 << 10
)

// DeadLetters appends to tierwatch.dlq. It is safe for concurrent use.
type DeadLetters struct {
	client     *kgo.Client
	topic      string
	partitions int32
}

// NewDeadLetters connects lazily. partitions is the log's.
func NewDeadLetters(opts []kgo.Opt, ns topics.Namespace, partitions int32) (*DeadLetters, error) {
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), opts...),
		kgo.RecordPartitioner(LogPartitioner()),
		kgo.ProducerBatchMaxBytes(topics.MaxDeadLetterBytes),
		kgo.MaxBufferedBytes(4*topics.MaxDeadLetterBytes),
	)...)
	if err != nil {
		return nil, fmt.Errorf("open dead letters: %w", err)
	}
	return &DeadLetters{client: client, topic: ns.Topic(topics.DLQ), partitions: partitions}, nil
}

// Close gives up what is not acknowledged; Flush first.
func (d *DeadLetters) Close() { d.client.Close() }

// Flush waits until everything put before is acknowledged or has failed.
func (d *DeadLetters) Flush(ctx context.Context) error {
	if err := d.client.Flush(ctx); err != nil {
		return fmt.Errorf("flush dead letters: %w", err)
	}
	return nil
}

// Put appends a dead letter under the key of its source record. A key or an original
// that the topic cannot hold is replaced by its SHA-256, and the detail says so: no
// record of a source may be too large to be put aside. done is called once.
func (d *DeadLetters) Put(ctx context.Context, key []byte, l *pb.DeadLetter, done func(error)) {
	if len(key) > maxLetterKey {
		key = []byte(leftOut(l, "key", key))
	}
	if len(key)+l.SizeVT() > maxLetter {
		leftOut(l, "original", l.Original)
		l.Original = nil
	}
	value, err := l.MarshalVT()
	if err != nil {
		done(fmt.Errorf("marshal dead letter: %w", err))
		return
	}
	r := &kgo.Record{Topic: d.topic, Key: key, Value: value, Partition: l.OriginPartition % d.partitions}
	d.client.Produce(ctx, r, func(_ *kgo.Record, err error) {
		if err != nil {
			err = fmt.Errorf("append to %s: %w", d.topic, err)
		}
		done(err)
	})
}

// leftOut says in the detail what the letter does not hold.
func leftOut(l *pb.DeadLetter, what string, content []byte) string {
	h := sha256.Sum256(content)
	sum := hex.EncodeToString(h[:])
	l.Detail = fmt.Sprintf("%s; %s of %d bytes left out, sha256 %s", l.Detail, what, len(content), sum)
	return sum
}

// deadLetter makes the letter of a rejected source record.
func deadLetter(source string, r *kgo.Record, rej *event.Reject, at int64) *pb.DeadLetter {
	return &pb.DeadLetter{
		Cause: string(rej.Cause), Field: rej.Field, Detail: rej.Detail,
		Source: source, OriginName: r.Topic, OriginPartition: r.Partition, OriginPosition: r.Offset,
		Original: r.Value, Stage: "ingest", At: at,
	}
}
