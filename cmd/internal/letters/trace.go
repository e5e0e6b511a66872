package letters

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// The parts that write dead letters.
const (
	StageIngest    = "ingest"
	StageFold      = "fold"
	StageWarehouse = "warehouse"
)

// Stages are the parts that write dead letters.
var Stages = []string{StageIngest, StageFold, StageWarehouse}

// trace reads the log record that a letter of the fold holds: it tells the source and
// the row it came from.
func (l *Letter) trace(value []byte) {
	rec := new(pb.LogRecord)
	if rec.UnmarshalVT(value) != nil {
		return
	}
	l.Record = rec
	if l.Source == "" {
		l.Source = rec.GetTransaction().GetSource()
	}
}

// customerRecord is the message of a customer that a log record holds, nil if none.
func customerRecord(rec *pb.LogRecord) (found protoreflect.Message) {
	if rec == nil {
		return nil
	}
	rec.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if f.Message() != nil && f.Message().Fields().ByName("customer_id") != nil {
			found = v.Message()
		}
		return found == nil
	})
	return found
}

// Row is where the record of a letter of the fold was read, nil if it does not say.
func (l *Letter) Row() *pb.Origin {
	m := customerRecord(l.Record)
	if m == nil {
		return nil
	}
	f := m.Descriptor().Fields().ByName("origin")
	if f == nil || !m.Has(f) {
		return nil
	}
	o, _ := m.Get(f).Message().Interface().(*pb.Origin)
	if o.GetName() == "" {
		return nil
	}
	return o
}

// InLog is the place in the log of the record that a letter of the fold is about:
// that of a reversal which waited in vain is not where the fold gave it up.
func (l *Letter) InLog() (Place, bool) {
	switch {
	case l.Stage != StageFold:
		return Place{}, false
	case len(l.Original) == 0 && l.Cause == unknownOriginal:
		return Place{l.OriginPartition, l.OriginPosition}, true
	case l.Log == nil:
		return Place{}, false
	}
	return Place{l.Log.Partition, l.Log.Offset}, true
}

// Recall reads the record of a letter of the fold that does not hold it from the log.
// One that was cut from the log stays unknown.
func Recall(ctx context.Context, d *wire.Deployment, l *Letter) error {
	at, ok := l.InLog()
	if l.Record != nil || !ok {
		return nil
	}
	log := d.Namespace.Topic(topics.Events)
	if there, err := before(ctx, d, log, at); err != nil || !there {
		return err
	}
	client, err := kgo.NewClient(append(append([]kgo.Opt(nil), d.Kafka...),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{log: {at.Partition: kgo.NewOffset().At(at.Offset)}}),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.FetchMaxBytes(1), // a broker gives one whole batch all the same
	)...)
	if err != nil {
		return fmt.Errorf("open reader of %s: %w", log, err)
	}
	defer client.Close()
	fetches := client.PollFetches(ctx)
	if err := fetches.Err(); errors.Is(err, kerr.OffsetOutOfRange) {
		return nil
	} else if err != nil {
		return fmt.Errorf("read record %s of %s: %w", at, log, err)
	}
	for _, r := range fetches.Records() {
		if r.Offset == at.Offset {
			l.trace(r.Value)
		}
	}
	return nil
}

// before tells whether a place lies before the end of a topic: a reader would wait for
// one behind it.
func before(ctx context.Context, d *wire.Deployment, topic string, at Place) (bool, error) {
	client, err := kgo.NewClient(d.Kafka...)
	if err != nil {
		return false, fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	ends, err := kafka.EndOffsets(ctx, client, topic)
	return err == nil && int(at.Partition) < len(ends) && at.Offset < ends[at.Partition], err
}
