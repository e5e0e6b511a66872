package clickhouse

import (
	"context"
	"errors"
	"fmt"
)

// ErrOtherEpoch is a database that holds rows of a log before its repartition. Their
// places are those of another log, so many of them would stand beside the rows of the
// new one and be counted twice.
var ErrOtherEpoch = errors.New("the database holds rows of another epoch")

// CheckEpoch refuses, with ErrOtherEpoch and the remedy, a database that holds tier
// changes of another epoch than that of the log.
func (r *Reader) CheckEpoch(ctx context.Context, epoch uint32) error {
	var rows, least, greatest uint64
	err := r.conn.QueryRow(ctx, "SELECT count(), min(version), max(version) FROM `"+r.db+"`.tier_changes_raw").Scan(&rows, &least, &greatest)
	if err != nil {
		return fmt.Errorf("read epochs of %s.tier_changes_raw: %w", r.db, err)
	}
	for _, version := range []uint64{least, greatest} {
		if had := uint32(version >> 48); rows > 0 && had != epoch {
			return fmt.Errorf("%w: clickhouse.database %s has rows of epoch %d, but the log is of epoch %d; name another clickhouse.database, which the warehouse fills from the log",
				ErrOtherEpoch, r.db, had, epoch)
		}
	}
	return nil
}
