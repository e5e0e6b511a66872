package synth

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// service is what happens around the accounts: complaints and a change of
// relationship manager.
func (b *Bank) service(c *customer, t *today, r *rng) {
	if c.complaint != 0 && t.day >= c.complaint {
		switch t.day - c.complaint {
		case 0:
			b.do(step{at: r.office(), op: note, kind: complaintRecord, flags: on, aux: int64(c.complaint)})
		case int32(c.complaintDays):
			b.do(step{at: r.office(), op: note, kind: complaintRecord, aux: int64(c.complaint)})
		}
	}
	if c.class > mass && t.working && r.below(250*40) == 0 {
		c.rm = manager(r, c.class)
		b.do(step{at: r.office(), op: note, kind: rmRecord, aux: int64(c.rm)})
	}
	if c.exitDay != 0 && t.day == c.exitDay {
		b.do(step{at: 17*3600 + 2_400, op: leave})
	}
}

// leave closes all accounts once they are empty. What is left goes the same way
// as the rest first, and the closing is tried again the next day.
func (b *Bank) leave(c *customer, t *today, s *step) {
	own := b.own(c)
	empty := true
	for i := range own {
		a := &own[i]
		if a.closed != 0 || a.opened > t.day || a.balance == 0 || (a.balance > 0 && b.worth(a, t.day) == 0) {
			continue
		}
		empty = false
		if a.balance < 0 && i > 0 {
			b.do(step{at: s.at + int32(i)*60, op: move, to: i, amount: -a.balance, init: pb.Initiator_CUSTOMER, chann: pb.Channel_BRANCH, upTo: true})
			continue
		}
		if i > 0 {
			b.do(step{at: s.at + int32(i)*60, op: move, slot: i, amount: b.worth(a, t.day), init: pb.Initiator_CUSTOMER, chann: pb.Channel_BRANCH, upTo: true})
		}
	}
	if !empty {
		rest := step{
			at: s.at + 3_600, typ: pb.TxnType_TRANSFER_OUT, amount: 1 << 50, init: pb.Initiator_CUSTOMER, chann: pb.Channel_BRANCH, party: pb.CounterpartyType_OTHER_BANK,
			bank: c.story.bank, quiet: true, upTo: true, storied: true,
		}
		b.do(rest)
		if own[0].balance < 0 {
			b.do(step{at: s.at + 3_500, typ: pb.TxnType_DEPOSIT_CASH, credit: true, amount: -own[0].balance, init: pb.Initiator_CUSTOMER, chann: pb.Channel_BRANCH, quiet: true})
		}
		c.exitDay = t.day + 1
		return
	}
	for i := range own {
		if a := &own[i]; a.closed == 0 && a.opened <= t.day {
			a.closed = t.day
			b.describe(c, i, s.at)
		}
	}
	c.exited = true
	b.do(step{at: s.at + 60, op: note, kind: profileRecord, flags: on})
}
