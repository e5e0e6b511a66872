package synth

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// post books a step on one account, if it is covered, and lets noise have it.
func (b *Bank) post(c *customer, t *today, s *step) {
	a := &b.own(c)[s.slot]
	if !a.open(t.day) || s.amount <= 0 {
		return
	}
	if !s.quiet && b.delayed(c, t, s, a) {
		return
	}
	if !s.credit && !s.must && !b.covered(c, t, s, a) {
		return
	}
	e := b.book(c, t, s, a)
	if s.storied {
		c.story.moved += s.amount
	}
	b.buf = append(b.buf, e)
	if !s.quiet {
		b.disturb(c, t, &e)
	}
}

// covered tells whether a debit can happen, after cutting it down if the step
// allows that.
func (b *Bank) covered(c *customer, t *today, s *step, a *account) bool {
	have := a.balance + a.limit
	if have >= s.amount {
		return true
	}
	if s.upTo && have > 0 {
		s.amount = have
		return true
	}
	if s.bounce {
		c.seq++
		e := b.made(c, t, s, c.seq)
		e.flags |= failed
		b.buf = append(b.buf, e)
	}
	return false
}

// book moves the balance and makes the event.
func (b *Bank) book(c *customer, t *today, s *step, a *account) event {
	n := s.number
	if n == 0 {
		c.seq++
		n = c.seq
	}
	moved := s.amount
	if s.quantity != 0 {
		moved = s.quantity
	}
	if !s.credit {
		moved = -moved
	}
	a.balance += moved
	e := b.made(c, t, s, n)
	e.balance = a.balance
	if a.kind != uint8(pb.AccountType_CARD_CREDIT) && e.flags&late == 0 && s.number == 0 {
		e.flags |= trusted
	}
	e.base = s.amount
	if u := a.money(); u != cny {
		e.base = value(s.amount, b.market.rate(u, t.day-1))
	}
	if s.typ != pb.TxnType_DEPOSIT_TERM_MATURE {
		e.maturity, e.bp = a.maturity, a.bp
	}
	return e
}

// made is the event of a step, without its effect.
func (b *Bank) made(c *customer, t *today, s *step, n uint32) event {
	e := event{
		cust: c.no, at: s.at, slot: uint8(s.slot), typ: uint8(s.typ), debit: !s.credit, init: uint8(s.init), chann: uint8(s.chann),
		party: uint8(s.party), bank: s.bank, mcc: s.mcc, flags: s.flags, seq: n, of: s.of,
		day: t.day, second: s.at, booked: t.day, valued: t.day, amount: s.amount, quantity: s.quantity, base: s.amount,
	}
	if s.day != 0 {
		e.day, e.second, e.booked, e.valued = s.day, s.second, s.day, s.day
	}
	if s.valued != 0 {
		e.valued = s.valued
	}
	return e
}

// move shifts up to amount fen between two of the customer's accounts: the debit
// now, the credit some seconds later.
func (b *Bank) move(c *customer, t *today, s *step) {
	own := b.own(c)
	from, to := &own[s.slot], &own[s.to]
	if !from.open(t.day) || !to.open(t.day) || s.amount <= 0 {
		return
	}
	fen := s.amount
	have := b.worth(from, t.day)
	if from.is(pb.AccountType_LOAN) {
		have = fen
	}
	if have < fen && !s.upTo {
		return
	}
	out, in := *s, *s
	fen = min(fen, have)
	out.op, in.op = post, post
	out.typ = between(from, to)
	if s.typ != 0 {
		out.typ = s.typ
	}
	in.typ, in.slot, in.credit = out.typ, s.to, true
	out.amount, out.quantity = b.terms(from, fen, t.day)
	switch whole := fen == have || max(out.quantity, out.amount) > from.balance; {
	case whole && from.money() != cny:
		out.amount = from.balance
	case from.unit > jpy && (whole || out.quantity > from.balance):
		out.quantity = from.balance
	}
	if out.amount == 0 {
		return
	}
	in.amount, in.quantity = b.terms(to, fen, t.day)
	out.must, out.quiet, in.quiet = true, true, true
	out.party, in.party = pb.CounterpartyType_OWN, pb.CounterpartyType_OWN
	out.flags |= internal
	in.flags |= internal
	in.at = min(s.at+2+int32(c.seq%37), 86_399)
	b.post(c, t, &out)
	b.do(in)
}

// terms tells fen in an account's own terms: the money it writes, and for unit
// accounts the quantity. A balance worth no more than fen goes whole.
func (b *Bank) terms(a *account, fen int64, day int32) (amount, qty int64) {
	if a.unit == cny {
		return fen, 0
	}
	q := quantity(fen, b.market.rate(a.unit, day-1))
	if a.money() == cny {
		return fen, q
	}
	return q, 0
}

// leaving and entering are the types of moves by the account left and, where
// that says nothing, by the account entered.
var (
	leaving = [...]pb.TxnType{
		pb.AccountType_TIME: pb.TxnType_DEPOSIT_TERM_MATURE, pb.AccountType_WEALTH: pb.TxnType_WEALTH_REDEEM, pb.AccountType_FUND: pb.TxnType_FUND_SELL,
		pb.AccountType_GOLD: pb.TxnType_GOLD_SELL, pb.AccountType_LOAN: pb.TxnType_LOAN_DRAWDOWN,
	}
	entering = [...]pb.TxnType{
		pb.AccountType_TIME: pb.TxnType_DEPOSIT_TERM_OPEN, pb.AccountType_WEALTH: pb.TxnType_WEALTH_SUBSCRIBE, pb.AccountType_FUND: pb.TxnType_FUND_BUY,
		pb.AccountType_GOLD: pb.TxnType_GOLD_BUY, pb.AccountType_LOAN: pb.TxnType_LOAN_REPAY, pb.AccountType_CARD_CREDIT: pb.TxnType_CARD_REPAY,
	}
)

// between is the type of a move from one account to another.
func between(from, to *account) pb.TxnType {
	if t := leaving[from.kind]; t != 0 {
		return t
	}
	if t := entering[to.kind]; t != 0 {
		return t
	}
	switch {
	case from.unit != cny:
		return pb.TxnType_FX_SELL
	case to.unit != cny:
		return pb.TxnType_FX_BUY
	}
	return pb.TxnType_TRANSFER_INTERNAL
}
