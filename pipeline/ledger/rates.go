package ledger

import "github.com/tierwatch/tierwatch/pipeline/wide"

// RateOne is the rate of the base currency: base minor units per smallest unit,
// times 10^12.
const RateOne int64 = 1_000_000_000_000

// MaxRate bounds rates so that prefix sums over a century stay within int64.
const MaxRate int64 = 100_000_000_000_000

// Base is the unit index of the base currency.
const Base uint16 = 0

// Rates values holdings: per unit the sum R(D) of the rates of the days before D
// (semantics 4), so that a balance B from day a to day b is worth B·(R(b)-R(a)).
// A day without a rate carries the last one; days before the first have rate 0.
type Rates struct {
	names  []string
	index  map[string]uint16
	series []series
}

type series struct {
	// first is the day of rate[0]; rate[i] is the rate of first+i, carried
	// forward over gaps; prefix[i] is R(first+i).
	first  int32
	rate   []int64
	prefix []int64
	// given marks days whose rate was told, not carried.
	given []bool
}

// NewRates knows the base currency only.
func NewRates(base string) *Rates {
	return &Rates{names: []string{base}, index: map[string]uint16{base: Base}, series: make([]series, 1)}
}

// Unit is the index of a unit, made when it is new. ok is false when 65536 units
// are in use, the base currency among them.
func (r *Rates) Unit(name string) (u uint16, ok bool) {
	if u, ok = r.index[name]; ok {
		return u, true
	}
	if len(r.names) > 65535 {
		return 0, false
	}
	u = uint16(len(r.names))
	name = string(append([]byte(nil), name...)) // the caller's bytes may be reused
	r.names = append(r.names, name)
	r.index[name] = u
	r.series = append(r.series, series{})
	return u, true
}

// Room tells whether the unit is known or can be made.
func (r *Rates) Room(name string) bool {
	_, ok := r.index[name]
	return ok || len(r.names) <= 65535
}

// Name is the unit's name.
func (r *Rates) Name(u uint16) string { return r.names[u] }

// Units is the number of units known.
func (r *Rates) Units() int { return len(r.names) }

// Set tells the rate of a day. A rate for a day already given replaces it; the
// caller has checked that the day is still open for change.
func (r *Rates) Set(u uint16, d int32, rate int64) {
	s := &r.series[u]
	if len(s.rate) == 0 {
		s.first = d
		s.rate, s.prefix, s.given = []int64{rate}, []int64{0}, []bool{true}
		return
	}
	if d < s.first {
		s.extendBack(d)
	}
	s.extend(d)
	i := int(d - s.first)
	s.rate[i], s.given[i] = rate, true
	for j := i + 1; j < len(s.rate); j++ {
		if !s.given[j] {
			s.rate[j] = s.rate[j-1]
		}
		s.prefix[j] = s.prefix[j-1] + s.rate[j-1]
	}
}

func (s *series) extend(d int32) {
	for last := len(s.rate) - 1; s.first+int32(last) < d; last++ {
		s.prefix = append(s.prefix, s.prefix[last]+s.rate[last])
		s.rate = append(s.rate, s.rate[last])
		s.given = append(s.given, false)
	}
}

// extendBack makes room before the first day: those days had rate 0.
func (s *series) extendBack(d int32) {
	n := int(s.first - d)
	s.rate = append(make([]int64, n), s.rate...)
	s.prefix = append(make([]int64, n), s.prefix...)
	s.given = append(make([]bool, n), s.given...)
	s.first = d
}

// Given tells whether the unit's rate of day d was told, not carried.
func (r *Rates) Given(u uint16, d int32) bool {
	s := &r.series[u]
	i := int(d - s.first)
	return u == Base || (i >= 0 && i < len(s.given) && s.given[i])
}

// At is the rate of day d: the last known one after the last day told, 0 before
// the first.
func (r *Rates) At(u uint16, d int32) int64 {
	if u == Base {
		return RateOne
	}
	s := &r.series[u]
	i := int(d - s.first)
	switch {
	case len(s.rate) == 0 || i < 0:
		return 0
	case i >= len(s.rate):
		return s.rate[len(s.rate)-1]
	}
	return s.rate[i]
}

// Span is R(to+1) - R(from): the sum of the rates of days from … to.
func (r *Rates) Span(u uint16, from, to int32) int64 {
	if to < from {
		return 0
	}
	if u == Base {
		return int64(to-from+1) * RateOne
	}
	s := &r.series[u]
	if len(s.rate) == 0 {
		return 0
	}
	return s.before(to+1) - s.before(from)
}

func (s *series) before(d int32) int64 {
	i := int(d - s.first)
	if i <= 0 {
		return 0
	}
	if last := len(s.rate) - 1; i > last {
		return s.prefix[last] + int64(i-last)*s.rate[last]
	}
	return s.prefix[i]
}

// Value is what quantity q of unit u is worth on day d, times 10^12.
func (r *Rates) Value(u uint16, q int64, d int32) wide.Int { return wide.Mul(q, r.At(u, d)) }

// DiffersFrom gives the first day for which two tables were told different rates of a
// unit; false: they were told the same.
func (r *Rates) DiffersFrom(o *Rates, unit string) (d int32, differ bool) {
	a, b := r.told(unit), o.told(unit)
	first, last := a.first, a.first+int32(len(a.rate))
	if len(b.rate) > 0 {
		if len(a.rate) == 0 {
			first, last = b.first, b.first
		}
		first, last = min(first, b.first), max(last, b.first+int32(len(b.rate)))
	}
	for d := first; d < last; d++ {
		x, saidX := a.on(d)
		y, saidY := b.on(d)
		if x != y || saidX != saidY {
			return d, true
		}
	}
	return 0, false
}

// told is the series of a unit, nothing of one that is unknown.
func (r *Rates) told(unit string) *series {
	if u, ok := r.index[unit]; ok {
		return &r.series[u]
	}
	return &series{}
}

// on is the rate told for a day.
func (s *series) on(d int32) (rate int64, given bool) {
	if i := int(d - s.first); i >= 0 && i < len(s.given) && s.given[i] {
		return s.rate[i], true
	}
	return 0, false
}
