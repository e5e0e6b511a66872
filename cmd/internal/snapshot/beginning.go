package snapshot

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tierwatch/tierwatch/cmd/internal/reading"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sinks/clickhouse"
)

// ErrWhole is a log that has its beginning, and so lacks nothing that was said before.
var ErrWhole = errors.New("the log has its beginning")

// Beginning is what the log from the snapshot on does not say of the time before: all
// partitions know the same of it.
func (s *Snapshot) Beginning() (*clickhouse.Beginning, error) {
	known, err := s.Known(0)
	if err != nil {
		return nil, err
	}
	given, err := known.Given()
	if err != nil {
		return nil, s.Unloaded(0, err)
	}
	c := known.Clock()
	return &clickhouse.Beginning{Day: c.LastClose, Cut: c.Cut, Term: c.Term, Records: given}, nil
}

// BeginningOf is Beginning if the snapshot is of the log, whose own beginning was cut.
func (s *Snapshot) BeginningOf(ctx context.Context, d *wire.Deployment) (*clickhouse.Beginning, error) {
	client, err := kgo.NewClient(d.Kafka...)
	if err != nil {
		return nil, fmt.Errorf("open kafka client: %w", err)
	}
	defer client.Close()
	bounds, err := reading.Log(ctx, kadm.NewClient(client), d)
	if err == nil {
		err = s.Fits(ctx, d, bounds)
	}
	if err != nil {
		return nil, err
	}
	if bounds[0].Start == 0 {
		return nil, fmt.Errorf("partition 0 of %s begins at offset 0: %w, and the warehouse reads it there", d.Namespace.Topic(topics.Events), ErrWhole)
	}
	return s.Beginning()
}
