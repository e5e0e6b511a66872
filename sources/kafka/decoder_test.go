package kafka_test

import (
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

func TestCanonicalProtobuf(t *testing.T) {
	b := newBank(t)
	cal, err := event.NewCalendar("Asia/Shanghai", "", "CNY")
	if err != nil {
		t.Fatal(err)
	}
	value, err := (&pb.LogRecord{Rm: &pb.RmAssignment{CustomerId: "C1", RmId: "R17", EventTime: 1_700_000_000}}).MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	tick, err := (&pb.LogRecord{Tick: &pb.Tick{At: 1}}).MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	b.send(1, string(value), string(tick))
	b.ingest(func(o *kafka.IngestOptions) {
		o.NewDecoder = func() (kafka.Decoder, error) { return &kafka.ProtoDecoder{Builder: &event.Builder{Calendar: cal}}, nil }
	})
	var lr pb.LogRecord
	if err := lr.UnmarshalVT(b.read(topics.Events, 1)[0].Value); err != nil {
		t.Fatal(err)
	}
	if o := lr.Rm.GetOrigin(); o.GetName() != "core.txn" || o.GetPartition() != 1 {
		t.Errorf("origin %v", o)
	}
	var l pb.DeadLetter
	if err := l.UnmarshalVT(b.read(topics.DLQ, 1)[0].Value); err != nil {
		t.Fatal(err)
	}
	if l.Cause != string(event.NotCustomer) {
		t.Errorf("a control record from a source: cause %q", l.Cause)
	}
}
