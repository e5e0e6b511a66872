package worker

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// Begins is the metadata of an offset of the fold's group that says: what lies before it
// was not said in these topics and never will be; the partition's saved state knows it.
// A tool that makes a log which begins behind a CLOSE commits it for the fold.
func Begins() (string, error) { return encodeProgress(fold.Cursor{}) }

// Stand is where the fold's group stands in a partition of the log.
type Stand struct {
	// Next is the offset that is folded next; 0: the group has no position.
	Next int64
	// Drains is the offset of the control record whose drain is going on, -1: none is.
	Drains int64
}

// StandOf asks where a group of the fold stands. A transaction that is open, of a fold
// that runs or was killed, is an error, as is an offset that no fold has committed;
// others are Kafka's.
func StandOf(ctx context.Context, admin *kadm.Client, group, log string, partition int32) (Stand, error) {
	s := Stand{Drains: -1}
	rows, err := admin.FetchOffsetsForTopics(kadm.RequireStable(ctx), group, log)
	if errors.Is(err, kerr.GroupIDNotFound) {
		return s, nil
	}
	row, ok := rows.Lookup(log, partition)
	if err == nil && ok {
		err = row.Err
	}
	if errors.Is(err, kerr.UnstableOffsetCommit) {
		return s, fmt.Errorf("group %s, partition %d: %w: a fold that was killed has left a transaction open; wait until fold.transaction_timeout has passed",
			group, partition, err)
	}
	if err != nil {
		return s, fmt.Errorf("fetch the position of group %s in partition %d: %w", group, partition, err)
	}
	if !ok || row.At < 0 {
		return s, nil
	}
	cursor, err := decodeProgress(row.Metadata)
	if err != nil {
		return s, fmt.Errorf("group %s, partition %d at offset %d: %w", group, partition, row.At, err)
	}
	s.Next = row.At
	if cursor.Draining {
		s.Drains = cursor.ControlOffset
	}
	return s, nil
}
