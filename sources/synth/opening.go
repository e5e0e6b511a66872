package synth

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// introduce is a customer's first day: who he is, who looks after him, his
// accounts, and for accounts that are older than the bank's log the balance at
// the end of the day before.
func (b *Bank) introduce(c *customer, t *today, r *rng) {
	if t.day != c.join {
		return
	}
	at := int32(0)
	if c.join > b.params.Start {
		at = int32(r.between(9*3600, 15*3600))
	}
	b.do(step{at: at, op: note, kind: profileRecord})
	b.do(step{at: at, op: note, kind: rmRecord, aux: int64(c.rm)})
	own := b.own(c)
	for i := range own {
		if a := &own[i]; a.opened <= t.day {
			b.describe(c, i, at)
			if a.opened < b.params.Start {
				b.do(step{at: at, op: note, kind: openingBalance, slot: i, amount: a.balance})
			}
		}
	}
	if c.join == b.params.Start {
		return
	}
	// A new customer brings his money in three parts within the day.
	for part := range int64(3) {
		in := step{at: at + 600 + int32(part)*2_400, credit: true, typ: pb.TxnType_DEPOSIT_TRANSFER_IN, amount: own[0].plan * (2 + part*2) / 12, init: pb.Initiator_CUSTOMER, chann: pb.Channel_APP, party: pb.CounterpartyType_OTHER_BANK, bank: uint8(1 + c.pseudonym%5)}
		if part == 2 {
			in.amount = own[0].plan - own[0].plan*2/12 - own[0].plan*4/12
		}
		b.do(in)
	}
}

// describe tells an account's lifecycle as it will stand after the day.
func (b *Bank) describe(c *customer, slot int, at int32) {
	a := &b.own(c)[slot]
	b.do(step{at: at, op: note, kind: lifecycleRecord, slot: slot, amount: a.limit, aux: int64(a.closed), valued: a.maturity})
}

// opens opens an account during the history and fills it from the current one.
func (b *Bank) opens(c *customer, t *today, r *rng, slot int) {
	a := &b.own(c)[slot]
	at := int32(r.between(9*3600, 16*3600))
	if a.is(pb.AccountType_TIME) {
		a.maturity = t.day + int32(a.term)
	}
	b.describe(c, slot, at)
	switch {
	case a.is(pb.AccountType_CARD_CREDIT):
	case a.is(pb.AccountType_LOAN):
		// The money is lent for something and goes there.
		b.do(step{at: at + 600, op: move, slot: slot, amount: a.plan, init: pb.Initiator_BANK, chann: pb.Channel_BRANCH})
		b.do(step{at: at + 4_200, typ: pb.TxnType_TRANSFER_OUT, amount: a.plan, init: pb.Initiator_CUSTOMER, chann: pb.Channel_BRANCH, party: pb.CounterpartyType_COUNTERPARTY_MERCHANT, quiet: true})
	default:
		have := b.own(c)[0].balance
		b.do(step{at: at + 600, op: move, to: slot, amount: min(a.plan, have*85/100), init: pb.Initiator_CUSTOMER, chann: pb.Channel_APP})
	}
}
