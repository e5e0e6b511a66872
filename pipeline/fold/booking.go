package fold

import (
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/metric"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// fresh treats the first record of an id.
func (p *Partition) fresh(slot ledger.Slot, known bool, t *incoming) {
	var c *ledger.Customer
	if known {
		c = p.store.At(slot)
	}
	if cause, field := p.unbookable(c, t, nil); cause != "" {
		p.rejectTxn(t.Transaction, cause, field, "")
		return
	}
	if !known {
		slot = p.customer(t.CustomerId)
		p.mark(slot)
	}
	late := p.clock.LastClose != 0 && t.BusinessDay <= p.clock.LastClose
	original := t.BusinessDay
	at, healed := p.book(slot, t, 0)
	if t.reverses() {
		original = p.reverse(slot, t)
	} else {
		p.claimWaits(slot, t)
		p.outflowAt(slot, at, t) // what waits for it changes the entry, not its place
	}
	if late {
		p.say(t, pb.VerdictKind_VERDICT_LATE, "")
	}
	p.boundRaw(slot)
	p.changed(slot, t.BusinessDay, t.ValueDay, original, healed)
}

// unbookable finds what forbids booking t on a customer (nil: not known yet), in the
// place of old if that is not nil (rule R59). What may be booked has its kind.
func (p *Partition) unbookable(c *ledger.Customer, t *incoming, old *ledger.Entry) (cause, field string) {
	i, cause, field := p.account(c, t.accountHash, t.AccountId, t.unit())
	if cause != "" {
		return cause, field
	}
	t.account = i
	if c != nil {
		if cause, field = p.unfit(c, t, old); cause != "" {
			return cause, field
		}
	}
	total := int64(0)
	if i >= 0 {
		total = p.store.Accounts(c)[i].Total
		if old != nil && int(old.Account) == i && old.Status() == ledger.Posted {
			total -= p.movement(c, old)
		}
	}
	if s := total + t.signed(); s > ledger.MaxBalance || s < -ledger.MaxBalance {
		return "balance_overflow", "amount_minor"
	}
	var ok bool
	if t.kind, ok = p.kinds.Index(metric.KindOf(t.Transaction)); !ok {
		return "too_many_kinds", "txn_type"
	}
	return "", ""
}

// unfit finds what else of a known customer forbids booking t.
func (p *Partition) unfit(c *ledger.Customer, t *incoming, old *ledger.Entry) (cause, field string) {
	if old != nil && p.outOfReach(c, old) {
		return "late_unverifiable", "reversal_of"
	}
	if t.reverses() {
		if cause = p.irreversible(c, t, old); cause != "" {
			return cause, "reversal_of"
		}
	}
	if t.tellsDay() && !p.store.RoomForPair(c) {
		return "too_many_observations", "balance_after"
	}
	return "", ""
}

// account finds an account of a customer (nil: not known yet) by its id and that's hash,
// -1: it is new; a cause tells what forbids booking on it or making it.
func (p *Partition) account(c *ledger.Customer, hash uint64, id, unit string) (i int, cause, field string) {
	i = -1
	if c != nil {
		i = p.store.FindHashed(c, hash, id)
	}
	switch {
	case i >= 0 && p.rates.Name(p.store.Accounts(c)[i].Unit) != unit:
		return i, "unit_mismatch", "unit"
	case i >= 0:
		return i, "", ""
	case c != nil && len(p.store.Accounts(c)) >= ledger.MaxAccounts:
		return i, "too_many_accounts", "account_id"
	case !p.rates.Room(unit):
		return i, "too_many_units", "unit"
	}
	return i, "", ""
}

// makeAccount finds or makes an account that account has allowed.
func (p *Partition) makeAccount(slot ledger.Slot, id string, typ pb.AccountType, unit string) int {
	c := p.store.At(slot)
	if i := p.store.FindAccount(c, id); i >= 0 {
		return i
	}
	return p.newAccount(slot, id, typ, unit)
}

func (p *Partition) newAccount(slot ledger.Slot, id string, typ pb.AccountType, unit string) int {
	c := p.store.At(slot)
	i := p.store.MakeAccount(c, id)
	a := &p.store.Accounts(c)[i]
	a.Type = uint8(typ)
	a.Unit, _ = p.rates.Unit(unit)
	if a.Unit != ledger.Base {
		c.Flags |= ledger.Foreign
	}
	return i
}

// book enters an event as it stands: account, observation, movement, entry, at whose
// place it is then. reversed is what was taken back of an older version. healed is the
// day of the gap that its balance shows, else its business day.
func (p *Partition) book(slot ledger.Slot, t *incoming, reversed int64) (at int, healed int32) {
	ai := t.account
	if ai < 0 {
		ai = p.newAccount(slot, t.AccountId, t.AccountType, t.unit())
	}
	c := p.store.At(slot)
	posted := t.Status == pb.TxnStatus_POSTED
	if healed = t.BusinessDay; posted {
		healed = p.move(slot, ai, t)
	}
	reversed = min(reversed, t.BaseAmountMinor)
	e := ledger.NewEntry(t.id, t.content, t.BusinessDay, t.ValueDay, t.EventTime, t.kind, uint8(ai), ledger.Status(t.Status-1))
	e.Amount = t.BaseAmountMinor - reversed
	if posted && reversed > 0 && e.Amount == 0 {
		e.SetStatus(ledger.Reversed)
	}
	if t.ReversalOf != "" {
		e.SetPlain()
	}
	at = p.store.AddEntry(c, &e)
	if en := &p.store.Entries(c)[at]; t.Version > 1 || reversed > 0 || t.Status == pb.TxnStatus_REVERSED || t.signed() != plainSigned(t) {
		x := p.store.MakeExtra(c, en)
		x.Version, x.Reversed = t.Version, reversed
		// Reversed at first sight: there is no movement to take back (rule R9).
		x.Undone = t.Status == pb.TxnStatus_REVERSED
		if t.signed() != plainSigned(t) {
			x.Quantity, x.HasQuantity = t.signed(), true
		}
	}
	if at != len(p.store.Entries(c))-1 {
		p.stale(slot)
	}
	p.extra.At(slot).noteLag(t.BusinessDay, t.EventTime)
	if d := t.BusinessDay; d > c.Day {
		c.Day = d
	}
	p.touch(slot)
	if t.ValueDay > p.today(c) {
		p.dueAt(slot, t.ValueDay)
	}
	return at, healed
}

// plainSigned is the movement that an entry without an Extra stands for.
func plainSigned(t *incoming) int64 {
	if t.Direction == pb.Direction_DEBIT {
		return -t.BaseAmountMinor
	}
	return t.BaseAmountMinor
}

// movement is what entry e moved on its account.
func (p *Partition) movement(c *ledger.Customer, e *ledger.Entry) int64 {
	q := e.Amount
	if x := p.store.Extra(c, e); x != nil {
		if x.HasQuantity {
			return x.Quantity
		}
		if !e.Plain() {
			q += x.Reversed
		}
	}
	if p.kinds.At(e.Kind).Direction == pb.Direction_DEBIT {
		return -q
	}
	return q
}

// undo takes an entry's movement back on its own days. The entry is removed, or
// kept as reversed.
func (p *Partition) undo(slot ledger.Slot, i int, remove bool) {
	c := p.store.At(slot)
	e := &p.store.Entries(c)[i]
	x := p.store.Extra(c, e)
	p.store.UndoPairs(c, e.ID)
	if st := e.Status(); (st == ledger.Posted || st == ledger.Reversed && remove) && (x == nil || !x.Undone) {
		a := &p.store.Accounts(c)[e.Account]
		p.shift(a, e.Value(), int32(e.Day), int64(e.Second), -p.movement(c, e))
	}
	p.stale(slot)
	if remove {
		p.store.ForgetExtra(c, e)
		p.store.RemoveEntry(c, i)
		return
	}
	x = p.store.MakeExtra(c, e)
	x.Undone = true
	e.Amount = 0
	e.SetStatus(ledger.Reversed)
	p.store.Edited(e)
	p.touch(slot)
}

// shift books a movement; before a pinned opening balance it moves the days before
// that only (rules R17, R57).
func (p *Partition) shift(a *ledger.Account, value, book int32, second, delta int64) {
	if a.BeforePin(book, second) {
		if p.opensByMove(a) {
			p.store.AddOpening(a, a.Opened, -delta)
		} else {
			a.Pin(-delta)
		}
	}
	p.store.AddMove(a, value, book, delta, false)
}

// knownFrom lets balances be known from the value day of an event that was booked before
// a pinned opening balance and comes behind it (rule R57).
func knownFrom(a *ledger.Account, t *incoming) {
	switch {
	case !a.BeforePin(t.BusinessDay, t.EventTime):
	case a.Known != 0:
		a.Known = min(a.Known, t.ValueDay)
	case a.Opened == 0: // it was no new account
		a.Known = min(t.ValueDay, a.PinDay)
		a.Flags |= ledger.Inferred
	}
}

// opensByMove tells whether the account's opening balance is a movement on its
// opening day. An opening beyond the horizon is as good as none: no sum reaches
// back so far.
func (p *Partition) opensByMove(a *ledger.Account) bool {
	return a.Opened >= 1 && a.Opened >= p.clock.LastClose-2*horizon
}

// move books a posted event with its observation of the balance. healed is the day of the
// gap that this shows, else the event's business day.
func (p *Partition) move(slot ledger.Slot, ai int, t *incoming) (healed int32) {
	c := p.store.At(slot)
	a := &p.store.Accounts(c)[ai]
	signed := t.signed()
	first := a.FirstDay == 0
	if first || t.ValueDay < a.FirstDay {
		a.FirstDay = t.ValueDay
	}
	// Before the balance that it tells is compared: what is taken out of a HEAL is no gap.
	if a.Has(ledger.Observed|ledger.Healed) && p.older(c, a, t) && !a.BeforePin(t.BusinessDay, t.EventTime) {
		if took, on := p.store.ConsumeHeal(a, t.BusinessDay, signed); took != 0 {
			p.verdict(&pb.Verdict{
				CustomerId: t.CustomerId, Kind: pb.VerdictKind_VERDICT_HEALED, Cause: "heal_explained", EventId: p.eventID(t.Transaction),
				AccountId: t.AccountId, Day: on, Amount: -took,
			})
		}
	}
	healed = t.BusinessDay
	if t.BalanceKnown {
		switch t.BalanceTrust {
		case pb.BalanceTrust_BALANCE_TRUST_ORDERED:
			healed = p.observe(c, a, t, signed, first)
		case pb.BalanceTrust_BALANCE_TRUST_DAY:
			// A balance told of a closed day is older than that day's end.
			if t.BusinessDay > p.clock.LastClose || !a.Has(ledger.Observed) {
				p.store.AddPair(c, ledger.Pair{ // unbookable has seen that there is room
					ID: t.id, Signed: signed, After: t.BalanceAfter, Tolerance: t.BalanceTolerance, Day: t.BusinessDay, Account: uint8(ai),
				})
				p.dueAt(slot, t.BusinessDay)
			}
		case pb.BalanceTrust_BALANCE_TRUST_NONE:
		}
	}
	knownFrom(a, t)
	p.shift(a, t.ValueDay, t.BusinessDay, t.EventTime, signed)
	return healed
}

// older tells whether t lies before the newest observation of its account: of a
// source without order in the day, that is the end of the last closed day. A balance told
// for the end of a day holds all that is booked up to it (rule R158).
func (p *Partition) older(c *ledger.Customer, a *ledger.Account, t *incoming) bool {
	if t.BusinessDay <= p.toldDay(c, a) {
		return true
	}
	if t.tellsDay() {
		return t.BusinessDay <= p.clock.LastClose
	}
	return t.EventTime < a.ObsTime
}

// observe compares an ordered balance_after with the book of now (rules R12, R13, R15,
// R172), and gives the day of the gap, else the business day.
func (p *Partition) observe(c *ledger.Customer, a *ledger.Account, t *incoming, signed int64, first bool) (healed int32) {
	healed = t.BusinessDay
	if first && !a.Has(ledger.Pinned) {
		p.infer(a, t.BalanceAfter-signed, t.BusinessDay, t.ValueDay, t.EventTime)
	} else if !a.Has(ledger.Observed) || t.EventTime >= a.ObsTime {
		gap, on := t.BalanceAfter-a.Total-signed, t.BusinessDay
		if a.BeforePin(t.BusinessDay, t.EventTime) {
			gap, on = t.BalanceAfter-a.Total, a.PinDay // it moves the days before only
		}
		if gap > t.BalanceTolerance || -gap > t.BalanceTolerance {
			p.hearOpening(c, a, balanceKey(t.AccountId), on, t.EventTime)
			p.heal(c, a, on, gap, p.eventID(t.Transaction))
			healed = on
		}
	} else {
		return healed
	}
	a.Flags |= ledger.Observed
	a.ObsTime = max(a.ObsTime, t.EventTime)
	return healed
}

// infer sets the balance before an account's first event (rules R12, R13).
func (p *Partition) infer(a *ledger.Account, opening int64, book, value int32, second int64) {
	switch {
	case opening == 0:
	case a.Opened != 0:
		a.Flags |= ledger.Inferred
		p.openWith(a, opening)
	default:
		a.Flags |= ledger.Inferred
		a.Pin(opening)
		a.Known = value
	}
	a.Flags |= ledger.Pinned
	a.PinDay, a.PinTime = book, second
}

// openWith lets a balance stand from the opening day on, 0 before it.
func (p *Partition) openWith(a *ledger.Account, opening int64) {
	a.Known = 0
	if !p.opensByMove(a) {
		a.Pin(opening)
		return
	}
	p.store.AddOpening(a, a.Opened, opening)
}

// heal books a gap and says so.
func (p *Partition) heal(c *ledger.Customer, a *ledger.Account, d int32, gap int64, event string) {
	p.store.AddMove(a, d, d, gap, true)
	p.verdict(&pb.Verdict{
		CustomerId: p.id(c), Kind: pb.VerdictKind_VERDICT_HEALED, EventId: event, AccountId: p.store.Texts.Get(a.ID), Day: d, Amount: gap,
	})
}

// boundRaw moves raw_from up when a customer holds too many single entries: whole
// days are merged, oldest first, until about three quarters of the bound are left. What is
// merged already does not count: a few entries a day.
func (p *Partition) boundRaw(slot ledger.Slot) {
	c := p.store.At(slot)
	es := p.store.Entries(c)
	if len(es) <= p.opt.RawMax {
		return
	}
	merged := ledger.FirstOn(es, c.RawFrom)
	day := c.RawFrom
	if single := es[merged:]; len(single) > p.opt.RawMax {
		// Single entries of open days are always held: they may still come twice.
		day = min(int32(single[len(single)/4].Day)+1, p.clock.LastClose+1)
	}
	// Late events of a source whose ids never repeat are single before raw_from too.
	if day <= c.RawFrom && merged <= p.opt.RawMax+mergedMost {
		return
	}
	day = max(day, c.RawFrom)
	p.store.MergeBefore(c, day)
	c.RawFrom = day
	p.stale(slot)
}

// mergedMost is more than the merged days of most customers take.
const mergedMost = 16 * horizon
