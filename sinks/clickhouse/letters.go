package clickhouse

import (
	"context"
	"fmt"

	"github.com/cespare/xxhash/v2"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Letter is what makes a row of view dlq one row: a record that was given up twice,
// by a repeated read, is one.
type Letter struct {
	Stage, Cause, Field, OriginName string
	OriginPartition                 int32
	OriginPosition                  int64
	EventID                         string
	Partition                       uint16
	Offset, OriginalHash            uint64
}

// LetterOf returns the row that a record of tierwatch.dlq makes.
func LetterOf(value []byte) (Letter, error) {
	d := new(pb.DeadLetter)
	if err := d.UnmarshalVT(value); err != nil {
		return Letter{}, fmt.Errorf("decode dead letter: %w", err)
	}
	return Letter{
		Stage: d.Stage, Cause: d.Cause, Field: d.Field, OriginName: d.OriginName,
		OriginPartition: d.OriginPartition, OriginPosition: d.OriginPosition, EventID: d.EventId,
		Partition: uint16(d.Log.GetPartition()), Offset: uint64(max(d.Log.GetOffset(), 0)),
		OriginalHash: xxhash.Sum64(d.Original),
	}, nil
}

// At is the place in tierwatch.dlq of the last record that made a row.
type At struct {
	Partition uint16
	Offset    uint64
}

// Letters calls see for each row of view dlq that records of tierwatch.dlq made, in
// no order. What this sink could not read has no such record and is left out.
func (r *Reader) Letters(ctx context.Context, see func(Letter, At)) error {
	rows, err := r.conn.Query(ctx, "SELECT toString(stage), toString(cause), toString(field), toString(origin_name), origin_partition, origin_position,"+
		" event_id, partition, offset, original_hash, dlq_partition, dlq_offset FROM `"+r.db+"`.dlq_raw FINAL WHERE NOT (stage = ? AND cause = ?)",
		stageWarehouse, causeUnreadable)
	if err != nil {
		return fmt.Errorf("read dead letters: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var l Letter
		var at At
		if err := rows.Scan(&l.Stage, &l.Cause, &l.Field, &l.OriginName, &l.OriginPartition, &l.OriginPosition,
			&l.EventID, &l.Partition, &l.Offset, &l.OriginalHash, &at.Partition, &at.Offset); err != nil {
			return fmt.Errorf("read dead letters: %w", err)
		}
		see(l, at)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read dead letters: %w", err)
	}
	return nil
}
