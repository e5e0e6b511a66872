package clickhouse

import (
	"fmt"

	"github.com/cespare/xxhash/v2"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// stamp is where a row comes from: the log position that caused it, and what of
// the record the audit compares.
type stamp struct {
	partition uint16
	offset    uint64
	sub       uint8
	// version is epoch(16) | offset(40) | sub-index(8): of two rows with one key
	// the greater stands (semantics 2).
	version uint64
	// hash is xxHash64 of the record's bytes. The pure fold writes the same bytes
	// each time, so equal hashes mean equal records.
	hash uint64
}

// Limits of the parts of a row version.
const (
	maxOffset    = 1<<40 - 1
	maxSub       = 1<<8 - 1
	maxEpoch     = 1<<16 - 1
	maxPartition = 1<<16 - 1
)

func stampOf(log *pb.Position, value []byte) (stamp, error) {
	switch {
	case log == nil:
		return stamp{}, fmt.Errorf("log position is absent: every output of the fold has one")
	case log.Partition < 0 || log.Partition > maxPartition:
		return stamp{}, fmt.Errorf("log.partition %d: must be 0 to %d", log.Partition, maxPartition)
	case log.Offset < 0 || log.Offset > maxOffset:
		return stamp{}, fmt.Errorf("log.offset %d: must be 0 to %d", log.Offset, int64(maxOffset))
	case log.SubIndex > maxSub:
		return stamp{}, fmt.Errorf("log.sub_index %d: must be 0 to %d", log.SubIndex, maxSub)
	case log.Epoch > maxEpoch:
		return stamp{}, fmt.Errorf("log.epoch %d: must be 0 to %d", log.Epoch, maxEpoch)
	}
	return stamp{
		partition: uint16(log.Partition), offset: uint64(log.Offset), sub: uint8(log.SubIndex),
		version: uint64(log.Epoch)<<48 | uint64(log.Offset)<<8 | uint64(log.SubIndex),
		hash:    xxhash.Sum64(value),
	}, nil
}
