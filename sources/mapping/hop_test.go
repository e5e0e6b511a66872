package mapping

import (
	"fmt"
	"strings"
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/sources/event"
)

// A date that comes again is not read again; it must be the same date, and one
// that is wrong must not become the one before it.
func TestDatesThatComeAgain(t *testing.T) {
	m, err := Canonical().Mapper(builder(t, "Asia/Shanghai", "", "CNY"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, dates := range [][2]string{
		{`"2025-06-20"`, `"2025-06-21"`},
		{`"2025-06-20"`, `"2025-06-21"`},
		{`"2025-06-21"`, `"2025-06-20"`},
		{`"2025-06-31"`, `"2025-06-20"`},
		{`"2025-06-21"`, `""`},
		{`null`, `"2025-06-20"`},
		{`true`, `"2025-06-20"`},
		{`"2025-06-21"`, `"2025-06-2"`},
		{`"2025-06-21"`, `"2025-06-20"`},
	} {
		doc := strings.Replace(salary, `"status"`, `"booking_date":`+dates[0]+`,"value_date":`+dates[1]+`,"status"`, 1)
		out, err := m.Row(event.Row{Doc: []byte(doc)}, func(r *pb.LogRecord) error {
			got = append(got, fmt.Sprintf("%d %d", r.Transaction.BusinessDay-20259, r.Transaction.ValueDay-20259))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if out.Verdict == event.Rejected {
			got = append(got, string(out.Reject.Cause)+" "+out.Reject.Field)
		}
	}
	want := []string{
		"0 1", "0 1", "1 0", "bad_date booking_date", "1 1", "1 0", "wrong_type booking_date", "bad_date value_date", "1 0",
	}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
