package event

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

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
