package load

import (
	"context"

	"github.com/tierwatch/tierwatch/cmd/internal/folded"
)

// begin notes where the topics end before this load writes; one that goes on keeps
// what its first start had noted.
func (r *running) begin(ctx context.Context) (err error) {
	had := r.l.resumed
	if had != nil && len(had.BeganLog) > 0 {
		r.l.stretch = folded.Stretch{Log: had.BeganLog, DLQ: had.BeganDlq, Verdicts: had.BeganVerdicts}
		return nil
	}
	r.l.stretch, err = folded.Begin(ctx, r.l.d)
	r.l.stretch.Partial = had != nil
	return err
}

// Folded reads what the fold said of this load. Call it after Run, when the fold has
// passed the end of the log.
func (l *Load) Folded(ctx context.Context) (*folded.Said, error) { return l.stretch.Said(ctx, l.d) }
