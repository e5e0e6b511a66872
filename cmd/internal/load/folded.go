package load

import (
	"context"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// Folded is what the fold said of the stretch of the log that a load wrote (rule
// R104): from where the log ended before its first start to where it ended when the
// load had written everything. In a live log, records of others are among them.
type Folded struct {
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

// stretch is what a load wrote of the log, and where the topics ended before the fold
// could say anything of it.
type stretch struct {
	log, end      []int64
	dlq, verdicts []int64
	partial       bool
}

// begin notes where the topics end before this load writes; one that goes on keeps
// what its first start had noted.
func (r *running) begin(ctx context.Context) error {
	s := &r.l.stretch
	if had := r.l.resumed; had != nil && len(had.BeganLog) > 0 {
		s.log, s.dlq, s.verdicts = had.BeganLog, had.BeganDlq, had.BeganVerdicts
		return nil
	}
	s.partial = r.l.resumed != nil
	var err error
	for id, ends := range map[topics.ID]*[]int64{topics.Events: &s.log, topics.DLQ: &s.dlq, topics.Verdicts: &s.verdicts} {
		if *ends, err = kafka.EndOffsets(ctx, r.client, r.l.d.Namespace.Topic(id)); err != nil {
			return err
		}
	}
	return nil
}

// has tells whether a place of the log is in the stretch.
func (s *stretch) has(p *pb.Position) bool {
	i := int(p.GetPartition())
	return p != nil && i < len(s.log) && i < len(s.end) && s.log[i] <= p.Offset && p.Offset < s.end[i]
}

// Folded reads what the fold said of this load. Call it after Run, when the fold has
// passed the end of the log.
func (l *Load) Folded(ctx context.Context) (*Folded, error) {
	s := &l.stretch
	f := &Folded{Refused: map[string]int64{}, Verdicts: map[string]int64{}, Partial: s.partial}
	committed := kgo.FetchIsolationLevel(kgo.ReadCommitted())
	err := l.behind(ctx, topics.DLQ, s.dlq, func(r *kgo.Record) {
		var d pb.DeadLetter
		if d.UnmarshalVT(r.Value) != nil || d.Stage != "fold" || !s.has(d.Log) {
			return
		}
		f.Refused[d.Cause]++
		if at := r.Timestamp.Unix(); f.Since == 0 || at < f.Since {
			f.Since = at
		}
	}, committed)
	if err != nil {
		return nil, fmt.Errorf("count what the fold refused: %w", err)
	}
	err = l.behind(ctx, topics.Verdicts, s.verdicts, func(r *kgo.Record) {
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
