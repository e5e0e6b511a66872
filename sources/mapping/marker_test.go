package mapping

import (
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

func TestEndOfDay(t *testing.T) {
	own := compile(t, `mapping: core
format: {type: json}
source: core
end_of_day: {when: {kind: [EOD, 日终]}, day: {from: bank.day, format: YYYYMMDD}}
rules:
  - {keep_when: {kind: B}, reason: other}
records:
  - record: complaint
    fields: {customer_id: c, complaint_id: c, open: {const: true}, event_time: {const: "2025-01-01T00:00:00Z"}}
`)
	for _, c := range []struct {
		program  *Program
		doc      string
		verdict  event.Verdict
		why      string
		endOfDay int32
	}{
		{Canonical(), `{"record":"end_of_day","date":"2025-06-21"}`, event.Filtered, "end_of_day", 20260},
		{Canonical(), `{"record":"end_of_day"}`, event.Rejected, "missing_field", 0},
		{Canonical(), `{"record":"end_of_day","date":"2025-06-31"}`, event.Rejected, "bad_date", 0},
		{Canonical(), `{"record":"end_of_days","date":"2025-06-21"}`, event.Rejected, "unknown_enum", 0},
		{own, `{"kind":"EOD","bank":{"day":"20250621"}}`, event.Filtered, "end_of_day", 20260},
		{own, `{"kind":"日终","bank":{"day":20250622}}`, event.Filtered, "end_of_day", 20261},
		{own, `{"kind":"EOD","bank":{"day":"2025-06-21"}}`, event.Rejected, "bad_date", 0},
		{own, `{"kind":"EOD","bank":{"day":"20250621"},"c":"C1"}`, event.Filtered, "end_of_day", 20260},
		{own, `{"kind":"B","c":"C1"}`, event.Accepted, "", 0},
		{own, `{"kind":"eod","c":"C1"}`, event.Filtered, "other", 0},
	} {
		m, err := c.program.Mapper(builder(t, "Asia/Shanghai", "", "CNY"))
		if err != nil {
			t.Fatal(err)
		}
		out, err := m.Row(event.Row{Doc: []byte(c.doc)}, func(*pb.LogRecord) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		why := out.Reason
		if out.Reject != nil {
			why = string(out.Reject.Cause)
		}
		if out.Verdict != c.verdict || why != c.why || out.EndOfDay != c.endOfDay {
			t.Errorf("%s: verdict %d %q, end of day %d; want %d %q %d", c.doc, out.Verdict, why, out.EndOfDay, c.verdict, c.why, c.endOfDay)
		}
	}
}
