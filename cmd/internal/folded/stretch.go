package folded

import (
	"context"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// Said is what the fold said of a stretch of the log (rule R104). In a live log,
// records of others are among them.
type Said struct {
	// Refused are the dead letters of the fold by cause.
	Refused map[string]int64 `json:"refused"`
	// Verdicts are those on records that were not refused, by kind: duplicate, late
	// and the like.
	Verdicts map[string]int64 `json:"verdicts"`
	// Partial: an interrupted load did not note where it began, so this covers what
	// was written since it went on.
	Partial bool `json:"partial,omitempty"`
	// Since is when the first of the dead letters was written, UTC seconds; 0: none.
	Since int64 `json:"-"`
}

// Stretch is a part of the log, and where the topics ended before the fold could say
// anything of it.
type Stretch struct {
	// Log and End are where it begins and ends, by partition.
	Log, End      []int64
	DLQ, Verdicts []int64
	Partial       bool
}

// Begin is the stretch that begins at the present end of the log.
func Begin(ctx context.Context, d *wire.Deployment) (s Stretch, err error) {
	client, err := kgo.NewClient(d.Kafka...)
	if err != nil {
		return s, fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	for id, ends := range map[topics.ID]*[]int64{topics.Events: &s.Log, topics.DLQ: &s.DLQ, topics.Verdicts: &s.Verdicts} {
		if *ends, err = kafka.EndOffsets(ctx, client, d.Namespace.Topic(id)); err != nil {
			return s, err
		}
	}
	return s, nil
}

// has tells whether a place of the log is in the stretch.
func (s *Stretch) has(p *pb.Position) bool {
	i := int(p.GetPartition())
	return p != nil && i < len(s.Log) && i < len(s.End) && s.Log[i] <= p.Offset && p.Offset < s.End[i]
}

// Said reads what the fold said of the stretch. Call it when the fold has passed its end.
func (s *Stretch) Said(ctx context.Context, d *wire.Deployment) (*Said, error) {
	f := &Said{Refused: map[string]int64{}, Verdicts: map[string]int64{}, Partial: s.Partial}
	committed := kgo.FetchIsolationLevel(kgo.ReadCommitted())
	err := Behind(ctx, d, topics.DLQ, s.DLQ, func(r *kgo.Record) {
		var l pb.DeadLetter
		if l.UnmarshalVT(r.Value) != nil || l.Stage != "fold" || !s.has(l.Log) {
			return
		}
		f.Refused[l.Cause]++
		if at := r.Timestamp.Unix(); f.Since == 0 || at < f.Since {
			f.Since = at
		}
	}, committed)
	if err != nil {
		return nil, fmt.Errorf("count what the fold refused: %w", err)
	}
	err = Behind(ctx, d, topics.Verdicts, s.Verdicts, func(r *kgo.Record) {
		var v pb.Verdict
		if v.UnmarshalVT(r.Value) != nil || !s.has(v.Log) {
			return
		}
		switch v.Kind {
		case pb.VerdictKind_VERDICT_REJECTED, pb.VerdictKind_VERDICT_CONFLICT: // each has its dead letter
		default:
			f.Verdicts[strings.ToLower(strings.TrimPrefix(v.Kind.String(), "VERDICT_"))]++
		}
	}, committed)
	if err != nil {
		return nil, fmt.Errorf("count the fold's verdicts: %w", err)
	}
	return f, nil
}
