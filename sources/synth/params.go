package synth

import (
	"errors"
	"fmt"
)

// Params shape a bank. Start from Defaults; New takes them as they are.
type Params struct {
	// Seed fixes everything.
	Seed uint64
	// Customers is the number of customers, those who join later included.
	Customers int
	// Start is the first business day, days since 1970-01-01.
	Start int32
	// Months is the length of the history, calendar months from Start. It only
	// spreads stories and openings; days may be asked beyond it.
	Months int
	// EventsPerMonth is the customer's average number of bookings a month of his
	// own doing (salaries, rents, interest and the like come on top), 0 … 60.
	EventsPerMonth int
	// MalformedPPM, LatePPM, DuplicatePPM and ReversalPPM are shares of the
	// bookings in parts per million: broken rows added, records that arrive 1 to
	// 20 days late, exact repeats, and reversals of a booking. At most 100,000.
	MalformedPPM, LatePPM, DuplicatePPM, ReversalPPM int
}

// Defaults is the bank of the demo: 20,000 customers from 1 January 2025, 13
// months of history, about 4 million bookings.
func Defaults() Params {
	return Params{
		Seed: 20250101, Customers: 20_000, Start: dayOf(2025, 1, 1), Months: 13, EventsPerMonth: 12,
		MalformedPPM: 200, LatePPM: 4_000, DuplicatePPM: 2_000, ReversalPPM: 3_000,
	}
}

// Validate tells every field that is out of its range.
func (p Params) Validate() error {
	var all []error
	in := func(name string, v, lo, hi int) {
		if v < lo || v > hi {
			all = append(all, fmt.Errorf("synthetic bank: %s is %d: give %d to %d", name, v, lo, hi))
		}
	}
	in("customers", p.Customers, 1, 20_000_000)
	in("start", int(p.Start), int(dayOf(2000, 1, 1)), int(dayOf(2099, 1, 1)))
	in("months", p.Months, 1, 240)
	in("events per month", p.EventsPerMonth, 0, 60)
	in("malformed ppm", p.MalformedPPM, 0, 100_000)
	in("late ppm", p.LatePPM, 0, 100_000)
	in("duplicate ppm", p.DuplicatePPM, 0, 100_000)
	in("reversal ppm", p.ReversalPPM, 0, 100_000)
	return errors.Join(all...)
}

// LastHistoryDay is the last day of the history: the day before the same day of
// the month, Months later.
func (p Params) LastHistoryDay() int32 {
	y, m, d := civil(p.Start)
	m += p.Months
	return dayOf(y+(m-1)/12, (m-1)%12+1, d) - 1
}
