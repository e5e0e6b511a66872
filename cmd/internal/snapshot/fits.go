package snapshot

import (
	"context"
	"errors"
	"fmt"

	"github.com/tierwatch/tierwatch/cmd/internal/reading"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// The ways in which a log cannot be folded.
var (
	// ErrOther is a snapshot of another log.
	ErrOther = errors.New("the snapshot is not of this log")
	// ErrCut is a log without its beginning.
	ErrCut = errors.New("the beginning of the log was cut")
)

// Whole tells whether a partition of the log has its first record, so that no snapshot
// is needed; if not, which would do.
func Whole(d *wire.Deployment, id int32, b reading.Bounds) error {
	if b.Start == 0 {
		return nil
	}
	return fmt.Errorf("partition %d of %s begins at offset %d: %w; name with --from a snapshot whose next_offset in this partition is %d or more (see its %s)",
		id, d.Namespace.Topic(topics.Events), b.Start, ErrCut, b.Start, ManifestName)
}

// Fits tells whether the log goes on where the snapshot ends.
func (s *Snapshot) Fits(ctx context.Context, d *wire.Deployment, bounds []reading.Bounds) error {
	if s.Namespace != string(d.Namespace) {
		return fmt.Errorf("snapshot %s is of namespace %q, kafka.namespace is %q: %w", s.Dir, s.Namespace, d.Namespace, ErrOther)
	}
	if len(s.Partitions) != len(bounds) {
		return fmt.Errorf("snapshot %s is of %d partitions, the log has %d: %w", s.Dir, len(s.Partitions), len(bounds), ErrOther)
	}
	for id, b := range bounds {
		part := &s.Partitions[id]
		if part.Next > b.End {
			return fmt.Errorf("snapshot %s goes on at offset %d of partition %d, but that ends at %d: %w", s.Dir, part.Next, id, b.End, ErrOther)
		}
		if part.Next < b.Start {
			return fmt.Errorf("snapshot %s goes on at offset %d of partition %d, but that begins at %d: %w; name a newer snapshot, whose next_offset in this partition is %d or more",
				s.Dir, part.Next, id, b.Start, ErrCut, b.Start)
		}
		if part.Close < b.Start {
			continue // it was cut off: nothing tells
		}
		list, err := closings(ctx, d, int32(id), part.Close, part.Next)
		if err != nil {
			return err
		}
		if len(list) != 1 || list[0].day != s.Day {
			return fmt.Errorf("snapshot %s is behind a CLOSE of %s at offset %d of partition %d, where the log has none: %w",
				s.Dir, day.String(s.Day), part.Close, id, ErrOther)
		}
	}
	return nil
}
