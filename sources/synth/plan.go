package synth

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// step is something a customer means to do on a day. The zero op is a booking
// on one account; with to it is a move between two of his own.
type step struct {
	at int32
	op op
	// kind is what a note becomes.
	kind kind
	// slot is the account; to the receiving one of a move.
	slot, to int
	credit   bool
	typ      pb.TxnType
	init     pb.Initiator
	chann    pb.Channel
	party    pb.CounterpartyType
	bank     uint8
	mcc      uint8
	flags    facts
	// amount in the account's money; of a move in fen. quantity, if not 0, is
	// what a unit account moves.
	amount, quantity int64
	// upTo takes what is there if the amount is not; must overdraws. Else a debit
	// that is not covered does not happen.
	upTo, must bool
	// quiet: no noise. storied: counts into the story.
	quiet, storied bool
	// bounce: not covered leaves a FAILED booking.
	bounce bool
	// fate is the index of the pending record that arrives.
	fate int
	// of is what a reversal takes back; when overrides day and second.
	of     uint32
	day    int32
	second int32
	valued int32
	// number is the booking's number given in advance, 0 take the next.
	number uint32
	aux    int64
}

type op uint8

const (
	post op = iota
	move
	arrive
	instalment
	note
	leave
)

// do puts a step into the customer's day. During the run it lands among what is
// still to come.
func (b *Bank) do(s step) {
	s.at = min(max(s.at, 0), 86_399)
	b.plan = append(b.plan, s)
	for i := len(b.plan) - 1; i > b.done && b.plan[i-1].at > s.at; i-- {
		b.plan[i], b.plan[i-1] = b.plan[i-1], b.plan[i]
	}
}

// run performs the day's steps in order of time.
func (b *Bank) run(c *customer, t *today) {
	for b.done = 0; b.done < len(b.plan); {
		s := b.plan[b.done]
		b.done++
		switch s.op {
		case post:
			b.post(c, t, &s)
		case move:
			b.move(c, t, &s)
		case arrive:
			b.arrival(c, t, &s)
		case instalment:
			b.instalment(c, t, &s)
		case note:
			b.buf = append(b.buf, event{
				cust: c.no, at: s.at, kind: s.kind, slot: uint8(s.slot), flags: s.flags,
				day: s.day, second: s.second, aux: s.aux, balance: s.amount, maturity: s.valued,
			})
		case leave:
			b.leave(c, t, &s)
		}
	}
}
