package tier

import (
	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/policy"
)

// Period gives the first and last day of the scheme's period that holds d (rule
// R25). `assess: event` has periods of one day.
func Period(s *policy.Scheme, d int32) (start, end int32) {
	switch s.Assess {
	case policy.AssessMonth:
		return day.MonthStart(d), day.MonthEnd(d)
	case policy.AssessQuarter:
		return day.QuarterStart(d), day.QuarterEnd(d)
	case policy.AssessDays:
		start = d - d%s.N
		return start, start + s.N - 1
	case policy.AssessEvent:
		return d, d
	}
	return d, d
}
