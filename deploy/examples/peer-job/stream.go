package peerjob

import (
	"strconv"
	"time"
)

// The published rule of the input: 400 days, and of a hundred events two that
// repeat a recent one, byte for byte, and three that are late by 1 to 30 days.
const (
	Days       = 400
	repeats    = 2
	late       = 3
	lateDays   = 30
	secondsDay = 86_400
)

// FirstDay is the day on which the input begins, UTC.
var FirstDay = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// Stream makes the input of the job: the same arguments give the same events.
type Stream struct {
	customers, events, made, fresh int
	state                          uint64
	balance                        []int64
	// recent are the events that may come again, the oldest replaced first.
	recent   []Record
	remember int
}

// Record is an event as it stands in the topic.
type Record struct{ Key, Value []byte }

// Remember is how many of the newest events may come again.
const Remember = 1 << 16

// NewStream makes a stream of events over Days days. A few customers have most
// events: their density falls with the root of the rank. remember is how many of
// the newest events may come again.
func NewStream(seed uint64, customers, events, remember int) *Stream {
	s := &Stream{customers: customers, events: events, state: seed, balance: make([]int64, customers), remember: remember}
	for c := range s.balance {
		s.balance[c] = 10 * s.usual(c)
	}
	return s
}

func (s *Stream) random() uint64 {
	s.state += 0x9e3779b97f4a7c15
	return scatter(s.state)
}

func (s *Stream) below(n int) int { return int(s.random() >> 1 % uint64(n)) }

func scatter(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// usual is a customer's typical amount: nine classes, the richer the rarer.
func (s *Stream) usual(c int) int64 {
	class := 0
	for h := scatter(uint64(c) + 1); class < 8 && h&1 == 1; h >>= 1 {
		class++
	}
	return 40_000 << class
}

// Next is the next event, false at the end. It stays valid.
func (s *Stream) Next() (Record, bool) {
	if s.made == s.events {
		return Record{}, false
	}
	at := FirstDay.Unix() + int64(s.made)*Days*secondsDay/int64(s.events)
	s.made++
	if len(s.recent) == s.remember && s.below(100) < repeats {
		return s.recent[s.below(s.remember)], true
	}
	// The rank is the square of an even draw, scattered over the ids.
	const one = 1 << 20
	u := s.random() >> 44
	rank := int(u * u / one * uint64(s.customers) / one)
	r := s.book(int(uint64(rank)*387_420_489%uint64(s.customers)), at)
	if len(s.recent) < s.remember {
		s.recent = append(s.recent, r)
	} else {
		s.recent[s.fresh%s.remember] = r
	}
	s.fresh++
	return r, true
}

var (
	typesIn    = [...]string{"TRANSFER_IN", "SALARY", "INTEREST", "DEPOSIT"}
	typesOut   = [...]string{"TRANSFER_OUT", "PAYMENT", "WITHDRAWAL", "FEE"}
	initiators = [...]string{"CUSTOMER", "CUSTOMER", "CUSTOMER", "SYSTEM"}
	channels   = [...]string{"APP", "WEB", "ATM", "BRANCH"}
)

// book makes a booking of customer c at a time, half of them in and half out, the
// balance after it told in the order of arrival.
func (s *Stream) book(c int, at int64) Record {
	if s.below(100) < late {
		at -= int64(1+s.below(lateDays)) * secondsDay
	}
	amount := s.usual(c)/10 + int64(s.random()>>1%uint64(2*s.usual(c)))
	how := s.random()
	typ, direction := typesIn[how>>8%4], "CREDIT"
	if how%100 < 51 || s.balance[c] < amount {
		s.balance[c] += amount
	} else {
		s.balance[c] -= amount
		typ, direction = typesOut[how>>8%4], "DEBIT"
	}
	t := time.Unix(at, 0).UTC()
	b := make([]byte, 0, 352)
	b = append(b, `{"event_id":"core:`...)
	b = padded(b, s.fresh+1, 12)
	b = append(b, `:1","customer_id":"c`...)
	from := len(b) - 1
	b = padded(b, c, 10)
	key := b[from:len(b):len(b)]
	b = append(b, `","account_id":"a`...)
	b = padded(b, c, 10)
	b = append(append(b, `","account_type":"DEMAND","txn_type":"`...), typ...)
	b = append(append(b, `","direction":"`...), direction...)
	b = strconv.AppendInt(append(b, `","amount_minor":`...), amount, 10)
	b = strconv.AppendInt(append(b, `,"currency":"CNY","balance_after_minor":`...), s.balance[c], 10)
	b = t.AppendFormat(append(b, `,"event_time":"`...), time.RFC3339)
	b = t.AppendFormat(append(b, `","booking_date":"`...), time.DateOnly)
	b = append(append(b, `","initiator":"`...), initiators[how>>16%4]...)
	b = append(append(b, `","channel":"`...), channels[how>>24%4]...)
	b = append(b, `"}`...)
	return Record{Key: key, Value: b}
}

func padded(b []byte, n, width int) []byte {
	digits := strconv.Itoa(n)
	for range width - len(digits) {
		b = append(b, '0')
	}
	return append(b, digits...)
}
