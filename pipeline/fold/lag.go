package fold

import (
	"math"
	"math/bits"
)

// Entries are sorted by business day; some questions go by the second of the event, and
// are answered by those of few days as long as the two lie near each other. Most do: zones,
// cuts, a night batch that is booked on the day before. How far apart they lie otherwise
// is kept for each customer, as a power of two.

// lagUsual is how many days an event's second may lie behind its business day without
// being noted.
const lagUsual = 2

// lagBits are those of attached.flags that noteLag writes.
const lagBits uint8 = 0xff &^ (1<<lagShift - 1)

// lagMost stands for all that is further apart than its bits can tell.
const lagMost = 0xff >> lagShift

// noteLag notes how far behind its business day an event happened: booked back.
func (x *attached) noteLag(day int32, second int64) {
	d := second/secondsPerDay - int64(day)
	if d <= lagUsual {
		return
	}
	if n := uint8(min(bits.Len64(uint64(d)), lagMost)); n > x.flags>>lagShift {
		x.flags = x.flags&^lagBits | n<<lagShift
	}
}

// lag is at least how many days the second of each of the customer's entries lies
// behind its business day: it comes before the end of the day so many days later.
func (x *attached) lag() int64 {
	switch n := x.flags >> lagShift; n {
	case 0:
		return lagUsual
	case lagMost:
		return math.MaxUint32 / secondsPerDay // as far as a second of 32 bits can
	default:
		return 1<<n - 1
	}
}
