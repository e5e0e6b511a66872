package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// ErrOtherEpoch is a database that holds rows of a log before its repartition. Their
// places are those of another log, so many of them would stand beside the rows of the
// new one and be counted twice.
var ErrOtherEpoch = errors.New("the database holds rows of another epoch")

// CheckEpoch refuses, with ErrOtherEpoch and the remedy, a database with what the fold
// said of a log of another epoch, or what a writer of another log said first: that of a
// log which a repartition made copies the ENGINE with the term 0, and never writes it.
func (r *Reader) CheckEpoch(ctx context.Context, epoch uint32) error {
	const remedy = "name another clickhouse.database, which the warehouse fills from the log"
	for _, table := range versioned() {
		// The epoch is the highest part of the version's lower half: see stamp.
		var had []uint32
		err := r.conn.QueryRow(ctx, fmt.Sprintf("SELECT groupArray(toUInt32(epoch)) FROM (SELECT bitShiftRight(toUInt64(version), 48) AS epoch FROM `%s`.`%s` WHERE epoch != %d LIMIT 1)",
			r.db, table, epoch)).Scan(&had)
		if err != nil {
			return fmt.Errorf("read epochs of %s.%s: %w", r.db, table, err)
		}
		if len(had) > 0 {
			return fmt.Errorf("%w: clickhouse.database %s has rows of epoch %d in %s, but the log is of epoch %d; %s", ErrOtherEpoch, r.db, had[0], table, epoch, remedy)
		}
	}
	foreign, err := r.control(ctx, "kind = 'engine' AND term > 0")
	if err == nil && foreign > 0 {
		err = fmt.Errorf("%w: clickhouse.database %s has the ENGINE of the log from which the one of epoch %d was made; %s", ErrOtherEpoch, r.db, epoch, remedy)
	}
	return err
}

// versioned are the tables whose rows have a version: those of what the fold said.
func versioned() (list []string) {
	for _, table := range Tables() {
		if slices.Contains(table.Columns, "version") {
			list = append(list, table.Name)
		}
	}
	return list
}
