package synth

import (
	"fmt"
	"slices"
)

// Bank is a synthetic bank at the start of its next business day. It is not safe
// for concurrent use.
type Bank struct {
	params Params
	// last is the last day of the history.
	last      int32
	next      int32
	market    *market
	customers []customer
	accounts  []account
	ids       []string
	past      []told

	// The day in the making: its events, those that arrive tomorrow, and the
	// steps of the customer at hand, of which done are performed.
	buf, tomorrow []event
	plan          []step
	done          int
	order         []uint32
	starts        []uint32
	writer        writer
}

// New makes a bank; it wants Params that Validate.
func New(p Params) *Bank {
	b := &Bank{params: p, last: p.LastHistoryDay(), next: p.Start, market: newMarket(p.Seed, p.Start)}
	b.customers = make([]customer, 0, p.Customers)
	b.accounts = make([]account, 0, p.Customers*5/2)
	b.ids = make([]string, 0, p.Customers)
	for no := range p.Customers {
		c := b.born(uint32(no))
		b.customers = append(b.customers, c)
		b.ids = append(b.ids, fmt.Sprintf("C-%08x", c.pseudonym))
	}
	return b
}

// Next is the day that Day wants to be asked for.
func (b *Bank) Next() int32 { return b.next }

// Day gives emit the records of one business day in the order of arrival, which
// but for late records is the order of event time. Days are asked for one after
// the other from Params.Start on. An error of emit ends the day and is returned;
// the bank has then gone on to the next day.
func (b *Bank) Day(day int32, emit func(Item) error) error {
	if day != b.next {
		return fmt.Errorf("synthetic bank: day %d asked, day %d is next: ask for consecutive days", day, b.next)
	}
	b.next++
	t := newToday(day)
	b.buf = append(b.buf[:0], b.tomorrow...)
	b.tomorrow = b.tomorrow[:0]
	for i := range b.customers {
		b.live(&b.customers[i], &t)
	}
	for _, i := range b.arranged() {
		if err := emit(b.render(&b.buf[i], &t)); err != nil {
			return fmt.Errorf("emit day %d: %w", day, err)
		}
	}
	return nil
}

// arranged orders the day's events by second of arrival; within a second they
// keep the order in which they were made, which is a customer's own order.
func (b *Bank) arranged() []uint32 {
	if b.starts == nil {
		b.starts = make([]uint32, 86_401)
	}
	clear(b.starts)
	for i := range b.buf {
		b.starts[b.buf[i].at+1]++
	}
	for s := 1; s < len(b.starts); s++ {
		b.starts[s] += b.starts[s-1]
	}
	b.order = slices.Grow(b.order[:0], len(b.buf))[:len(b.buf)]
	for i := range b.buf {
		at := b.buf[i].at
		b.order[b.starts[at]] = uint32(i)
		b.starts[at]++
	}
	return b.order
}

// pseudonym is a bijection of customer numbers, so it is unique for a seed.
func pseudonym(seed uint64, no uint32) uint32 {
	x := no ^ uint32(stream(seed, saltID, 0, 0))
	x = (x ^ x>>16) * 0x7feb352d
	x = (x ^ x>>15) * 0x846ca68b
	return x ^ x>>16
}
