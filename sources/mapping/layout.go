package mapping

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tierwatch/tierwatch/sources/event"
)

// layout reads dates and times as a source writes them.
type layout struct {
	epoch  int64 // units per second, 0: not an epoch number
	days   bool  // epoch days
	rfc    bool
	tokens []token
	pivot  int
	clock  bool    // has a time of day
	zoned  bool    // has an offset
	next   *layout // tried when this one does not fit
}

type token struct {
	kind    byte // Y y M D H h m s f Z A N or ' for a literal
	text    string
	padless bool // one digit is enough
}

// moment is what a layout found: a wall clock, and its offset if there is one.
type moment struct {
	day       int32
	seconds   int64 // of the day
	zoned     bool
	offset    int64
	isInstant bool
	utc       int64
}

var (
	errDate  = errors.New("does not fit the format")
	errRange = errors.New("outside 1970-01-02 … 2149-06-06")
)

// tokenNames in the order they are tried; longer ones first.
var tokenNames = []struct {
	name    string
	kind    byte
	padless bool
}{
	{"YYYY", 'Y', false},
	{"YY", 'y', false},
	{"MON", 'N', false},
	{"MM", 'M', false},
	{"M", 'M', true},
	{"DD", 'D', false},
	{"D", 'D', true},
	{"HH", 'H', false},
	{"H", 'H', true},
	{"hh", 'h', false},
	{"h", 'h', true},
	{"mm", 'm', false},
	{"m", 'm', true},
	{"ss", 's', false},
	{"f", 'f', true},
	{"Z", 'Z', false},
	{"AM", 'A', false},
}

func parseLayout(text string, pivot int) (*layout, error) {
	l := &layout{pivot: pivot}
	switch text {
	case "rfc3339":
		l.rfc, l.clock, l.zoned = true, true, true
		return l, nil
	case "epoch_days":
		l.days = true
		return l, nil
	}
	for unit, scale := range map[string]int64{"epoch_s": 1, "epoch_ms": 1e3, "epoch_us": 1e6, "epoch_ns": 1e9} {
		if text == unit {
			l.epoch, l.clock, l.zoned = scale, true, true
			return l, nil
		}
	}
	seen := map[byte]bool{}
	for rest := text; rest != ""; {
		t, n := nextToken(rest)
		rest = rest[n:]
		if t.kind != '\'' && seen[t.kind] {
			return nil, fmt.Errorf("names %s twice", text[len(text)-len(rest)-n:][:n])
		}
		if t.kind == '\'' && letter(t.text[0]) && strings.HasPrefix(rest, t.text) {
			return nil, fmt.Errorf("has %q, which is no part of a date or time", t.text+t.text)
		}
		seen[t.kind] = true
		l.tokens = append(l.tokens, t)
	}
	if !(seen['Y'] || seen['y']) || !(seen['M'] || seen['N']) || !seen['D'] {
		return nil, errors.New("needs a year (YYYY or YY), a month (MM, M or MON) and a day (DD or D)")
	}
	if seen['y'] && pivot < 0 {
		return nil, errors.New("has a year of two digits: say pivot, the first such year that is 19xx")
	}
	if seen['h'] != seen['A'] {
		return nil, errors.New("hh and AM go together; use HH for 24 hours")
	}
	l.clock, l.zoned = seen['H'] || seen['h'], seen['Z']
	return l, nil
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func nextToken(s string) (token, int) {
	for _, t := range tokenNames {
		if strings.HasPrefix(s, t.name) {
			return token{kind: t.kind, padless: t.padless}, len(t.name)
		}
	}
	return token{kind: '\'', text: s[:1]}, 1
}

func (l *layout) parse(b []byte) (moment, error) {
	for {
		m, err := l.parseOne(b)
		if err == nil || l.next == nil {
			return m, err
		}
		l = l.next
	}
}

func (l *layout) parseOne(b []byte) (moment, error) {
	switch {
	case l.rfc:
		return parseRFC3339(b)
	case l.epoch != 0 || l.days:
		return l.parseEpoch(b)
	}
	var f fields
	for i := range l.tokens {
		var err error
		if b, err = l.tokens[i].read(b, &f); err != nil {
			return moment{}, err
		}
	}
	if len(b) != 0 {
		return moment{}, errDate
	}
	if f.short {
		f.year += 1900
		if f.year < 1900+l.pivot {
			f.year += 100
		}
	}
	if f.half != 0 {
		if f.hour < 1 || f.hour > 12 {
			return moment{}, errDate
		}
		f.hour = f.hour%12 + f.half - 1
	}
	return f.moment()
}

// fields are the parts of a date as read; half is 1 for AM, 13 for PM.
type fields struct {
	year, month, dom, hour, minute, second, half int
	short, zoned                                 bool
	offset                                       int64
}

func (f *fields) moment() (moment, error) {
	day, ok := event.Day(f.year, f.month, f.dom)
	// A leap second is the second after it, as in RFC 3339's own reading.
	if !ok || f.hour > 23 || f.minute > 59 || f.second > 60 {
		return moment{}, errDate
	}
	return moment{
		day: day, seconds: int64(f.hour)*3600 + int64(f.minute)*60 + int64(f.second),
		zoned: f.zoned, offset: f.offset,
	}, nil
}

func (t *token) read(b []byte, f *fields) ([]byte, error) {
	var err error
	switch t.kind {
	case '\'':
		if len(b) == 0 || b[0] != t.text[0] {
			return nil, errDate
		}
		return b[1:], nil
	case 'Y':
		f.year, b, err = number(b, 4, false)
	case 'y':
		f.year, b, err = number(b, 2, false)
		f.short = true
	case 'M':
		f.month, b, err = number(b, 2, t.padless)
	case 'N':
		f.month, b, err = monthName(b)
	case 'D':
		f.dom, b, err = number(b, 2, t.padless)
	case 'H', 'h':
		f.hour, b, err = number(b, 2, t.padless)
	case 'm':
		f.minute, b, err = number(b, 2, t.padless)
	case 's':
		f.second, b, err = number(b, 2, false)
	case 'f':
		b = fraction(b)
	case 'Z':
		f.zoned = true
		f.offset, b, err = offset(b)
	case 'A':
		if len(b) < 2 || b[1]|0x20 != 'm' || b[0]|0x20 != 'a' && b[0]|0x20 != 'p' {
			return nil, errDate
		}
		f.half = 1
		if b[0]|0x20 == 'p' {
			f.half = 13
		}
		b = b[2:]
	}
	return b, err
}

// number reads width digits, or 1 to width if padless.
func number(b []byte, width int, padless bool) (int, []byte, error) {
	n, i := 0, 0
	for i < width && i < len(b) && b[i]-'0' <= 9 {
		n = n*10 + int(b[i]-'0')
		i++
	}
	if i == 0 || i < width && !padless {
		return 0, b, errDate
	}
	return n, b[i:], nil
}

func fraction(b []byte) []byte {
	for len(b) > 0 && b[0]-'0' <= 9 {
		b = b[1:]
	}
	return b
}

func monthName(b []byte) (int, []byte, error) {
	const names = "janfebmaraprmayjunjulaugsepoctnovdec"
	if len(b) < 3 {
		return 0, b, errDate
	}
	var low [3]byte
	for i := range low {
		low[i] = b[i] | 0x20
	}
	if at := strings.Index(names, string(low[:])); at >= 0 && at%3 == 0 {
		return at/3 + 1, b[3:], nil
	}
	return 0, b, errDate
}

// offset reads Z, +hh:mm, +hhmm or +hh.
func offset(b []byte) (int64, []byte, error) {
	if len(b) > 0 && (b[0] == 'Z' || b[0] == 'z') {
		return 0, b[1:], nil
	}
	if len(b) < 3 || b[0] != '+' && b[0] != '-' {
		return 0, b, errDate
	}
	neg := b[0] == '-'
	h, rest, err := number(b[1:], 2, false)
	if err != nil {
		return 0, b, err
	}
	m := 0
	if len(rest) > 0 && rest[0] == ':' {
		rest = rest[1:]
		if m, rest, err = number(rest, 2, false); err != nil {
			return 0, b, err
		}
	} else if len(rest) >= 2 && rest[0]-'0' <= 9 {
		m, rest, _ = number(rest, 2, false)
	}
	if h > 18 || m > 59 {
		return 0, b, errDate
	}
	off := int64(h)*3600 + int64(m)*60
	if neg {
		off = -off
	}
	return off, rest, nil
}

// parseRFC3339 reads 2026-11-22T06:15:00.123+08:00; a space for the T and a
// missing offset (local time then) are accepted.
func parseRFC3339(b []byte) (moment, error) {
	var f fields
	if len(b) < 19 || b[4] != '-' || b[7] != '-' || b[13] != ':' || b[16] != ':' || b[10] != 'T' && b[10] != ' ' && b[10] != 't' {
		return moment{}, errDate
	}
	var bad byte
	two := func(i int) int {
		hi, lo := b[i]-'0', b[i+1]-'0'
		if hi > 9 || lo > 9 {
			bad = 1
		}
		return int(hi)*10 + int(lo)
	}
	f.year, f.month, f.dom = two(0)*100+two(2), two(5), two(8)
	f.hour, f.minute, f.second = two(11), two(14), two(17)
	if bad != 0 {
		return moment{}, errDate
	}
	b = b[19:]
	if len(b) > 1 && b[0] == '.' && b[1]-'0' <= 9 {
		b = fraction(b[1:])
	}
	if len(b) > 0 {
		var err error
		f.zoned = true
		if f.offset, b, err = offset(b); err != nil || len(b) != 0 {
			return moment{}, errDate
		}
	}
	return f.moment()
}

func (l *layout) parseEpoch(b []byte) (moment, error) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 19 {
		return moment{}, errDate
	}
	var n int64
	for _, c := range b {
		if c-'0' > 9 {
			return moment{}, errDate
		}
		n = n*10 + int64(c-'0')
	}
	if n < 0 || neg && n > 0 {
		return moment{}, errRange
	}
	if l.days {
		if n > int64(event.MaxDay) {
			return moment{}, errRange
		}
		return moment{day: int32(n)}, nil
	}
	return moment{isInstant: true, utc: n / l.epoch}, nil
}

// instant is the moment in UTC seconds; a wall clock is read in the zone.
func (m moment) instant(cal *event.Calendar) (int64, error) {
	utc := m.utc
	if !m.isInstant {
		if m.day < event.MinDay || m.day > event.MaxDay {
			return 0, errRange
		}
		utc = int64(m.day)*86400 + m.seconds
		if m.zoned {
			utc -= m.offset
		} else {
			utc = cal.UTC(utc)
		}
	}
	if utc < int64(event.MinDay)*86400-86400+1 || utc >= (int64(event.MaxDay)+1)*86400 {
		return 0, errRange
	}
	return utc, nil
}

// date is the civil date as written; an epoch number's in the zone.
func (m moment) date(cal *event.Calendar) (int32, error) {
	day := m.day
	if m.isInstant {
		if m.utc > (int64(event.MaxDay)+1)*86400 {
			return 0, errRange
		}
		day = int32(cal.Local(m.utc) / 86400)
	}
	if day < event.MinDay || day > event.MaxDay {
		return 0, errRange
	}
	return day, nil
}
