package peerjob

// Rules are what Tierwatch does otherwise than the job; the zero value is the job.
type Rules struct {
	// Fine rounds dimensions and score half to even to hundredths of a percent, once
	// each; the job rounds both down to tenths.
	Fine bool
	// Ledger lets a late booking move the balance at once; the job keeps the balance
	// that the newest event by its own clock has told.
	Ledger bool
	// Forever knows a repeated event however old it is; the job forgets ids after 35
	// days.
	Forever bool
	// Entry tells a first tier above the lowest as an entry, which has no tier before it.
	Entry bool
}

// Tierwatch is all of the rules: what the fold does.
func Tierwatch() Rules { return Rules{Fine: true, Ledger: true, Forever: true, Entry: true} }

// Causes are the rules one by one, by the name of the difference that each makes.
func Causes() map[string]Rules {
	return map[string]Rules{
		"rounding": {Fine: true},
		"clock":    {Ledger: true},
		"memory":   {Forever: true},
		"entry":    {Entry: true},
	}
}

// Change is an output of the job: a customer's tier has changed. Of an entry the
// old tier is -1.
type Change struct {
	Customer string
	Day      int32
	Old, New int
}

// Reference is the job, plain and slow: maps of days and ids, computed anew at
// every event.
type Reference struct {
	rules     Rules
	customers map[string]*customer
}

// NewReference makes a job without any customer.
func NewReference(r Rules) *Reference { return &Reference{rules: r, customers: map[string]*customer{}} }

type customer struct {
	day, tier int
	days      map[int]*bucket
	ids       map[string]int
	book
}

type bucket struct{ in, out, count int64 }

// The job's windows, in days, and what fills its dimensions, in minor units,
// events and days.
const (
	kept, remembered          = 400, 35
	year, quarter             = 365, 90
	fullBalance, fullIn       = 20_000_000, 10_000_000
	fullCount, fullDays int64 = 20, 12
)

// Apply folds an event. told says that it changed a tier.
func (r *Reference) Apply(e *Event) (ch Change, told bool) {
	d := int(e.day)
	c, seen := r.customers[e.Customer]
	if !seen {
		c = &customer{day: d, days: map[int]*bucket{}, ids: map[string]int{}}
		r.customers[e.Customer] = c
	}
	if d <= c.day-kept || c.repeated(e, d, r.rules.Forever) {
		return ch, false
	}
	c.day = max(c.day, d)
	c.forget(r.rules.Forever)
	c.count(e, d)
	c.observe(e, d, !seen, r.rules.Ledger)
	ch = Change{Customer: e.Customer, Day: int32(c.day), Old: c.tier, New: tierOf(c.score(r.rules.Fine))}
	c.tier, told = ch.New, ch.Old != ch.New
	if !seen && r.rules.Entry {
		ch.Old = -1
	}
	return ch, told
}

// repeated tells whether the event is known, and remembers it.
func (c *customer) repeated(e *Event, d int, forever bool) bool {
	if !forever && d <= max(c.day, d)-remembered {
		return false
	}
	_, again := c.ids[e.ID]
	c.ids[e.ID] = d
	return again
}

// forget drops what has left the windows.
func (c *customer) forget(forever bool) {
	if !forever {
		for id, d := range c.ids {
			if d <= c.day-remembered {
				delete(c.ids, id)
			}
		}
	}
	for d := range c.days {
		if d <= c.day-kept {
			delete(c.days, d)
		}
	}
}

func (c *customer) count(e *Event, d int) {
	b := c.days[d]
	if b == nil {
		b = &bucket{}
		c.days[d] = b
	}
	b.count++
	if e.Direction == "CREDIT" {
		b.in += e.Amount
	} else {
		b.out += e.Amount
	}
}

// score is the customer's score in hundredths of a percent.
func (c *customer) score(fine bool) int64 {
	var in, count, active int64
	for d, b := range c.days {
		if d > c.day-year {
			in += b.in
		}
		if d > c.day-quarter {
			count += b.count
			active++
		}
	}
	parts := [...]struct{ weight, value, full int64 }{
		{40, c.balance, fullBalance}, {30, in, fullIn}, {20, count, fullCount}, {10, active, fullDays},
	}
	var sum int64
	for i, p := range parts {
		switch v := min(max(p.value, 0), p.full); {
		case fine && i < 3:
			sum += p.weight * halfEven(v*10_000, p.full)
		default: // the thirteen values of the days are the job's own
			sum += p.weight * (v * 1000 / p.full * 10)
		}
	}
	if fine {
		return halfEven(sum, 100)
	}
	return sum / 1000 * 10
}

func halfEven(n, by int64) int64 {
	q, rest := n/by, n%by
	if 2*rest > by || 2*rest == by && q%2 == 1 {
		q++
	}
	return q
}

func tierOf(score int64) (tier int) {
	for _, from := range [...]int64{1500, 3000, 5000, 7500} {
		if score >= from {
			tier++
		}
	}
	return tier
}
