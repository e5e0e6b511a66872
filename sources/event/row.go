package event

import "strconv"

// Row is one input record of any source. Its bytes are valid until the source
// reads the next one.
type Row struct {
	// Name is the topic or the base name of the file.
	Name string
	// Partition is the Kafka partition, 0 for files.
	Partition int32
	// Position is the Kafka offset, the line a record starts at (CSV, JSONL; the
	// first is 1) or the row number (Parquet; the first is 1).
	Position int64
	// Number is the count of records up to and with this one in its file: what
	// Skip takes. 0 for Kafka.
	Number int64
	// Doc is a JSON document; nil for rows of cells.
	Doc []byte
	// Cells are the values by column, as text.
	Cells []Cell
	// Raw is the record as read, for the dead letters; at most MaxRaw bytes.
	Raw []byte
	// Bad tells that the source could not read the record at all.
	Bad *Reject
}

// Cell is one value of a row.
type Cell struct {
	Text []byte
	// Null is a value that is not there (Parquet); text is empty.
	Null bool
	// Nested is a list or group, which has no text.
	Nested bool
}

// MaxRaw is how much of a record that cannot be read is kept.
const MaxRaw = 64 << 10

// Verdict says what became of a row.
type Verdict uint8

// The verdicts: read = accepted + filtered + rejected.
const (
	Accepted Verdict = iota + 1
	Filtered
	Rejected
)

// Outcome is what became of one row.
type Outcome struct {
	Verdict Verdict
	// Records is how many records an accepted row gave.
	Records int
	// Reason is why a row was filtered, as the mapping names it.
	Reason string
	// Reject is set for a rejected row.
	Reject *Reject
	// EndOfDay of a filtered row is the business day with which the source, in the
	// row's partition or topic, is through; 0 for none.
	EndOfDay int32
}

// DefaultMaxBytes is the longest record that is read.
const DefaultMaxBytes = 1 << 20

// TooLargeReject tells of a record longer than the limit.
func TooLargeReject(size, limit int) *Reject {
	return &Reject{TooLarge, "", strconv.Itoa(size) + " bytes; at most " + strconv.Itoa(limit)}
}
