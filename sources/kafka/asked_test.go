package kafka_test

import (
	"sync"
	"testing"
	"time"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/kafka"
)

// The ends that a report tells were asked for at its time or later: what had come by
// then is not hidden by it.
func TestTheEndsOfAReportAreNotOlderThanItsTime(t *testing.T) {
	b := newBank(t)
	const most = 20
	var mu sync.Mutex
	var calls, sent int64
	armed, ends := false, map[int64]int64{} // by time: one second a call
	now := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		if armed && sent < most { // whenever the time is asked for, a record has just come
			b.send(0, "A 0")
			sent++
		}
		calls++
		ends[calls] = sent
		return time.Unix(calls, 0)
	}
	b.ingest(func(o *kafka.IngestOptions) { o.Now = now })
	b.reported(func(*pb.SourceProgress) bool { return true })
	mu.Lock()
	armed = true
	mu.Unlock()
	b.reported(func(s *pb.SourceProgress) bool {
		if s.Partition != 0 {
			return false
		}
		mu.Lock()
		defer mu.Unlock()
		if s.End < ends[s.At] {
			t.Errorf("the report of second %d tells of %d records, and %d had come", s.At, s.End, ends[s.At])
			armed = false // nothing is sent behind the end of the test
			return true
		}
		return ends[s.At] == most
	})
}
