package mapping

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

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

// The short way of a time gives what the long way gives, or leaves it to it.
func TestPlainTimes(t *testing.T) {
	long, err := parseLayout("rfc3339", -1)
	if err != nil {
		t.Fatal(err)
	}
	cal := builder(t, "Asia/Shanghai", "", "CNY").Calendar
	taken := 0
	var last lastDate
	rapid.Check(t, func(t *rapid.T) {
		date := rapid.SampledFrom([]string{"2025-06-21", "2025-06-22", "2024-02-29", "2025-02-29", "1970-01-02", "2149-06-06", "1970-01-01", "0001-01-01", "9999-12-31", "2025-6-021", "20x5-06-21"}).Draw(t, "date")
		clock := fmt.Sprintf("%02d:%02d:%02d", rapid.IntRange(0, 25).Draw(t, "h"), rapid.IntRange(0, 61).Draw(t, "m"), rapid.IntRange(0, 61).Draw(t, "s"))
		zone := rapid.SampledFrom([]string{"Z", "+08:00", "-11:30", "+18:59", "+19:00", "+08:60", "", "z", "+0800", ".5Z", "+08:0x"}).Draw(t, "zone")
		text := []byte(date + rapid.SampledFrom([]string{"T", "T", "T", " "}).Draw(t, "t") + clock + zone)
		got, ok := plainInstant(text, &last)
		if !ok {
			return
		}
		taken++
		m, err := long.parse(text)
		if err != nil {
			t.Fatalf("%s: %d, but the long way says %v", text, got, err)
		}
		if want, err := m.instant(cal); err != nil || got != want {
			t.Fatalf("%s: %d, want %d, %v", text, got, want, err)
		}
	})
	if taken == 0 {
		t.Error("the short way took nothing")
	}
}
