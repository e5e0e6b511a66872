package event

// The days a record may name: from 1970-01-02, since 0 means "not said", to
// 2149-06-06, the last that the warehouse's Date type holds.
const (
	MinDay int32 = 1
	MaxDay int32 = 65535
)

// Day is the number of days from 1970-01-01 to a civil date; ok is false when
// there is no such date.
func Day(year, month, dom int) (day int32, ok bool) {
	if month < 1 || month > 12 || dom < 1 || dom > daysIn(year, month) || year < -9999 || year > 9999 {
		return 0, false
	}
	// Howard Hinnant's days_from_civil: years start in March, eras are 400 years.
	y := year
	if month <= 2 {
		y--
	}
	era := floorDiv(y, 400)
	yoe := y - era*400
	doy := (153*((month+9)%12)+2)/5 + dom - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return int32(era*146097 + doe - 719468), true
}

// Civil is the inverse of Day.
func Civil(day int32) (year, month, dom int) {
	z := int(day) + 719468
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	dom = doy - (153*mp+2)/5 + 1
	month = mp + 3
	if month > 12 {
		month -= 12
	}
	year = yoe + era*400
	if month <= 2 {
		year++
	}
	return year, month, dom
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
