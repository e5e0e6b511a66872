package event

import (
	"fmt"
	"slices"
	"sort"
	"sync"

	"github.com/tierwatch/tierwatch/sources/internal/decimal"
)

// RateBook is a Rates held in memory, by unit and day. The zero value is empty
// and ready; it is safe for concurrent use.
type RateBook struct {
	mu    sync.RWMutex
	units map[string][]dayRate // days ascending
}

type dayRate struct {
	day int32
	e12 int64
}

// Set puts the rate of a day; one that is there already is replaced.
func (b *RateBook) Set(unit string, day int32, e12 int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.units == nil {
		b.units = map[string][]dayRate{}
	}
	list := b.units[unit]
	i := sort.Search(len(list), func(i int) bool { return list[i].day >= day })
	if i == len(list) || list[i].day != day {
		list = append(list, dayRate{})
		copy(list[i+1:], list[i:])
	}
	list[i] = dayRate{day, e12}
	b.units[unit] = list
}

// Copy is a book of the same rates, to which others may be put.
func (b *RateBook) Copy() *RateBook {
	b.mu.RLock()
	defer b.mu.RUnlock()
	c := &RateBook{units: make(map[string][]dayRate, len(b.units))}
	for unit, list := range b.units {
		c.units[unit] = slices.Clone(list)
	}
	return c
}

// Rate implements Rates: the rate of the last day not after the given one.
func (b *RateBook) Rate(unit string, day int32) (e12 int64, ok bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	list := b.units[unit]
	i := sort.Search(len(list), func(i int) bool { return list[i].day > day })
	if i == 0 {
		return 0, false
	}
	return list[i-1].e12, true
}

// RateE12 turns a quoted rate, base units per unit of the currency or fund
// ("7.1234"), into base minor units per smallest unit × 10^12, half to even. The
// error tells of a text that is no rate, or one too large.
func RateE12(quoted, unit, base string) (int64, error) {
	to, ok := MinorUnits(base)
	if !ok {
		return 0, fmt.Errorf("rate of %s: base currency %q is no ISO 4217 code", unit, base)
	}
	d, err := decimal.Parse([]byte(quoted), decimal.Plain)
	if err == nil && d.Sign() <= 0 {
		return 0, fmt.Errorf("rate of %s: %q: want more than 0", unit, quoted)
	}
	if err != nil {
		return 0, fmt.Errorf("rate of %s: %q: %w; want a positive decimal such as 7.1234", unit, quoted, err)
	}
	e12, err := d.Scaled(12+to-UnitDecimals(unit), decimal.HalfEven)
	if err == nil && e12 == 0 {
		err = decimal.ErrPrecision
	}
	if err != nil {
		return 0, fmt.Errorf("rate of %s: %q: %w", unit, quoted, err)
	}
	return e12, nil
}
