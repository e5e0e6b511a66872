package oracle

import (
	"slices"
	"strconv"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

const horizonDays = 400

// entry is one transaction id with the content that holds now.
type entry struct {
	tx     *pb.Transaction
	offset int64
	// reversed is how much of it reversals took back; touched: there was one.
	reversed int64
	touched  bool
	// original is what a reversal in force takes from, nil: nothing; asks how much (R77).
	original *entry
	asks     int64
	// paired: its balance, of a source without order, is looked at when its day
	// closes.
	paired bool
	// corrected: its last record took the place of one that had moved the balance.
	corrected bool
}

func key(t *pb.Transaction) string { return t.Source + ":" + t.TxnId }

func unitOf(t *pb.Transaction) string {
	if t.Unit == "" {
		return t.Currency
	}
	return t.Unit
}

func eventID(t *pb.Transaction) string {
	return key(t) + ":" + strconv.FormatUint(uint64(t.Version), 10)
}

// moves tells whether the entry moves its account's balance.
func (e *entry) moves() bool {
	return e.tx.Status == pb.TxnStatus_POSTED
}

func (e *entry) reversal() bool { return e.tx.ReversalOf != "" }

// left is what is left of an entry after its reversals, base minor units.
func (c *Customer) left(e *entry) int64 {
	if !e.moves() || e.reversal() {
		return 0
	}
	return max(0, e.tx.BaseAmountMinor-e.reversed)
}

// gone tells that reversals took back all of an entry.
func (c *Customer) gone(e *entry) bool {
	return !e.moves() || e.touched && c.left(e) == 0
}

// takeBack lets a reversal reduce its original (R19, R20): a partial one asks its whole
// amount, whatever is left now (R77).
func (c *Customer) takeBack(e, r *entry) {
	n := c.left(e)
	if r.tx.ReversalKind != pb.ReversalKind_FULL {
		n = r.tx.BaseAmountMinor
	}
	e.reversed, e.touched = e.reversed+n, true
	r.original, r.asks = e, n
}

// giveBack ends what a reversal takes, as before any change of it (R77).
func (c *Customer) giveBack(r *entry) {
	e := r.original
	if e == nil {
		return
	}
	r.original, r.asks, e.reversed, e.touched = nil, 0, 0, false
	for _, other := range c.entries {
		if other.original == e {
			e.reversed, e.touched = e.reversed+other.asks, true
		}
	}
}

// sameContent compares all that R6 lists, but the status.
func sameContent(a, b *pb.Transaction) bool {
	if a.BalanceKnown != b.BalanceKnown || a.BalanceKnown && a.BalanceAfter != b.BalanceAfter {
		return false
	}
	type content struct {
		account                             string
		typ, direction, initiator, channel  int32
		party                               int32
		internal, owner                     bool
		amount, quantity, base, time        int64
		currency, unit, reverses, accountOf string
		business, value                     int32
		kind                                int32
	}
	of := func(t *pb.Transaction) content {
		return content{
			t.AccountId, int32(t.TxnType), int32(t.Direction), int32(t.Initiator), int32(t.Channel),
			int32(t.CounterpartyType), t.InternalTransfer, t.SameOwner, t.AmountMinor, t.Quantity,
			t.BaseAmountMinor, t.EventTime, t.Currency, t.Unit, t.ReversalOf, "", t.BusinessDay, t.ValueDay,
			int32(t.ReversalKind),
		}
	}
	x, y := of(a), of(b)
	if a.BaseDerived || b.BaseDerived {
		x.base, y.base = 0, 0 // of the rate that ingest knew (R152)
	}
	return x == y
}

// stepOn tells whether a status is later in the order of R7.
func stepOn(from, to pb.TxnStatus) bool {
	rank := map[pb.TxnStatus]int{pb.TxnStatus_PENDING: 1, pb.TxnStatus_POSTED: 2, pb.TxnStatus_REVERSED: 3}
	if from == pb.TxnStatus_PENDING && to == pb.TxnStatus_FAILED {
		return true
	}
	return rank[from] > 0 && rank[to] > rank[from]
}

func (o *Oracle) dead(c string, t *pb.Transaction, cause string) {
	o.out.DeadLetters = append(o.out.DeadLetters, DeadLetter{o.offset, c, eventID(t), cause})
}

func (o *Oracle) verdict(t *pb.Transaction, kind pb.VerdictKind, cause string) {
	o.out.Verdicts = append(o.out.Verdicts, Verdict{
		Offset: o.offset, Customer: t.CustomerId, EventID: eventID(t), Kind: kind, Cause: cause,
		Account: t.AccountId, Day: t.BusinessDay,
	})
}

// transaction takes one transaction record.
func (o *Oracle) transaction(t *pb.Transaction) {
	c := o.customers[t.CustomerId]
	if c == nil {
		// A rejected record makes no customer.
		c = &Customer{ID: t.CustomerId, o: o}
	}
	switch {
	case o.ticked && t.BusinessDay > o.tickDay+1 && !o.eventClock:
		o.dead(c.ID, t, "future_day")
		return
	case t.BusinessDay < c.Today()-horizonDays && (c.seen || o.closed || o.ticked):
		o.dead(c.ID, t, "too_late")
		return
	}
	c = o.customer(t.CustomerId)
	old := c.byKey[key(t)]
	if old == nil {
		c.fresh(t)
		return
	}
	switch {
	case t.Version < old.tx.Version:
		o.verdict(t, pb.VerdictKind_VERDICT_SUPERSEDED, "")
	case t.Version > old.tx.Version:
		c.replace(old, t)
	case !sameContent(old.tx, t):
		o.dead(c.ID, t, "id_conflict")
	case old.tx.Status == t.Status:
		o.verdict(t, pb.VerdictKind_VERDICT_DUPLICATE, "")
	case stepOn(old.tx.Status, t.Status):
		c.step(old, t)
	case stepOn(t.Status, old.tx.Status):
		o.verdict(t, pb.VerdictKind_VERDICT_SUPERSEDED, "")
	default:
		o.dead(c.ID, t, "id_conflict")
	}
}

// fresh takes the first record of an id.
func (c *Customer) fresh(t *pb.Transaction) {
	e := &entry{tx: t, offset: c.o.offset}
	if a := c.find(t.AccountId); a != nil && a.unit != unitOf(t) {
		c.o.dead(c.ID, t, "unit_mismatch")
		return
	}
	if !c.reverse(e) {
		return
	}
	if c.o.closed && t.BusinessDay <= c.o.lastClose {
		c.o.verdict(t, pb.VerdictKind_VERDICT_LATE, "")
	}
	for _, r := range c.entries {
		if e.moves() && r.moves() && r.tx.ReversalOf == key(t) {
			c.o.verdict(r.tx, pb.VerdictKind_VERDICT_REVERSED, "")
			c.takeBack(e, r)
		}
	}
	c.entries = append(c.entries, e)
	c.byKey[key(t)] = e
	healed := c.book(e)
	c.accepted(t, t.BusinessDay, t.ValueDay, c.touched(t), healed)
}

// reverse judges an entry that is a posted reversal; false: it is refused.
func (c *Customer) reverse(e *entry) bool {
	t := e.tx
	if t.ReversalOf == "" || t.Status != pb.TxnStatus_POSTED {
		return true
	}
	original := c.byKey[t.ReversalOf]
	switch {
	case original == nil:
		c.o.verdict(t, pb.VerdictKind_VERDICT_WAITING, "")
		return true
	case original.tx.Status == pb.TxnStatus_PENDING || original.tx.Status == pb.TxnStatus_FAILED:
		c.o.dead(c.ID, t, "original_not_posted")
		return false
	}
	left := c.left(original)
	if left == 0 {
		c.o.dead(c.ID, t, "already_reversed")
		return false
	}
	c.takeBack(original, e)
	cause := ""
	if t.ReversalKind != pb.ReversalKind_FULL && t.BaseAmountMinor > left {
		cause = "exceeds_original"
	}
	c.o.verdict(t, pb.VerdictKind_VERDICT_REVERSED, cause)
	return true
}

// judgeAnew lets a record take the place of an entry's content, and what that asked of an
// original with it (R77); false: it is refused, and what was stands.
func (c *Customer) judgeAnew(e *entry, t *pb.Transaction) bool {
	was := *e
	c.giveBack(e)
	e.tx = t
	taken := c.reverse(e)
	e.tx = was.tx
	if taken {
		c.unpair(e)
		e.tx = t
		return true
	}
	if o := was.original; o != nil {
		e.original, e.asks, o.reversed, o.touched = o, was.asks, o.reversed+was.asks, true
	}
	return false
}

// touched is the day whose activity a reversal changes, its own for other records.
func (c *Customer) touched(t *pb.Transaction) Day {
	if original := c.byKey[t.ReversalOf]; t.ReversalOf != "" && original != nil {
		return original.tx.BusinessDay
	}
	return t.BusinessDay
}

// book lets an entry move its account: opening, heals taken back, observation. It gives
// the day of the gap that its balance shows, else its business day.
func (c *Customer) book(e *entry) Day {
	t := e.tx
	a := c.account(t.AccountId, t.AccountType, unitOf(t))
	e.paired = false
	if !e.moves() {
		return t.BusinessDay
	}
	a.open(t)
	if n, on := c.consume(a, t); n != 0 {
		c.o.healed(c, a, on, n)
	}
	n, on := c.observe(a, e)
	if n != 0 {
		c.o.healed(c, a, on, n)
	}
	return on
}

func (o *Oracle) healed(c *Customer, a *account, d Day, n int64) {
	if o.simulation {
		return
	}
	o.out.Verdicts = append(o.out.Verdicts, Verdict{
		Offset: o.offset, Customer: c.ID, Kind: pb.VerdictKind_VERDICT_HEALED, Account: a.id, Day: d, Amount: n,
	})
}

// step moves the status of an entry on.
func (c *Customer) step(e *entry, t *pb.Transaction) {
	was := e.moves()
	if t.Status == pb.TxnStatus_REVERSED && was && e.touched && c.left(e) == 0 {
		// A reversal has told it already.
		c.o.verdict(t, pb.VerdictKind_VERDICT_DUPLICATE, "")
		return
	}
	kind := pb.VerdictKind_VERDICT_SUPERSEDED
	if t.Status == pb.TxnStatus_REVERSED && was {
		kind = pb.VerdictKind_VERDICT_REVERSED
	}
	asked := c.touched(e.tx)
	if !c.judgeAnew(e, t) {
		return
	}
	c.o.verdict(t, kind, "")
	e.offset, e.corrected = c.o.offset, was
	if !was && !e.moves() {
		return // what never moved anything is no event by failing (R144)
	}
	healed := t.BusinessDay
	if !was {
		healed = c.book(e)
	}
	c.accepted(t, t.BusinessDay, t.ValueDay, asked, healed)
}

// replace puts a higher version in the place of an entry.
func (c *Customer) replace(e *entry, t *pb.Transaction) {
	was, asked, moved := e.tx, c.touched(e.tx), e.moves()
	if !c.judgeAnew(e, t) {
		return
	}
	c.o.verdict(was, pb.VerdictKind_VERDICT_SUPERSEDED, "") // it names the old one (R62)
	e.offset, e.corrected = c.o.offset, moved
	healed := c.book(e)
	c.accepted(t, was.BusinessDay, was.ValueDay, t.BusinessDay, t.ValueDay, asked, c.touched(t), healed)
}

// accepted is called after a transaction changed the customer on these days.
func (c *Customer) accepted(t *pb.Transaction, days ...Day) {
	c.forget()
	c.o.accepted = true
	c.newest, c.seen = max(c.newest, t.BusinessDay), true
	if t.Status == pb.TxnStatus_POSTED {
		c.rewritten(slices.Min(days))
	} else {
		c.rewritten(min(t.BusinessDay, t.ValueDay)) // it changes no other's day
	}
	c.restate(days...)
	if a := c.find(t.AccountId); a.closed == 0 || a.closed > c.Today() {
		c.returns()
	}
	c.atEvent()
}
