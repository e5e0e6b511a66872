package kafka

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Where a batch behind a loss has a marker, what may be committed before it holds the
// loss with the offset behind it: who goes on from there does not find it once more.
func TestALossBeforeAMarkerIsCountedOnce(t *testing.T) {
	c := newCommitter(&IngestOptions{Name: "core", Namespace: "test", Metrics: NewMetrics()}, nil)
	at := place{"core", 0}
	book := func(from upTo) *standing {
		t.Helper()
		s := &standing{upTo: from}
		c.places[at] = s
		p := &part{place: at, standing: s, start: 5, endOfDay: 20259, records: []*kgo.Record{{Offset: 7}}, counts: counts{read: 1, filtered: []string{"end_of_day"}}}
		if err := c.book(t.Context(), &batch{parts: []*part{p}}); err != nil {
			t.Fatal(err)
		}
		return s
	}
	want := func(what string, got *upTo, next, read int64) {
		t.Helper()
		if b := got.books; got.next.Offset != next || b.Lost != 2 || b.LostFrom != 3 || b.LostTo != 5 || b.Read != read {
			t.Errorf("%s: books %v up to %d, want 2 lost from 3 to 5 and %d read up to %d", what, b, got.next.Offset, read, next)
		}
	}
	s := book(upTo{books: &pb.SourceBooks{}, next: kgo.EpochOffset{Offset: 3}})
	want("before the marker is told", s.due(), 5, 0)
	next := book(upTo{books: s.due().books.CloneVT(), next: s.due().next})
	c.said(nil)
	want("who went on from there", next.due(), 8, 1)
}
