package event

import (
	"bytes"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// EndOfDay is the reason under which a record is counted that only tells that its
// source is through with a day.
const EndOfDay = "end_of_day"

// endOfDayTag is the tag of SourceMark.end_of_day, with which no customer record begins.
var endOfDayTag = []byte{0x82, 0x02}

// ProtoMark reads a value that is the source's word about itself, a pb.SourceMark;
// ok is false for any other.
func ProtoMark(data []byte) (out Outcome, ok bool) {
	if !bytes.HasPrefix(data, endOfDayTag) {
		return Outcome{}, false
	}
	var m pb.SourceMark
	if err := m.UnmarshalVTUnsafe(data); err != nil {
		return Outcome{Verdict: Rejected, Reject: &Reject{MalformedProto, "", "not a tierwatch.v1.SourceMark: " + err.Error()}}, true
	}
	if m.EndOfDay.GetDay() <= 0 {
		return Outcome{Verdict: Rejected, Reject: &Reject{MissingField, EndOfDay + ".day", "a positive number of days since 1970-01-01 is required"}}, true
	}
	return Outcome{Verdict: Filtered, Reason: EndOfDay, EndOfDay: m.EndOfDay.Day}, true
}

// DecodeProto reads one canonical Protobuf record, a pb.LogRecord as a topic
// carries it, into r and completes it. The record's strings borrow data. Larger
// values than maxBytes are rejected; 0 is DefaultMaxBytes.
func (b *Builder) DecodeProto(data []byte, maxBytes int, r *pb.LogRecord) *Reject {
	if maxBytes == 0 {
		maxBytes = DefaultMaxBytes
	}
	if len(data) > maxBytes {
		return TooLargeReject(len(data), maxBytes)
	}
	r.Reset()
	if err := r.UnmarshalVTUnsafe(data); err != nil {
		return &Reject{MalformedProto, "", "not a tierwatch.v1.LogRecord: " + err.Error()}
	}
	return b.Complete(r)
}
