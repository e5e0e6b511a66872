package policy

import (
	"fmt"
	"strings"
)

// unit is the unit of a span.
type unit uint8

const (
	minutes unit = iota + 1
	hours
	days
	months
)

// span is a length of time as written.
type span struct {
	n    int64
	unit unit
}

// readSpan reads 30m, 24h, 365d, 3 months; 0 may stand alone.
func readSpan(s string) (span, bool) {
	if s == "0" {
		return span{0, days}, true
	}
	i := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '_' })
	if i <= 0 {
		return span{}, false
	}
	n, err := number(s[:i], 0)
	if err != nil {
		return span{}, false
	}
	switch strings.ToLower(strings.TrimLeft(s[i:], " ")) {
	case "m", "min", "minute", "minutes":
		return span{n, minutes}, true
	case "h", "hour", "hours":
		return span{n, hours}, true
	case "d", "day", "days":
		return span{n, days}, true
	case "month", "months":
		return span{n, months}, true
	}
	return span{}, false
}

// inDays reads a span of whole days, lo to hi; 0 if it is none.
func (c *compiler) inDays(v value, lo, hi int64) int32 {
	s, ok := v.text()
	if !ok {
		return 0
	}
	sp, ok := readSpan(s)
	if !ok || sp.unit != days || sp.n < lo || sp.n > hi {
		like := min(max(lo, 10), hi)
		if n, err := number(s, 0); err == nil && n >= lo && n <= hi {
			like = n
		}
		c.problem(v, fmt.Sprintf("is not a number of days from %dd to %dd", lo, hi), fmt.Sprintf("write it like %dd", like))
		return 0
	}
	return int32(sp.n)
}

// inMinutes reads a span of at most 35 days as minutes; 0 if it is none.
func (c *compiler) inMinutes(v value) int32 {
	s, ok := v.text()
	if !ok {
		return 0
	}
	const most = 35 * 24 * 60
	sp, ok := readSpan(s)
	each := map[unit]int64{minutes: 1, hours: 60, days: 24 * 60}[sp.unit]
	if !ok || each == 0 || sp.n > most || sp.n*each > most {
		c.problem(v, "is not a span of at most 35 days", "write it like 30m, 2h or 1d")
		return 0
	}
	return int32(sp.n * each)
}
