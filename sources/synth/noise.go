package synth

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// purchase tells whether a step is of the bookings that may come late.
func purchase(s *step, a *account) bool {
	return s.typ == pb.TxnType_CARD_SPEND && s.day == 0 && !s.credit && (a.unit == cny)
}

// delayed decides whether a purchase is recorded late. Three in ten are booked
// today with an earlier value day; the others are put off and arrive on a later
// day with their old event time, a few of them after their own reversal.
func (b *Bank) delayed(c *customer, t *today, s *step, a *account) bool {
	if !purchase(s, a) {
		return false
	}
	r := stream(b.params.Seed, saltNoise, uint64(c.no), uint64(c.seq)<<20|uint64(t.day))
	// About half of all bookings are purchases.
	if r.below(500_000) >= int64(b.params.LatePPM) {
		return false
	}
	lag := int32(r.low(1, 20, 2))
	if r.chance(3_000) {
		s.valued = max(t.day-lag, b.params.Start, c.join, a.opened)
		return false
	}
	p := pending{kind: latePosting, slot: uint8(s.slot), typ: uint8(s.typ), mcc: s.mcc, arrives: t.day + lag, day: t.day, second: s.at, amount: s.amount, debit: true}
	if r.chance(600) {
		p.kind, p.arrives = crossed, t.day+1
	}
	return c.later(p)
}

// later keeps a pending record, if there is room.
func (c *customer) later(p pending) bool {
	for i := range c.pending {
		if c.pending[i].kind == nothing {
			c.pending[i] = p
			return true
		}
	}
	return false
}

// disturb adds a repeat, a broken row or a later reversal to a booking.
func (b *Bank) disturb(c *customer, t *today, e *event) {
	r := stream(b.params.Seed, saltNoise, uint64(c.no), uint64(e.seq))
	if r.below(1_000_000) < int64(b.params.DuplicatePPM)*11/10 {
		d := *e
		d.flags |= duplicate
		if d.at += int32(r.between(1, 3_600)); r.chance(4_000) || d.at > 86_399 {
			d.at %= 86_400
			b.tomorrow = append(b.tomorrow, d)
		} else {
			b.buf = append(b.buf, d)
		}
	}
	if r.below(1_000_000) < int64(b.params.MalformedPPM)*11/10 {
		d := *e
		d.flags, d.aux = d.flags|malformed, r.below(brokenWays)
		b.buf = append(b.buf, d)
	}
	if e.flags&late == 0 && e.debit && e.typ == uint8(pb.TxnType_CARD_SPEND) && r.below(500_000) < int64(b.params.ReversalPPM) {
		p := pending{kind: reversal, slot: e.slot, arrives: t.day + int32(r.low(1, 9, 2)), day: e.valued, seq: e.seq, amount: e.amount}
		if p.partial = r.chance(3_000); p.partial {
			p.amount = max(p.amount*r.between(10, 80)/100, 1)
		}
		c.later(p)
	}
}

// arrivals puts today's pending records into the plan.
func (b *Bank) arrivals(c *customer, t *today, r *rng) {
	for i := range c.pending {
		if p := &c.pending[i]; p.kind != nothing && p.arrives == t.day {
			b.do(step{op: arrive, fate: i, at: r.shopping()})
		}
	}
}

// arrival books a pending record.
func (b *Bank) arrival(c *customer, t *today, s *step) {
	p := c.pending[s.fate]
	c.pending[s.fate] = pending{}
	if !b.own(c)[p.slot].open(t.day) {
		return
	}
	original := step{
		at: s.at, slot: int(p.slot), typ: pb.TxnType(p.typ), amount: p.amount, init: pb.Initiator_CUSTOMER, chann: pb.Channel_POS, party: pb.CounterpartyType_COUNTERPARTY_MERCHANT,
		mcc: p.mcc, flags: late, day: p.day, second: p.second, must: true, quiet: true,
	}
	back := step{
		at: s.at, slot: int(p.slot), typ: pb.TxnType_REVERSAL, credit: true, amount: p.amount, init: pb.Initiator_MERCHANT, chann: pb.Channel_BATCH, of: p.seq, must: true, quiet: true,
	}
	if p.partial {
		back.flags |= partial
	}
	switch p.kind {
	case nothing:
	case latePosting:
		b.post(c, t, &original)
	case reversal:
		if p.seq&1 == 0 {
			back.valued = p.day
		}
		b.post(c, t, &back)
	case crossed:
		original.number, back.number = c.seq+1, c.seq+2
		back.of = original.number
		c.seq += 2
		b.post(c, t, &back)
		b.post(c, t, &original)
	}
}
