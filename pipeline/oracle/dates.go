package oracle

import (
	"time"

	"github.com/tierwatch/tierwatch/pipeline/policy"
)

// Day counts days since 1970-01-01.
type Day = int32

// Civil gives the date of a day.
func Civil(d Day) time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// Date gives the day of a civil date; months and days beyond their range carry
// over, as in time.Date.
func Date(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// Period is a span of days, both ends included.
type Period struct{ Start, End Day }

// Days is the number of days of the period.
func (p Period) Days() int64 { return int64(p.End-p.Start) + 1 }

func monthOf(d Day) Period {
	c := Civil(d)
	return Period{Date(c.Year(), c.Month(), 1), Date(c.Year(), c.Month()+1, 1) - 1}
}

func quarterOf(d Day) Period {
	c := Civil(d)
	first := (c.Month()-1)/3*3 + 1
	return Period{Date(c.Year(), first, 1), Date(c.Year(), first+3, 1) - 1}
}

// monthsThrough is the span of n calendar months that ends with the month of d.
func monthsThrough(d Day, n int32) Period {
	c := Civil(d)
	return Period{Date(c.Year(), c.Month()-time.Month(n)+1, 1), monthOf(d).End}
}

// periodOf is the assessment period of a scheme that holds d.
func periodOf(s *policy.Scheme, d Day) Period {
	switch s.Assess {
	case policy.AssessQuarter:
		return quarterOf(d)
	case policy.AssessDays:
		start := d - d%s.N
		if d < 0 && d%s.N != 0 {
			start -= s.N
		}
		return Period{start, start + s.N - 1}
	case policy.AssessEvent:
		return Period{d, d}
	case policy.AssessMonth:
	}
	return monthOf(d)
}

// wholeMonths counts the whole months from a day to another, 0 if it is before. A
// month ends on the same day of the next one, or on its last day.
func wholeMonths(from, to Day) int64 {
	var n int64
	for monthsRun(from, int32(n)+1)+1 <= to {
		n++
	}
	return n
}

// monthsRun is the last day of a span of n months that begins on a day (R30).
func monthsRun(from Day, n int32) Day {
	c := Civil(from)
	last := monthOf(Date(c.Year(), c.Month()+time.Month(n), 1)).End
	same := Date(c.Year(), c.Month()+time.Month(n), 1) + Day(c.Day()) - 1
	return min(same, last) - 1
}
