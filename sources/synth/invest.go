package synth

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// invest moves what is too much on the current account into an investment once
// a month, or redeems when it runs low.
func (b *Bank) invest(c *customer, t *today, r *rng) {
	if t.dom != int(c.investDay) || c.quiet() {
		return
	}
	have := b.own(c)[0].balance
	surplus := have - c.comfort*13/10
	if surplus < 2_000*yuan {
		if have < c.comfort/4 {
			b.raise(c, t, c.comfort/2, r.office(), false)
		}
		return
	}
	amount := surplus * r.between(40, 90) / 100 / 10_000 * 10_000
	if to := b.investment(c, t, r); to > 0 {
		b.do(step{at: r.office(), op: move, to: to, amount: amount, init: pb.Initiator_CUSTOMER, chann: pb.Channel_APP})
		return
	}
	// Nothing to invest in: now and then something large is bought.
	if r.chance(3_500) {
		b.do(step{at: r.shopping(), typ: pb.TxnType_CARD_SPEND, amount: min(amount, 4*c.income), init: pb.Initiator_CUSTOMER, chann: pb.Channel_POS, party: pb.CounterpartyType_COUNTERPARTY_MERCHANT, mcc: 9})
	}
}

// investment picks one of the customer's open investment accounts, 0 none.
func (b *Bank) investment(c *customer, t *today, r *rng) int {
	own := b.own(c)
	pick, seen := 0, int64(0)
	for i := 1; i < len(own); i++ {
		a := &own[i]
		if !a.usable(t.day) || a.is(pb.AccountType_CARD_CREDIT) || a.is(pb.AccountType_LOAN) || a.is(pb.AccountType_TIME) {
			continue
		}
		if seen++; r.below(seen) == 0 {
			pick = i
		}
	}
	return pick
}

// raise makes need ready on the current account by at, selling investments, and
// if everything goes, breaking time deposits. A silent customer does nothing.
func (b *Bank) raise(c *customer, t *today, need int64, at int32, everything bool) {
	if c.quiet() {
		return
	}
	own := b.own(c)
	need -= max(own[0].balance, 0)
	for pass := range 2 {
		for i := 1; i < len(own) && need > 0; i++ {
			a := &own[i]
			term := a.is(pb.AccountType_TIME)
			if !a.usable(t.day) || a.is(pb.AccountType_CARD_CREDIT) || a.is(pb.AccountType_LOAN) || term != (pass == 1) || (term && !everything) {
				continue
			}
			have := b.worth(a, t.day)
			if have == 0 {
				continue
			}
			s := step{at: at - int32(len(own)-i)*90, op: move, slot: i, amount: min(need, have), init: pb.Initiator_CUSTOMER, chann: pb.Channel_APP, upTo: true}
			if term {
				s.amount, s.typ = have, pb.TxnType_DEPOSIT_TERM_BREAK
			}
			need -= s.amount
			b.do(s)
		}
	}
}

// holdings are openings during the history and maturing deposits.
func (b *Bank) holdings(c *customer, t *today, r *rng) {
	own := b.own(c)
	for i := range own {
		a := &own[i]
		if a.opened == t.day && t.day > c.join {
			if c.quiet() {
				a.opened += 400 // perhaps he is back by then
				continue
			}
			b.opens(c, t, r, i)
		}
		if a.maturity == t.day && a.closed == 0 && a.is(pb.AccountType_TIME) {
			b.matures(c, t, r, i)
		}
	}
	if t.dom == int(c.cardDay) && !c.quiet() {
		b.foreign(c, t, r)
	}
}

// matures pays a time deposit out with its interest and mostly rolls it over.
func (b *Bank) matures(c *customer, t *today, r *rng, slot int) {
	a := &b.own(c)[slot]
	principal := a.balance
	if principal <= 0 {
		a.maturity = 0
		return
	}
	at := r.batch()
	gain := principal / 10_000 * int64(a.bp) * int64(a.term) / 365
	b.do(step{at: at, op: move, slot: slot, amount: principal, init: pb.Initiator_SYSTEM, chann: pb.Channel_BATCH, typ: pb.TxnType_DEPOSIT_TERM_MATURE})
	b.do(step{at: at + 60, typ: pb.TxnType_INTEREST_CREDIT, credit: true, amount: gain, init: pb.Initiator_SYSTEM, chann: pb.Channel_BATCH, quiet: true})
	if c.story.kind == maturityLeaves && c.story.day == t.day {
		c.story.moved = principal + gain
		return
	}
	if r.chance(600) {
		return
	}
	a.maturity = t.day + int32(a.term)
	b.do(step{at: at + 300, op: move, to: slot, amount: principal, init: pb.Initiator_SYSTEM, chann: pb.Channel_BATCH})
	b.describe(c, slot, at+299)
}

// foreign is the life of a foreign-currency account: some buying and selling,
// some money from abroad.
func (b *Bank) foreign(c *customer, t *today, r *rng) {
	own := b.own(c)
	for i := 1; i < len(own); i++ {
		a := &own[i]
		if a.unit == cny || a.money() == cny || !a.usable(t.day) {
			continue
		}
		switch x := r.below(100); {
		case x < 20:
			in := a.balance*r.between(1, 8)/100 + 1
			b.do(step{at: r.office(), slot: i, credit: true, typ: pb.TxnType_TRANSFER_IN, amount: in, init: pb.Initiator_SYSTEM, chann: pb.Channel_BRANCH, party: pb.CounterpartyType_OTHER_BANK})
		case x < 32:
			b.do(step{at: r.office(), op: move, slot: i, amount: b.worth(a, t.day) * r.between(2, 15) / 100, init: pb.Initiator_CUSTOMER, chann: pb.Channel_APP})
		case x < 44:
			b.do(step{at: r.office(), slot: i, typ: pb.TxnType_TRANSFER_OUT, amount: a.balance * r.between(1, 9) / 100, init: pb.Initiator_CUSTOMER, chann: pb.Channel_BRANCH, party: pb.CounterpartyType_OTHER_BANK, bank: 3})
		}
	}
}
