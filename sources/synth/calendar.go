package synth

// zone is the bank's offset from UTC in seconds; China has had no daylight
// saving time since 1991.
const zone = 8 * 3600

// dayOf is the number of days from 1970-01-01 to y-m-d (proleptic Gregorian).
func dayOf(y, m, d int) int32 {
	if m <= 2 {
		y, m = y-1, m+12
	}
	era := y / 400
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + d - 1
	return int32(era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468)
}

// civil is the inverse of dayOf.
func civil(day int32) (y, m, d int) {
	z := int(day) + 719468
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = doy - (153*mp+2)/5 + 1
	m, y = mp+3, yoe+era*400
	if m > 12 {
		m, y = m-12, y+1
	}
	return y, m, d
}

// weekday is 0 for Monday … 6 for Sunday.
func weekday(day int32) int { return int((day%7 + 10) % 7) }

// springFestivals are the first days of the lunar years 2020 … 2035 (春节).
var springFestivals = [...]int32{
	dayOf(2020, 1, 25), dayOf(2021, 2, 12), dayOf(2022, 2, 1), dayOf(2023, 1, 22), dayOf(2024, 2, 10), dayOf(2025, 1, 29),
	dayOf(2026, 2, 17), dayOf(2027, 2, 6), dayOf(2028, 1, 26), dayOf(2029, 2, 13), dayOf(2030, 2, 3), dayOf(2031, 1, 23),
	dayOf(2032, 2, 11), dayOf(2033, 1, 31), dayOf(2034, 2, 19), dayOf(2035, 2, 8),
}

// springFestival is the festival of day's calendar year; 5 February where the
// table ends.
func springFestival(day int32) int32 {
	y, _, _ := civil(day)
	if y >= 2020 && y < 2020+len(springFestivals) {
		return springFestivals[y-2020]
	}
	return dayOf(y, 2, 5)
}

// working tells whether the bank works on day: not at weekends, nor on the
// statutory holidays (the Saturdays worked in exchange are left out).
func working(day int32) bool {
	if weekday(day) >= 5 {
		return false
	}
	if f := day - springFestival(day); f >= -1 && f <= 6 {
		return false
	}
	_, m, d := civil(day)
	switch {
	case m == 1 && d == 1, m == 4 && d == 5, m == 5 && d <= 3, m == 10 && d <= 7:
		return false
	}
	return true
}

// today is what all customers share on a day.
type today struct {
	day                       int32
	month, dom                int
	wday                      int
	working                   bool
	lastOfMonth               bool
	midnight                  int64 // UTC seconds of the local 00:00
	pay                       [2]uint32
	spend                     int64 // permille of the usual number of purchases
	festival                  int32 // days since this year's 春节, negative before
	bonusSeason, interestDays bool
}

func newToday(day int32) today {
	_, m, d := civil(day)
	_, _, next := civil(day + 1)
	f := day - springFestival(day)
	return today{
		day: day, month: m, dom: d, wday: weekday(day), working: working(day), lastOfMonth: next == 1,
		midnight: int64(day)*86400 - zone, pay: [2]uint32{paydays(day), paydays(day - 1)},
		spend: season(day), festival: f,
		bonusSeason: f >= -30 && f < 0, interestDays: d == 21 && m%3 == 0,
	}
}

// paydays is the set of nominal pay days of the month (bit = day of month, 3 …
// 28) that are paid on day: salaries due on a free day come the working day before.
func paydays(day int32) uint32 {
	if !working(day) {
		return 0
	}
	var set uint32
	for nominal := day; ; nominal++ {
		if _, _, d := civil(nominal); d >= 3 && d <= 28 {
			set |= 1 << d
		}
		if working(nominal + 1) {
			return set
		}
	}
}
