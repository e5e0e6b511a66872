package peerjob

// book is a customer's balance under either rule.
type book struct {
	balance int64
	// newest is the event time of the newest observation.
	newest int64
	// pinDay and pinTime are the place of the first event: its opening balance
	// stands there, whatever is booked before it (rule R57 of docs/rules.md).
	pinDay  int
	pinTime int64
	heals   []heal
}

// heal is a gap that an observation has closed, of one day and one sign.
type heal struct {
	day int
	gap int64
}

// observe takes an event's word on the balance. The job believes the newest event
// by its own clock and ignores the others. The ledger books each of them.
func (b *book) observe(e *Event, d int, first, ledger bool) {
	at := e.Time.Unix()
	signed := e.Amount
	if e.Direction == "DEBIT" {
		signed = -signed
	}
	switch {
	case first:
		b.pinDay, b.pinTime = d, at
	case ledger && at >= b.newest:
		if gap := e.Balance - b.balance - signed; gap != 0 {
			b.heal(d, gap)
		}
	case ledger && !b.beforePin(d, at):
		b.balance += signed - b.explained(d, signed)
		return
	}
	if first || at >= b.newest {
		b.balance, b.newest = e.Balance, at
	}
}

func (b *book) beforePin(d int, at int64) bool {
	return d < b.pinDay || d == b.pinDay && at < b.pinTime
}

func (b *book) heal(d int, gap int64) {
	for i := range b.heals {
		if h := &b.heals[i]; h.day == d && (h.gap > 0) == (gap > 0) {
			h.gap += gap
			return
		}
	}
	b.heals = append(b.heals, heal{d, gap})
}

// explained takes out of the newest gap healed on or after the day what a late
// booking now explains (rule R16).
func (b *book) explained(d int, signed int64) int64 {
	best := -1
	for i, h := range b.heals {
		if h.day >= d && h.gap != 0 && (h.gap > 0) == (signed > 0) && (best < 0 || h.day >= b.heals[best].day) {
			best = i
		}
	}
	if best < 0 {
		return 0
	}
	h := &b.heals[best]
	took := min(signed, h.gap)
	if signed < 0 {
		took = max(signed, h.gap)
	}
	h.gap -= took
	return took
}
