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
	var marks []string
	for _, day := range []int32{20258, 20259, 0} {
		mark, err := (&pb.SourceMark{EndOfDay: &pb.EndOfDay{Day: day}}).MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		marks = append(marks, string(mark))
	}
	b.send(1, string(value), marks[1], marks[0], string(tick), marks[2])
	b.ingest(func(o *kafka.IngestOptions) {
		o.NewDecoder = func() (kafka.Decoder, error) { return &kafka.ProtoDecoder{Builder: &event.Builder{Calendar: cal}}, nil }
	})
	var lr pb.LogRecord
	if err := lr.UnmarshalVT(b.read(topics.Events, 1)[0].Value); err != nil {
		t.Fatal(err)
	}
	if o := lr.Rm.GetOrigin(); o.GetName() != b.source || o.GetPartition() != 1 {
		t.Errorf("origin %v", o)
	}
	b.reported(func(s *pb.SourceProgress) bool { return s.Partition == 1 && s.EndOfDay == 20259 })
	causes := map[string]bool{}
	for _, r := range b.read(topics.DLQ, 2) {
		var l pb.DeadLetter
		if err := l.UnmarshalVT(r.Value); err != nil {
			t.Fatal(err)
		}
		causes[l.Cause] = true
	}
	if !causes[string(event.NotCustomer)] || !causes[string(event.MissingField)] {
		t.Errorf("a control record from a source and a marker without a day: causes %v", causes)
	}
}
