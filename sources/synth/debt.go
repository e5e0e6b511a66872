package synth

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// repay is the day's debt: the loan's instalment, the card's bill, and what
// follows from not having paid.
func (b *Bank) repay(c *customer, t *today, r *rng) {
	if c.debt.instalment > 0 {
		b.loan(c, t, r)
	}
	if t.dom != int(c.cardDay) {
		return
	}
	card := b.find(c, pb.AccountType_CARD_CREDIT, t.day)
	if card == 0 {
		return
	}
	if owed := -b.own(c)[card].balance; owed > 0 {
		if r.chance(1_200) {
			owed = max(owed/10, min(owed, 100*yuan))
		}
		b.do(step{at: int32(r.between(20*3600, 22*3600)), op: move, to: card, amount: owed, init: pb.Initiator_SYSTEM, chann: pb.Channel_BATCH, upTo: true})
	}
}

// dpdReported are the days past due at which the bank reports.
var dpdReported = map[int32]bool{1: true, 7: true, 30: true, 60: true, 90: true}

func (b *Bank) loan(c *customer, t *today, r *rng) {
	slot := b.find(c, pb.AccountType_LOAN, t.day)
	if slot == 0 || b.own(c)[slot].balance >= 0 {
		return
	}
	due := t.dom == int(c.loanDay)
	switch {
	case c.debt.missed == 0 && due:
		// Some forget though they could pay.
		if r.chance(60) {
			b.miss(c, t, r)
			return
		}
		b.do(step{at: 21 * 3600, op: instalment, slot: slot, amount: c.debt.instalment})
	case c.debt.missed != 0 && t.day >= c.debt.cure && t.dom%3 == 0:
		months := int64(t.day-c.debt.missed)/30 + 1
		b.raise(c, t, c.debt.instalment*months, 10*3600, false)
		b.do(step{at: 11 * 3600, op: instalment, slot: slot, amount: c.debt.instalment * months})
	case c.debt.missed != 0 && dpdReported[t.day-c.debt.missed]:
		b.do(step{at: r.batch(), op: note, kind: creditRecord, slot: slot, amount: int64(t.day - c.debt.missed)})
	}
}

func (b *Bank) miss(c *customer, t *today, r *rng) {
	if c.debt.missed == 0 {
		c.debt.missed = t.day
		c.debt.cure = t.day + int32(r.low(3, 120, 3))
	}
}

// instalment pays one or more instalments, or misses: interest first, the rest
// is principal.
func (b *Bank) instalment(c *customer, t *today, s *step) {
	own := b.own(c)
	a := &own[s.slot]
	interest := -a.balance / 10_000 * int64(a.bp) / 12
	principal := min(max(s.amount-interest, 0), -a.balance)
	if own[0].balance < interest+principal {
		r := stream(b.params.Seed, saltNoise, uint64(c.no), uint64(t.day)<<32)
		b.miss(c, t, &r)
		return
	}
	b.do(step{at: s.at, typ: pb.TxnType_LOAN_INTEREST, amount: interest, init: pb.Initiator_BANK, chann: pb.Channel_BATCH, quiet: true})
	b.do(step{at: s.at + 1, op: move, to: s.slot, amount: principal, init: pb.Initiator_BANK, chann: pb.Channel_BATCH})
	if c.debt.missed != 0 {
		c.debt.missed, c.debt.cure = 0, 0
		b.do(step{at: s.at + 60, op: note, kind: creditRecord, slot: s.slot})
	}
}
