package main

import (
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/sources/event"
)

// A close is forced for a day that is over, today or tomorrow, and no other.
func TestForcedDays(t *testing.T) {
	day := func(s string) int32 {
		d, err := event.ParseDay(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for force, want := range map[string]string{
		"2026-01-29": "is closed already, as is every day up to 2026-01-29",
		"2026-01-30": "",
		"2026-01-31": "",
		"2026-02-01": "",
		"2026-02-02": "today is 2026-01-31: name a day that is over, today, or tomorrow",
		"2062-01-30": "today is 2026-01-31",
	} {
		err := checkForce(day(force), day("2026-01-31"), day("2026-01-29"))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), force)) {
			t.Errorf("%s: %v, want %q", force, err, want)
		}
	}
}
