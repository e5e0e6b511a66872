package synth

// season is the number of purchases on day in permille of a plain day: more at
// weekends, before 春节, on 双十一, 618 and 双十二, fewer in the quiet week of 春节.
func season(day int32) int64 {
	v := weekdays[weekday(day)]
	_, m, d := civil(day)
	f := day - springFestival(day)
	switch {
	case f >= -20 && f < -1:
		v = v * 1400 / 1000
	case f >= -1 && f <= 6:
		v = v * 550 / 1000
	case m == 11 && d == 11:
		v = 4200
	case m == 11 && d >= 1 && d < 11:
		v = v * 1350 / 1000
	case m == 6 && d == 18:
		v = 2600
	case m == 6 && d >= 10 && d < 18:
		v = v * 1250 / 1000
	case m == 12 && d == 12:
		v = 1900
	case m == 10 && d <= 7, m == 5 && d <= 3:
		v = v * 1300 / 1000
	}
	return v
}

var weekdays = [7]int64{880, 870, 890, 930, 1120, 1230, 1080}

// hours holds the hour of the day for one of 64 equally likely purchases.
const hours = "hhiijjjkkkkllllllmmmmnnnoooopppppqqqqqrrrrrrsssssstttttuuuuvvvww"

// shopping draws the second of the day of a purchase.
func (r *rng) shopping() int32 {
	x := r.next()
	return int32(hours[x&63]-'a')*3600 + int32(x>>32%3600)
}

// office draws a second between 09:00 and 17:30.
func (r *rng) office() int32 { return int32(r.between(9*3600, 17*3600+1800)) }

// batch draws a second between 01:00 and 05:30, when the core runs its batch.
func (r *rng) batch() int32 { return int32(r.between(3600, 5*3600+1800)) }
