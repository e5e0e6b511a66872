package topics

import "strconv"

// Cleanup is Kafka's cleanup.policy.
type Cleanup string

// The two policies in use.
const (
	Delete  Cleanup = "delete"
	Compact Cleanup = "compact"
)

// Forever is the retention of what must never be cut.
const Forever int64 = -1

// Sizes of the largest record batch a topic takes, bytes.
const (
	// MaxRecordBytes bounds records of our own making, a whole policy included.
	MaxRecordBytes = 4 << 20
	// MaxDeadLetterBytes bounds a dead letter with its original.
	MaxDeadLetterBytes = 32 << 20
)

// Spec is what a topic must be.
type Spec struct {
	ID ID
	// Single topics have one partition; the others as many as the log, so that
	// an output sits in the same partition number as its cause.
	Single  bool
	Cleanup Cleanup
	// RetentionMS is how long records are kept, milliseconds; Forever, and for
	// compacted topics unused.
	RetentionMS int64
	// MaxMessageBytes is the least max.message.bytes that will do.
	MaxMessageBytes int
	// Transactional topics are written in transactions: read them committed.
	Transactional bool
	// Log marks the topic that must reach back to its first record, or to the
	// snapshot behind which an operator has cut it (docs/adr/0014): every replay
	// starts there.
	Log bool
}

const (
	day  = 24 * 3600 * 1000
	week = 7 * day
)

var table = []Spec{
	{ID: Events, Cleanup: Delete, RetentionMS: Forever, MaxMessageBytes: MaxRecordBytes, Log: true},
	{ID: Alerts, Cleanup: Delete, RetentionMS: Forever, MaxMessageBytes: MaxRecordBytes, Transactional: true},
	{ID: TierChanges, Cleanup: Delete, RetentionMS: Forever, MaxMessageBytes: MaxRecordBytes, Transactional: true},
	{ID: Snapshots, Cleanup: Delete, RetentionMS: Forever, MaxMessageBytes: MaxRecordBytes, Transactional: true},
	{ID: Verdicts, Cleanup: Delete, RetentionMS: Forever, MaxMessageBytes: MaxRecordBytes, Transactional: true},
	{ID: State, Cleanup: Compact, RetentionMS: Forever, MaxMessageBytes: MaxRecordBytes, Transactional: true},
	{ID: Reports, Single: true, Cleanup: Delete, RetentionMS: week, MaxMessageBytes: MaxRecordBytes},
	{ID: Deliveries, Cleanup: Compact, RetentionMS: Forever, MaxMessageBytes: MaxRecordBytes},
	{ID: Control, Single: true, Cleanup: Compact, RetentionMS: Forever, MaxMessageBytes: MaxRecordBytes},
	{ID: DLQ, Cleanup: Delete, RetentionMS: Forever, MaxMessageBytes: MaxDeadLetterBytes, Transactional: true},
}

// Table returns every topic of a deployment, the log first.
func Table() []Spec {
	return append([]Spec(nil), table...)
}

// Of returns the Spec of id; ok is false for an id that is not in the table.
func Of(id ID) (spec Spec, ok bool) {
	for _, s := range table {
		if s.ID == id {
			return s, true
		}
	}
	return Spec{}, false
}

// Partitions returns how many partitions the topic has when the log has n.
func (s Spec) Partitions(n int32) int32 {
	if s.Single {
		return 1
	}
	return n
}

// Settings returns the topic's settings for the broker, explicit so that no
// default of a cluster decides. The keys are Kafka's.
func (s Spec) Settings() map[string]string {
	settings := map[string]string{
		"cleanup.policy":    string(s.Cleanup),
		"max.message.bytes": strconv.Itoa(s.MaxMessageBytes),
		"retention.bytes":   strconv.FormatInt(Forever, 10),
		// The broker must not replace the time that a writer stamps: replays
		// and lags are measured with it.
		"message.timestamp.type": "CreateTime",
	}
	switch s.Cleanup {
	case Delete:
		settings["retention.ms"] = strconv.FormatInt(s.RetentionMS, 10)
	case Compact:
		// So long a record stays that tells that a key is forgotten: who has read the key
		// and reads on must come to it.
		settings["delete.retention.ms"] = strconv.Itoa(day)
	}
	return settings
}
