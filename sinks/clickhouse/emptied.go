package clickhouse

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/tierwatch/tierwatch/schemas/topics"
)

// ErrEmptied is a database without the beginning of a log that the warehouse reads from
// further on: it would stay without all rows before, base currency and rates among them.
var ErrEmptied = errors.New("the database lacks the beginning of the log")

// Past is a place in the log from which the warehouse goes on; what lies before is read,
// or was cut off.
type Past struct {
	Partition int32
	Offset    int64
	// Cut: the log itself begins there.
	Cut bool
}

// PastOf is the first partition of the log of which the warehouse does not read the first
// record any more, nil if it reads all from there on. Offsets are committed behind the
// inserts: who asks the database after this finds the rows of what was read.
func PastOf(ctx context.Context, admin *kadm.Client, ns topics.Namespace) (*Past, error) {
	log, group := ns.Topic(topics.Events), ns.Group(Role)
	starts, err := admin.ListStartOffsets(ctx, log)
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("list the starts of %s: %w", log, err)
	}
	rows, err := admin.FetchOffsetsForTopics(ctx, group, log)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return nil, fmt.Errorf("fetch the offsets of group %s: %w", group, err)
	}
	var past *Past
	starts.Each(func(o kadm.ListedOffset) {
		p := &Past{Partition: o.Partition, Offset: o.Offset, Cut: true}
		if row, ok := rows.Lookup(log, o.Partition); ok && row.At > p.Offset {
			p.Offset, p.Cut = row.At, false
		}
		if p.Offset > 0 && (past == nil || p.Partition < past.Partition) {
			past = p
		}
	})
	return past, nil
}

// CheckFilled refuses, with ErrEmptied and the remedy, a database that knows neither how
// the log begins nor what Begin puts in its place, though the warehouse goes on behind.
func (r *Reader) CheckFilled(ctx context.Context, past *Past) error {
	// A log begins with control records in each partition: a warehouse may have committed
	// the first of them before it has read the ENGINE.
	n, err := r.control(ctx, "kind IN ('engine', '"+kindBeginning+"') OR offset = 0")
	if err != nil || n > 0 {
		return err
	}
	where := "its group goes on"
	if past.Cut {
		where = "the log begins"
	}
	return fmt.Errorf("%w: clickhouse.database %s has none of the rows from before, and %s at offset %d of partition %d; no restart brings them: "+
		"the runbook tells how under \"ClickHouse has lost rows\" (the group's offsets are set back; of a log that was cut first `tierwatch migrate --from SNAPSHOT`)",
		ErrEmptied, r.db, where, past.Offset, past.Partition)
}
