package synth

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// earn brings salary, pension, takings and the year-end bonus (年终奖).
func (b *Bank) earn(c *customer, t *today, r *rng) {
	if c.quiet() && (c.story.stops || c.job == selfEmployed) {
		return
	}
	in := step{at: int32(r.between(8*3600+1800, 11*3600)), credit: true, typ: pb.TxnType_SALARY_IN, init: pb.Initiator_BANK, chann: pb.Channel_BATCH, party: pb.CounterpartyType_OTHER_BANK}
	switch c.job {
	case salaried, retired:
		// One month in eight the employer is a day late.
		late := scramble(uint64(c.pseudonym)+uint64(t.month)) & 7 / 7
		if t.pay[late]>>c.payDay&1 == 0 {
			break
		}
		in.amount = c.income
		if c.job == salaried {
			in.amount += c.income * r.between(-30, 30) / 1000
		}
		b.do(in)
	case selfEmployed:
		if t.wday < 6 && r.chance(1_400) {
			in.typ, in.init, in.chann, in.party, in.at = pb.TxnType_TRANSFER_IN, pb.Initiator_SYSTEM, pb.Channel_API, pb.CounterpartyType_WALLET, r.shopping()
			in.amount = r.spread(c.income * 10 / 37)
			b.do(in)
		}
	case student:
		if t.dom == int(c.payDay) {
			in.typ, in.init, in.chann, in.party, in.at, in.amount = pb.TxnType_TRANSFER_IN, pb.Initiator_SYSTEM, pb.Channel_APP, pb.CounterpartyType_SAME_BANK, r.shopping(), c.income
			b.do(in)
		}
	}
	if t.bonusSeason && c.job == salaried {
		b.bonus(c, t, in)
	}
}

// bonus pays one to four salaries on one day of the weeks before 春节.
func (b *Bank) bonus(c *customer, t *today, in step) {
	y, _, _ := civil(t.day)
	x := scramble(uint64(c.pseudonym)<<12 + uint64(y))
	if x%10 >= 6 || t.festival != -3-int32(x>>8%26) {
		return
	}
	in.typ, in.init, in.amount = pb.TxnType_SALARY_IN, pb.Initiator_BANK, c.income*int64(4+x>>16%13)/4
	b.do(in)
}

// interest credits the current account's interest each quarter on the 21st and
// the income of wealth products.
func (b *Bank) interest(c *customer, t *today, r *rng) {
	if t.interestDays {
		if have := b.own(c)[0].balance; have > 2_000*yuan {
			b.do(step{at: r.batch(), credit: true, typ: pb.TxnType_INTEREST_CREDIT, amount: have / 4_000, init: pb.Initiator_SYSTEM, chann: pb.Channel_BATCH, quiet: true})
		}
	}
	if t.dom != int(c.billDay) || t.month%3 != 2 {
		return
	}
	own := b.own(c)
	for i := range own {
		if a := &own[i]; a.is(pb.AccountType_WEALTH) && a.balance > 1_000*yuan && a.closed == 0 {
			b.do(step{at: r.batch(), credit: true, typ: pb.TxnType_WEALTH_DIVIDEND, amount: a.balance * 65 / 10_000, init: pb.Initiator_SYSTEM, chann: pb.Channel_BATCH, quiet: true})
		}
	}
}
