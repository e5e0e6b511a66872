package synth

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// spend is daily life: purchases, cash, small transfers.
func (b *Bank) spend(c *customer, t *today, r *rng) {
	if c.quiet() {
		return
	}
	for range r.few(c.pace * t.spend / 1000) {
		b.purchase(c, t, r)
	}
	if t.festival >= -1 && t.festival <= 4 && r.chance(1_500) {
		b.redPacket(r)
	}
}

func (b *Bank) purchase(c *customer, t *today, r *rng) {
	s := step{at: r.shopping(), typ: pb.TxnType_CARD_SPEND, init: pb.Initiator_CUSTOMER, amount: r.spread(c.purchase), chann: pb.Channel_APP, party: pb.CounterpartyType_WALLET}
	if c.purchase < 5*yuan {
		s.amount = r.spread(18 * yuan)
	}
	switch x := r.below(100); {
	case x < 76:
		s.mcc = uint8(1 + r.below(int64(len(merchants)-1)))
		if t.spend > 2_000 {
			s.mcc = 10
		}
		if r.chance(4_000) {
			s.chann, s.party = pb.Channel_POS, pb.CounterpartyType_COUNTERPARTY_MERCHANT
		}
		if card := b.find(c, pb.AccountType_CARD_CREDIT, t.day); card > 0 && r.chance(5_500) {
			s.slot = card
		}
	case x < 83:
		s.typ, s.party = pb.TxnType_TRANSFER_OUT, pb.CounterpartyType_SAME_BANK
		if r.chance(5_000) {
			s.party, s.bank = pb.CounterpartyType_OTHER_BANK, uint8(1+r.below(int64(len(otherBanks)-1)))
		}
	case x < 88:
		s.typ, s.credit, s.init, s.party = pb.TxnType_TRANSFER_IN, true, pb.Initiator_SYSTEM, pb.CounterpartyType_WALLET
	case x < 93:
		s.typ, s.chann, s.party, s.amount = pb.TxnType_WITHDRAWAL_CASH, pb.Channel_ATM, 0, max(s.amount/10_000, 1)*10_000
	case x < 95:
		s.typ, s.credit, s.chann, s.party, s.amount = pb.TxnType_DEPOSIT_CASH, true, pb.Channel_ATM, 0, max(s.amount/10_000, 1)*10_000
	case x < 97:
		s.typ, s.credit, s.init, s.party, s.amount = pb.TxnType_CARD_REFUND, true, pb.Initiator_MERCHANT, pb.CounterpartyType_COUNTERPARTY_MERCHANT, s.amount/2
	default:
		s.typ = pb.TxnType_TRANSFER_OUT
	}
	b.do(s)
}

// redPacket is a lucky sum given or got around 春节.
func (b *Bank) redPacket(r *rng) {
	s := step{at: r.shopping(), typ: pb.TxnType_TRANSFER_OUT, init: pb.Initiator_CUSTOMER, chann: pb.Channel_APP, party: pb.CounterpartyType_WALLET}
	s.amount = []int64{66, 88, 168, 200, 600, 666, 800, 888, 1_000}[r.below(9)] * yuan
	if r.chance(5_000) {
		s.typ, s.credit, s.init = pb.TxnType_TRANSFER_IN, true, pb.Initiator_SYSTEM
	}
	b.do(s)
}

// bills are rent, utilities and the like, paid by order on their day.
func (b *Bank) bills(c *customer, t *today, r *rng) {
	if t.dom == int(c.rentDay) && c.rent > 0 {
		b.do(step{at: int32(r.between(6*3600, 7*3600)), typ: pb.TxnType_STANDING_ORDER, amount: c.rent, init: pb.Initiator_SYSTEM, chann: pb.Channel_BATCH, party: pb.CounterpartyType_OTHER_BANK, bank: 3, bounce: true})
	}
	if t.dom == int(c.billDay) && c.bill > 0 {
		b.do(step{at: int32(r.between(6*3600, 8*3600)), typ: pb.TxnType_DIRECT_DEBIT, amount: c.bill * r.between(850, 1_150) / 1000, init: pb.Initiator_MERCHANT, chann: pb.Channel_BATCH, party: pb.CounterpartyType_COUNTERPARTY_MERCHANT, bounce: true})
		if c.class == mass && r.chance(1_500) {
			b.do(step{at: r.batch(), typ: pb.TxnType_FEE, amount: 10 * yuan, init: pb.Initiator_BANK, chann: pb.Channel_BATCH})
		}
	}
}

// find is the slot of the customer's first open account of a type, 0 none; the
// current account (slot 0) is never what is looked for.
func (b *Bank) find(c *customer, t pb.AccountType, day int32) int {
	own := b.own(c)
	for i := 1; i < len(own); i++ {
		if own[i].is(t) && own[i].usable(day) {
			return i
		}
	}
	return 0
}
