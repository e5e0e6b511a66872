package peerjob_test

import (
	"testing"

	peerjob "github.com/tierwatch/tierwatch/deploy/examples/peer-job"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/mapping"
)

// BenchmarkIngest is what ingest does to an event of the job, but for Kafka: it
// reads the JSON, maps and checks it, and marshals the record of the log.
func BenchmarkIngest(b *testing.B) {
	const n = 1 << 13 // 3 MB of events: they do not lie in the nearest caches
	program, err := mapping.Compile("mapping.yaml", peerjob.Mapping)
	if err != nil {
		b.Fatal(err)
	}
	cal, err := event.NewCalendar("UTC", "", "CNY")
	if err != nil {
		b.Fatal(err)
	}
	m, err := program.Mapper(&event.Builder{Calendar: cal})
	if err != nil {
		b.Fatal(err)
	}
	docs := make([][]byte, 0, n)
	s := peerjob.NewStream(1, 100_000, n, n)
	for r, ok := s.Next(); ok; r, ok = s.Next() {
		docs = append(docs, r.Value)
	}
	room := make([]byte, 4096)
	emit := func(r *pb.LogRecord) error {
		_, err := r.MarshalToSizedBufferVT(room[:r.BoundVT()])
		return err
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		out, err := m.Row(event.Row{Name: "peer.in", Position: int64(i), Doc: docs[i%n]}, emit)
		if err != nil || out.Verdict != event.Accepted {
			b.Fatal(err, out.Reject)
		}
	}
}
