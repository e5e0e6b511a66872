package oracle

import (
	"math"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// never and always bound the days from which a balance is known.
const (
	never  Day = math.MaxInt32
	always Day = math.MinInt32
)

// account is one account; its balances are worked out from its movements.
type account struct {
	id    string
	typ   pb.AccountType
	unit  string
	order int
	joint bool

	// opened and closed are the days of the lifecycle records, 0 unknown or open.
	opened, closed Day
	limit          int64
	dpd            int32
	life, credit   stamp
	// limitAt is when the limit was told, lent that a credit status told it.
	limitAt stamp
	lent    bool

	moved bool
	// began is the earliest value day of the posted events that came.
	began Day
	// pinned: an observed or inferred balance stands at a place of the book order.
	pinned   bool
	pin      place
	pinDay   Day
	pinValue int64
	// nothing: the pin says that nothing stood before, so all days are known.
	nothing bool

	heals []*heal
	// newest is the place of the newest observation.
	observed bool
	newest   int64
	// undone are observations of days not yet closed whose bookings were taken back.
	undone []undone
	// looked are the records whose balances a CLOSE looked at.
	looked map[*entry]int64
	// told is the day of the newest BalanceSnapshot: what bookings tell up to it is void (R158).
	told Day
}

// place is a place in the book order.
type place struct {
	day  Day
	time int64
}

func (p place) before(q place) bool {
	return p.day < q.day || p.day == q.day && p.time < q.time
}

// heal is a correction of the book that an observation asked for.
type heal struct {
	day    Day
	time   int64
	amount int64
}

type observation struct {
	amount, balance, tolerance int64
	time                       int64
	// undone: the booking was taken back, at any time behind it (R81).
	undone bool
}

type undone struct {
	day Day
	observation
}

// move is a movement of an account in its unit.
type move struct {
	at    place
	value Day
	n     int64
}

// moves lists what moved an account: the posted entries and the heals.
func (c *Customer) moves(a *account) []move {
	var out []move
	for _, e := range c.entries {
		if e.tx.AccountId == a.id && e.moves() {
			out = append(out, move{place{e.tx.BusinessDay, e.tx.EventTime}, e.tx.ValueDay, signed(a, e.tx)})
		}
	}
	for _, h := range a.heals {
		// A heal stands before the event that showed it.
		out = append(out, move{place{h.day, h.time}, h.day, h.amount})
	}
	return out
}

// signed is the amount of a transaction in the account's unit.
func signed(a *account, t *pb.Transaction) int64 {
	n := t.AmountMinor
	if a.unit != t.Currency {
		n = t.Quantity
	}
	if t.Direction == pb.Direction_DEBIT {
		return -n
	}
	return n
}

// knownFrom is the first day from which the balance of the account is known.
func (c *Customer) knownFrom(a *account) Day {
	if !a.pinned || a.opened != 0 || a.nothing {
		return always
	}
	return a.pinDay
}

// balance is the balance at the end of a day; known is false on days before the
// first known one. On a closed day the balance is 0.
func (c *Customer) balance(a *account, d Day, book bool) (n int64, known bool) {
	if a.closed != 0 && d >= a.closed {
		return 0, true
	}
	if d < c.knownFrom(a) {
		return 0, false
	}
	return c.rawBalance(a, d, book), true
}

// rawBalance leaves closing aside.
func (c *Customer) rawBalance(a *account, d Day, book bool) int64 {
	base := a.pinValue
	var sum int64
	for _, m := range c.moves(a) {
		if a.pinned && m.at.before(a.pin) {
			base -= m.n
		}
		day := m.value
		if book {
			day = m.at.day
		}
		if day <= d {
			sum += m.n
		}
	}
	if a.opened != 0 && d < a.opened {
		return sum
	}
	return base + sum
}

// open decides what stood before the first movement of an account (R12, R13).
func (a *account) open(t *pb.Transaction) {
	if !a.moved {
		a.began = t.ValueDay
	}
	a.began = min(a.began, t.ValueDay)
	if a.moved || a.pinned {
		a.moved = true
		if (place{t.BusinessDay, t.EventTime}).before(a.pin) {
			if a.nothing { // what the first event's value day was is known no more
				a.pinDay, a.nothing = a.pin.day, false
			}
			a.pinDay = min(a.pinDay, t.ValueDay)
		}
		return
	}
	a.moved = true
	// Without an order the first CLOSE tells.
	a.pinDay = t.ValueDay
	if !t.BalanceKnown || t.BalanceTrust != pb.BalanceTrust_BALANCE_TRUST_ORDERED {
		return
	}
	before := t.BalanceAfter - signed(a, t)
	a.pinned, a.pinValue, a.nothing = true, before, before == 0
	a.pin = place{t.BusinessDay, t.EventTime}
	a.pinDay = t.ValueDay
}

// AccountView is an account as of a day.
type AccountView struct {
	ID, Unit    string
	Book, Value int64
	Closed      Day
}

// Accounts lists the customer's accounts as of a day; unknown days count 0. The
// book balance leaves closing aside.
func (c *Customer) Accounts(d Day) []AccountView {
	var out []AccountView
	for _, a := range c.accounts {
		v := AccountView{ID: a.id, Unit: a.unit, Closed: a.closed}
		v.Book = c.rawBalance(a, d, true)
		v.Value, _ = c.balance(a, d, false)
		out = append(out, v)
	}
	return out
}
