package kafka

import (
	"errors"
	"fmt"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// Decoder turns one source record into log records. *mapping.Mapper is one, for
// JSON and canonical JSON; ProtoDecoder another. One goroutine uses it.
type Decoder interface {
	// Row gives each record to emit, valid during that call only. What it cannot
	// use is an Outcome, not an error; the error is emit's own.
	Row(row event.Row, emit func(*pb.LogRecord) error) (event.Outcome, error)
}

// ProtoDecoder reads canonical Protobuf, one pb.LogRecord or pb.SourceMark a value.
type ProtoDecoder struct {
	Builder *event.Builder
	// MaxBytes of a value; 0 is event.DefaultMaxBytes.
	MaxBytes int

	record pb.LogRecord
}

// Row implements Decoder.
func (d *ProtoDecoder) Row(row event.Row, emit func(*pb.LogRecord) error) (event.Outcome, error) {
	if out, ok := event.ProtoMark(row.Doc); ok {
		return out, nil
	}
	if rej := d.Builder.DecodeProto(row.Doc, d.MaxBytes, &d.record); rej != nil {
		return event.Outcome{Verdict: event.Rejected, Reject: rej}, nil
	}
	*origin(&d.record) = &pb.Origin{Name: row.Name, Partition: row.Partition, Position: row.Position}
	if err := emit(&d.record); err != nil {
		return event.Outcome{}, err
	}
	return event.Outcome{Verdict: event.Accepted, Records: 1}, nil
}

// origin is where a record keeps its origin.
func origin(r *pb.LogRecord) **pb.Origin {
	switch {
	case r.Transaction != nil:
		return &r.Transaction.Origin
	case r.Profile != nil:
		return &r.Profile.Origin
	case r.Lifecycle != nil:
		return &r.Lifecycle.Origin
	case r.Rm != nil:
		return &r.Rm.Origin
	case r.Credit != nil:
		return &r.Credit.Origin
	case r.Complaint != nil:
		return &r.Complaint.Origin
	case r.RmAction != nil:
		return &r.RmAction.Origin
	case r.Balance != nil:
		return &r.Balance.Origin
	case r.Seed != nil:
		return &r.Seed.Origin
	case r.Override != nil:
		return &r.Override.Origin
	}
	return new(*pb.Origin)
}

// Origin is where a customer record comes from, nil for control records.
func Origin(r *pb.LogRecord) *pb.Origin { return *origin(r) }

// Customer is the customer of a customer record: the key it has in the log, ""
// for control records.
func Customer(r *pb.LogRecord) string {
	id, _, _ := event.Head(r)
	return id
}

// Decode runs the decoder. A panic in it is a reject, and so is a record that the log
// cannot take (ErrTooLarge, of emit): no row can stop the rest.
func Decode(d Decoder, row event.Row, emit func(*pb.LogRecord) error) (out event.Outcome, err error) {
	rejected := func(cause event.Cause, detail string) {
		out, err = event.Outcome{Verdict: event.Rejected, Reject: &event.Reject{Cause: cause, Detail: detail}}, nil
	}
	defer func() {
		if r := recover(); r != nil {
			rejected(DecoderPanic, fmt.Sprint(r))
		}
	}()
	if out, err = d.Row(row, emit); errors.Is(err, ErrTooLarge) {
		rejected(event.TooLarge, err.Error())
	}
	return out, err
}

// The causes that ingest itself gives.
const (
	DecoderPanic event.Cause = "decoder_panic"
)
