package explaining

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/tierwatch/tierwatch/cmd/internal/reading"
	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/cmd/internal/wire"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// ErrBefore is a day that lies before the snapshot.
var ErrBefore = errors.New("the snapshot knows nothing of the days before its own")

// begin makes the fold and gives the offset from which the log is to be folded onto it.
func (r *replay) begin(ctx context.Context, d *wire.Deployment, admin *kadm.Client, id int32, bounds []reading.Bounds, s *snapshot.Snapshot) (int64, error) {
	o := fold.Options{Partition: id, RawMax: d.Config.Fold.RawMax}
	if s == nil {
		r.fold = fold.New(o)
		return 0, snapshot.Whole(d, id, bounds[id])
	}
	if r.at > 0 && r.at < s.Day {
		return 0, fmt.Errorf("%s: %w; snapshot %s is of %s: name an older one", date(r.at), ErrBefore, s.Dir, date(s.Day))
	}
	if err := s.Fits(ctx, d, bounds); err != nil {
		return 0, err
	}
	l, err := s.Load(o, func(key []byte) bool { return key[0] == '/' || strings.HasPrefix(string(key), r.customer+"/") })
	if err != nil {
		return 0, err
	}
	p, from, err := l.DonePart()
	if err != nil {
		return 0, s.Unloaded(id, err)
	}
	r.fold, r.first, r.over = p, s.Day, r.at == s.Day
	return from, r.opened(ctx, d, admin, id, from)
}

// opened takes the alerts that were opened before offset next from their topic: a
// customer's state tells of an alert what its machine needs, not its text.
func (r *replay) opened(ctx context.Context, d *wire.Deployment, admin *kadm.Client, id int32, next int64) error {
	log, topic := d.Namespace.Topic(topics.Events), d.Namespace.Topic(topics.Alerts)
	rows, err := admin.FetchOffsetsForTopics(ctx, d.Namespace.Group("fold"), log)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return fmt.Errorf("fetch the fold's offsets: %w", err)
	}
	if row, ok := rows.Lookup(log, id); !ok || row.At < next {
		return fmt.Errorf("group %s has not come to offset %d of partition %d, where the snapshot goes on: the alerts before it are not written yet; start the role fold",
			d.Namespace.Group("fold"), next, id)
	}
	starts, err := admin.ListStartOffsets(ctx, topic)
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		return fmt.Errorf("list start of %s: %w", topic, err)
	}
	ends, err := admin.ListCommittedOffsets(ctx, topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return fmt.Errorf("list end of %s: %w", topic, err)
	}
	start, _ := starts.Lookup(topic, id)
	end, _ := ends.Lookup(topic, id)
	alerts, err := reading.Open(d.Kafka, topic, id, start.Offset, end.Offset)
	if err != nil {
		return err
	}
	defer alerts.Close()
	for {
		rec, err := alerts.Read(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if string(rec.Key) == r.customer {
			if err := r.alert(rec.Value, next); err != nil {
				return err
			}
		}
	}
}
