package synth

import (
	"bytes"
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	canonical "github.com/tierwatch/tierwatch/sources/event"
	"github.com/tierwatch/tierwatch/sources/mapping"
)

// stripped is the record without what ingest adds.
func stripped(r *pb.LogRecord) *pb.LogRecord {
	c := r.CloneVT()
	switch {
	case c.Transaction != nil:
		c.Transaction.Origin = nil
	case c.Profile != nil:
		c.Profile.Origin = nil
	case c.Lifecycle != nil:
		c.Lifecycle.Origin = nil
	case c.Rm != nil:
		c.Rm.Origin = nil
	case c.Credit != nil:
		c.Credit.Origin = nil
	case c.Complaint != nil:
		c.Complaint.Origin = nil
	case c.Balance != nil:
		c.Balance.Origin = nil
	}
	return c
}

// TestIngestReadsWhatTheBankWrites sends every record through the JSON path of
// ingest: it must come out as the same record, and every broken row as a reject.
func TestIngestReadsWhatTheBankWrites(t *testing.T) {
	cal, err := canonical.NewCalendar("Asia/Shanghai", "", "CNY")
	if err != nil {
		t.Fatal(err)
	}
	reader, err := mapping.Canonical().Mapper(&canonical.Builder{Calendar: cal})
	if err != nil {
		t.Fatal(err)
	}
	p := small(250)
	p.MalformedPPM = 5_000
	read, refusals := 0, map[canonical.Cause]int{}
	play(t, New(p), func(_ int32, it Item) {
		row := it.Malformed
		if it.Record != nil {
			row = AppendJSON(nil, it.Record)
		}
		var got *pb.LogRecord
		out, err := reader.Row(canonical.Row{Name: "synth", Doc: bytes.Clone(row)}, func(r *pb.LogRecord) error {
			got = stripped(r)
			return nil
		})
		switch {
		case err != nil:
			t.Fatalf("%s: %v", row, err)
		case it.Record == nil:
			if out.Verdict == canonical.Accepted || got != nil {
				t.Fatalf("taken: %s", row)
			}
			refusals[out.Reject.Cause]++
		case out.Verdict != canonical.Accepted:
			t.Fatalf("%s: %+v", row, out.Reject)
		case !got.EqualVT(it.Record):
			t.Fatalf("%s\nread  %v\nwrote %v", row, got, it.Record)
		default:
			read++
		}
	})
	if read < 50_000 || len(refusals) < 5 {
		t.Errorf("%d read, refused %v", read, refusals)
	}
}
