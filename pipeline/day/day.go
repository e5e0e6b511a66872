// Package day is calendar arithmetic on days since 1970-01-01, without zones,
// clocks or the time package: the fold's only notion of a date.
package day

// None is the absence of a day. Days before 1970 are not representable in the
// log, so 0 is free.
const None int32 = 0

// Civil gives year, month (1…12) and day of the month of d (proleptic Gregorian;
// the era arithmetic is Howard Hinnant's days-from-civil).
func Civil(d int32) (year, month, dom int32) {
	z := int64(d) + 719468
	era := z / 146097
	if z < 0 {
		era = (z - 146096) / 146097
	}
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	y := yoe + era*400
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	dd := doy - (153*mp+2)/5 + 1
	m := mp + 3
	if m > 12 {
		m -= 12
	}
	if m <= 2 {
		y++
	}
	return int32(y), int32(m), int32(dd)
}

// Of gives the day number of a civil date. month may lie outside 1…12 and is
// carried into the year; dom is taken as given.
func Of(year, month, dom int32) int32 {
	m0 := int64(month) - 1
	y := int64(year) + m0/12
	if m0 %= 12; m0 < 0 {
		m0 += 12
		y--
	}
	m := m0 + 1
	if m <= 2 {
		y--
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yoe := y - era*400
	mp := m - 3
	if m <= 2 {
		mp = m + 9
	}
	doy := (153*mp+2)/5 + int64(dom) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return int32(era*146097 + doe - 719468)
}

// MonthStart is the first day of d's month.
func MonthStart(d int32) int32 {
	if uint32(d) < tableDays {
		return firstOf[monthOf[d]]
	}
	_, _, dom := Civil(d)
	return d - dom + 1
}

// MonthEnd is the last day of d's month.
func MonthEnd(d int32) int32 {
	if uint32(d) < tableDays {
		return firstOf[monthOf[d]+1] - 1
	}
	y, m, _ := Civil(d)
	return Of(y, m+1, 1) - 1
}

// QuarterStart is the first day of d's calendar quarter.
func QuarterStart(d int32) int32 {
	y, m, _ := Civil(d)
	return Of(y, (m-1)/3*3+1, 1)
}

// QuarterEnd is the last day of d's calendar quarter.
func QuarterEnd(d int32) int32 {
	y, m, _ := Civil(d)
	return Of(y, (m-1)/3*3+4, 1) - 1
}

// AddMonths is the same day n months on, or the month's last if it has no such day.
func AddMonths(d, n int32) int32 {
	y, m, dom := Civil(d)
	first := Of(y, m+n, 1)
	return min(first+dom-1, MonthEnd(first))
}

// Through is the last day of a span of n months that begins on d (rule R30).
func Through(d, n int32) int32 {
	return AddMonths(d, n) - 1
}

// Months counts whole months from a to b, 0 if b is before a.
func Months(a, b int32) int32 {
	if b < a {
		return 0
	}
	n, da := monthDay(a)
	m, db := monthDay(b)
	n = m - n
	if db < da && b != MonthEnd(b) {
		n--
	}
	return max(n, 0)
}

// monthDay gives the months since January 1970 and the day of the month, from 1.
func monthDay(d int32) (months, dom int32) {
	if uint32(d) < tableDays {
		m := monthOf[d]
		return int32(m), d - firstOf[m] + 1
	}
	y, m, dom := Civil(d)
	return (y-1970)*12 + m - 1, dom
}

// Append writes d as YYYY-MM-DD.
func Append(dst []byte, d int32) []byte {
	y, m, dd := Civil(d)
	return append(dst, byte('0'+y/1000%10), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-',
		byte('0'+m/10), byte('0'+m%10), '-', byte('0'+dd/10), byte('0'+dd%10))
}

// String is d as YYYY-MM-DD, "-" for None.
func String(d int32) string {
	if d == None {
		return "-"
	}
	return string(Append(nil, d))
}

// The months of the days that the log can hold, since looking ahead asks for them
// a hundred times a customer: monthOf[d] counts months from January 1970, firstOf
// is the first day of a month.
const tableDays = 1 << 16

var (
	monthOf [tableDays]uint16
	firstOf [tableDays/28 + 2]int32
)

func init() {
	m := uint16(0)
	next := Of(1970, 2, 1)
	for d := range int32(tableDays) {
		if d == next {
			m++
			firstOf[m] = d
			next = Of(1970, int32(m)+2, 1)
		}
		monthOf[d] = m
	}
	firstOf[m+1] = next
}
