package snapshot

import (
	"encoding/json"
	"errors"
	"fmt"
)

// The ways in which a snapshot cannot be read.
var (
	ErrDamaged = errors.New("the snapshot is damaged")
	ErrNewer   = errors.New("the snapshot has a newer format than this program knows")
)

// Format is that of the files and the manifest that this program writes.
const Format = 1

// A file is: magic and format; the length of the header, four bytes, and the header
// as JSON; records; a zero byte, the number of records and the xxHash64 of all bytes
// before it, eight bytes each. A record is the length of its key, its key, the length
// of its value, its value, with lengths as varints. Numbers are little-endian.
const magic = "TWSTATE"

// Bounds of what a file may hold. They only keep a damaged length from asking for all
// memory there is.
const (
	headerMost = 64 << 10
	keyMost    = 64 << 10
	valueMost  = 256 << 20
)

// Header says what a file is a copy of.
type Header struct {
	Namespace string `json:"namespace"`
	Partition int32  `json:"partition"`
	// Day is the business day that was closed, days since 1970, and Close the offset of
	// its CLOSE in the partition.
	Day   int32 `json:"day"`
	Close int64 `json:"close_offset"`
	// Epoch is that of the log's ENGINE, Program the version that wrote the file.
	Epoch   uint32 `json:"epoch"`
	Program string `json:"program"`
}

func (h *Header) encode() ([]byte, error) {
	b, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("encode header: %w", err)
	}
	if len(b) > headerMost {
		return nil, fmt.Errorf("header of %d bytes: at most %d", len(b), headerMost)
	}
	return b, nil
}

func (h *Header) decode(b []byte) error {
	if err := json.Unmarshal(b, h); err != nil {
		return fmt.Errorf("header: %w: %w", ErrDamaged, err)
	}
	if h.Partition < 0 || h.Day <= 0 || h.Close < 0 {
		return fmt.Errorf("header: partition %d, day %d, close_offset %d: %w", h.Partition, h.Day, h.Close, ErrDamaged)
	}
	return nil
}
