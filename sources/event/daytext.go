package event

import (
	"fmt"
	"time"
)

// FormatDay shows a day as YYYY-MM-DD.
func FormatDay(day int32) string {
	y, m, d := Civil(day)
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d)
}

// ParseDay reads YYYY-MM-DD, of the days a record may name. The error shows the text
// and what is wanted.
func ParseDay(s string) (int32, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("%q: want a date such as 2026-01-31", s)
	}
	day, ok := Day(t.Year(), int(t.Month()), t.Day())
	if !ok || day < MinDay || day > MaxDay {
		return 0, fmt.Errorf("%q: want a date from 1970-01-02 to 2149-06-06", s)
	}
	return day, nil
}
