package event

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Against package time: every instant has the same wall clock, in zones with
// daylight saving, without, with half hours and with a skipped day.
func TestZoneAgainstPackageTime(t *testing.T) {
	for _, name := range []string{"Asia/Shanghai", "Europe/Prague", "Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "UTC"} {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		cal, err := NewCalendar(name, "", "CNY")
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			utc := rapid.Int64Range(1, 65535*86400).Draw(t, "utc")
			_, want := time.Unix(utc, 0).In(loc).Zone()
			if got := cal.Local(utc) - utc; got != int64(want) {
				t.Fatalf("%s at %d: offset %d, want %d", name, utc, got, want)
			}
			// Reading the wall clock back gives the instant, or the first of two.
			back := cal.UTC(cal.Local(utc))
			if back != utc && (back > utc || cal.Local(back) != cal.Local(utc)) {
				t.Fatalf("%s: %d read back as %d", name, utc, back)
			}
		})
		for y := 1971; y < 2149; y++ { // every transition, to the second
			for at := time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() == y; at = at.Add(24 * time.Hour) {
				_, want := at.In(loc).Zone()
				if got := cal.Local(at.Unix()) - at.Unix(); got != int64(want) {
					t.Fatalf("%s at %v: offset %d, want %d", name, at, got, want)
				}
			}
		}
	}
}

func TestLocalTimesAtTheSwitch(t *testing.T) {
	cal, err := NewCalendar("Europe/Prague", "", "CZK")
	if err != nil {
		t.Fatal(err)
	}
	local := func(s string) int64 {
		v, err := time.Parse("2006-01-02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return v.Unix()
	}
	for _, c := range []struct{ local, utc string }{
		{"2025-03-30 01:59", "2025-03-30 00:59"},
		{"2025-03-30 02:30", "2025-03-30 01:30"}, // skipped: what would be 03:30
		{"2025-03-30 03:00", "2025-03-30 01:00"},
		{"2025-10-26 02:30", "2025-10-26 00:30"}, // twice: the first
		{"2025-10-26 03:00", "2025-10-26 02:00"},
	} {
		if got := cal.UTC(local(c.local)); got != local(c.utc) {
			t.Errorf("%s is %v UTC, want %s", c.local, time.Unix(got, 0).UTC(), c.utc)
		}
	}
}

func TestBusinessDayAndCut(t *testing.T) {
	for _, c := range []struct {
		zone, cut, at string // RFC 3339
		day           string
	}{
		{"Asia/Shanghai", "", "2025-06-21T23:59:59+08:00", "2025-06-21"},
		{"Asia/Shanghai", "24:00", "2025-06-22T00:00:00+08:00", "2025-06-22"},
		{"Asia/Shanghai", "22:30", "2025-06-21T22:29:59+08:00", "2025-06-21"},
		{"Asia/Shanghai", "22:30", "2025-06-21T22:30:00+08:00", "2025-06-22"},
		{"Asia/Shanghai", "22:30", "2025-06-21T14:30:00Z", "2025-06-22"},
		{"America/New_York", "17:00", "1970-01-01T23:00:00Z", "1970-01-02"},
	} {
		cal, err := NewCalendar(c.zone, c.cut, "CNY")
		if err != nil {
			t.Fatal(err)
		}
		at, _ := time.Parse(time.RFC3339, c.at)
		day, _ := time.Parse(time.DateOnly, c.day)
		want := int32(day.Unix() / 86400)
		if got := cal.BusinessDay(at.Unix()); got != want {
			t.Errorf("%s, cut %s: %s is day %d, want %d", c.zone, c.cut, c.at, got, want)
		}
		if end := cal.Cut(want); cal.BusinessDay(end-1) != want || cal.BusinessDay(end) != want+1 {
			t.Errorf("%s, cut %s: day %d does not end at %d", c.zone, c.cut, want, end)
		}
	}
	for _, bad := range [][3]string{{"", "", "CNY"}, {"Local", "", "CNY"}, {"Mars/Base", "", "CNY"}, {"UTC", "24:01", "CNY"}, {"UTC", "0:00", "CNY"}, {"UTC", "00:00", "CNY"}, {"UTC", "12:60", "CNY"}, {"UTC", "ab:cd", "CNY"}, {"UTC", "", "XXX"}, {"UTC", "", "cny"}} {
		if _, err := NewCalendar(bad[0], bad[1], bad[2]); err == nil {
			t.Errorf("NewCalendar%q: no error", bad)
		}
	}
}

func TestCivil(t *testing.T) {
	for day := int32(-800000); day <= MaxDay; day += 13 {
		at := time.Unix(int64(day)*86400, 0).UTC()
		y, m, d := Civil(day)
		if y != at.Year() || m != int(at.Month()) || d != at.Day() {
			t.Fatalf("Civil(%d) = %d-%d-%d, want %v", day, y, m, d, at)
		}
		if back, ok := Day(y, m, d); !ok || back != day {
			t.Fatalf("Day(%d, %d, %d) = %d", y, m, d, back)
		}
	}
	for _, bad := range [][3]int{{2025, 2, 29}, {1900, 2, 29}, {2025, 4, 31}, {2025, 13, 1}, {2025, 0, 1}, {2025, 1, 0}, {2025, 1, 32}} {
		if _, ok := Day(bad[0], bad[1], bad[2]); ok {
			t.Errorf("%v is no date", bad)
		}
	}
	if d, _ := Day(2149, 6, 6); d != MaxDay {
		t.Errorf("last day %d", d)
	}
}

func TestMinorUnits(t *testing.T) {
	for code, want := range map[string]int32{"CNY": 2, "USD": 2, "JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3, "OMR": 3, "CZK": 2, "GBP": 2, "CLF": 4, "HUF": 2} {
		if got, ok := MinorUnits(code); !ok || got != want {
			t.Errorf("%s: %d, %t", code, got, ok)
		}
	}
	for _, code := range []string{"", "XXX", "XAU", "cny", "RMB", "CNYY", "CN", "C1Y", "人"} {
		if _, ok := MinorUnits(code); ok {
			t.Errorf("%q is no currency", code)
		}
	}
	seen := map[string]bool{}
	for i := 0; i < len(iso4217); i += 4 {
		code := iso4217[i : i+3]
		if seen[code] || !threeCapitals(code) || !strings.Contains("0234", iso4217[i+3:i+4]) {
			t.Errorf("table: %s", iso4217[i:i+4])
		}
		seen[code] = true
	}
}
