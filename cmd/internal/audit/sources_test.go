package audit

import (
	"slices"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/audit/offsets"
	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Each position counts once, wherever and however often it is found; what lies outside
// of the books does not count.
func TestBooksOfASource(t *testing.T) {
	for _, c := range []struct {
		name  string
		books *pb.SourceBooks
		found []int64
		want  []string
	}{
		{"in balance", &pb.SourceBooks{From: 10, Read: 5, Accepted: 2, Filtered: 2, Rejected: 1}, []int64{10, 12, 12, 5000, 9, 9000}, nil},
		{"one is missing", &pb.SourceBooks{From: 10, Read: 5, Accepted: 2, Filtered: 2, Rejected: 1}, []int64{10, 12}, []string{
			"source core: partition 1: of the records at 10 to 8999 of core.txn ingest has accepted or rejected 3, but 2 are in the log or among the dead letters",
		}},
		{"one that was left out is there", &pb.SourceBooks{From: 10, Read: 3, Accepted: 2, Filtered: 1}, []int64{10, 11, 12}, []string{
			"source core: partition 1: of the records at 10 to 8999 of core.txn ingest has accepted or rejected 2, but 3 are in the log or among the dead letters",
		}},
		{"the sum is wrong", &pb.SourceBooks{From: 10, Read: 4, Accepted: 2}, []int64{10, 11}, []string{
			"source core: partition 1: 4 records read, but 2 accepted, 0 filtered, 0 rejected",
		}},
		{"some were deleted unread", &pb.SourceBooks{From: 10, Read: 2, Accepted: 2, Lost: 7, LostFrom: 12, LostTo: 30}, []int64{10, 11}, []string{
			"source core: partition 1: 7 records at 12 to 29 of core.txn were deleted from the source before ingest had read them: load them from the bank's files",
		}},
	} {
		a := &auditor{found: finder{limit: 10}, report: new(Report), sources: sources{
			{"core.txn", 1}: {source: "core", books: c.books, end: 9000, found: offsets.Set{}},
		}}
		for _, at := range c.found {
			a.sources.note("core.txn", 1, at)
			a.sources.note("core.txn", 0, at)
			a.sources.note("core.csv", 1, at)
		}
		a.compareSources()
		var got []string
		for _, d := range a.found.first {
			got = append(got, d.String())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if s := a.report.Sources[0]; s.Lost != c.books.Lost || s.LostTo != c.books.LostTo {
			t.Errorf("%s: reported as %+v", c.name, s)
		}
		// Behind a snapshot a part may be missing, and nothing else may be wrong. What was
		// deleted may lie before it.
		a.o.From, a.found = new(snapshot.Snapshot), finder{limit: 10}
		a.compareSources()
		if missing := c.name == "one is missing" || c.books.Lost > 0; (a.found.found > 0) != (len(c.want) > 0 && !missing) {
			t.Errorf("%s, behind a snapshot: %v", c.name, a.found.first)
		}
	}
}
