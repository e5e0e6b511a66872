package synth

import (
	"testing"
	"time"
)

func TestDaysAreThoseOfTheCalendar(t *testing.T) {
	for day := int32(-40_000); day < 60_000; day += 17 {
		want := time.Unix(int64(day)*86400, 0).UTC()
		y, m, d := civil(day)
		if y != want.Year() || m != int(want.Month()) || d != want.Day() {
			t.Fatalf("day %d is %d-%d-%d, want %s", day, y, m, d, want.Format(time.DateOnly))
		}
		if back := dayOf(y, m, d); back != day {
			t.Fatalf("%s: %d, want %d", want.Format(time.DateOnly), back, day)
		}
		if wd := (int(want.Weekday()) + 6) % 7; day >= 0 && weekday(day) != wd {
			t.Fatalf("%s: weekday %d, want %d", want.Format(time.DateOnly), weekday(day), wd)
		}
	}
}

func TestEachPayDayIsPaidOnceOnAWorkingDay(t *testing.T) {
	type month struct{ y, m, nominal int }
	paid := map[month]int{}
	for day := dayOf(2025, 1, 1); day < dayOf(2028, 1, 1); day++ {
		set := paydays(day)
		if set != 0 && !working(day) {
			t.Errorf("%s is free but pays", dayText(day))
		}
		for n := 3; n <= 28; n++ {
			if set>>n&1 == 1 {
				y, m, d := civil(day)
				if d > n { // paid at the end of the month before
					m++
				}
				paid[month{y + (m-1)/12, (m-1)%12 + 1, n}]++
			}
		}
	}
	for y := 2025; y < 2028; y++ {
		for m := 1; m <= 12; m++ {
			for n := 3; n <= 28; n++ {
				if y == 2025 && m == 1 && n < 10 {
					continue // may have been paid in 2024
				}
				if c := paid[month{y, m, n}]; c != 1 {
					t.Errorf("%d-%02d: pay day %d is paid %d times", y, m, n, c)
				}
			}
		}
	}
}

func TestHolidays(t *testing.T) {
	for _, c := range []struct {
		y, m, d int
		works   bool
	}{
		{2025, 1, 1, false},
		{2025, 1, 28, false},
		{2025, 1, 29, false},
		{2025, 2, 4, false},
		{2025, 2, 5, true},
		{2025, 10, 1, false},
		{2025, 10, 9, true},
		{2025, 11, 11, true},
		{2025, 11, 15, false},
		{2026, 2, 17, false},
	} {
		if got := working(dayOf(c.y, c.m, c.d)); got != c.works {
			t.Errorf("%d-%02d-%02d: works %v", c.y, c.m, c.d, got)
		}
	}
}

func TestHistoryEndsBeforeTheSameDay(t *testing.T) {
	p := Defaults()
	if got := dayText(p.LastHistoryDay()); got != "2026-01-31" {
		t.Errorf("13 months from 2025-01-01 end on %s", got)
	}
	p.Start, p.Months = dayOf(2024, 12, 15), 1
	if got := dayText(p.LastHistoryDay()); got != "2025-01-14" {
		t.Errorf("a month from 2024-12-15 ends on %s", got)
	}
}
