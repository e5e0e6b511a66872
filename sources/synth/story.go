package synth

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

type storyKind uint8

const (
	noStory storyKind = iota
	leak
	suddenOutflow
	silent
	maturityLeaves
	growth
)

var storyNames = [...]string{"", "leak", "sudden_outflow", "silent", "maturity_leaves", "growth"}

// story is what a customer is about to do; at most one in an epoch, which is as
// long as the history.
type story struct {
	kind  storyKind
	bank  uint8
	begun bool
	// stops: a silent customer's salary goes elsewhere, too.
	stops bool
	day   int32
	// bp is the share of the assets that goes each time, in basis points.
	bp int64
	// moved is what has gone (growth: come) so far, fen.
	moved int64
}

// quiet tells that the customer has fallen silent: what runs by order goes on,
// he himself does nothing.
func (c *customer) quiet() bool { return c.story.kind == silent && c.story.begun }

// tellers are how many customers of a class have a story in an epoch (basis points).
var tellers = [...]int64{mass: 220, affluent: 1_500, wealthy: 2_400, rich: 2_600, privateClient: 2_600}

// draw makes the customer's story of an epoch and when he complains.
func (b *Bank) draw(c *customer, epoch int32) story {
	r := stream(b.params.Seed, saltStory, uint64(c.no), uint64(epoch))
	first := b.params.Start + epoch*b.epoch()
	s := story{day: first + int32(r.between(40, max(int64(b.epoch())-30, 41)))}
	told := r.below(10_000) < tellers[c.class]
	switch x := r.below(100); {
	case x < 32:
		s.kind, s.bp = leak, r.between(120, 420)
	case x < 57:
		s.kind, s.bp = suddenOutflow, r.between(3_500, 10_000)
	case x < 71:
		s.kind, s.stops = silent, r.chance(6_500)
	case x < 86:
		s.kind, s.bp = maturityLeaves, r.between(8_500, 10_000)
	default:
		s.kind, s.bp = growth, r.between(500, 1_600)
	}
	s.bank = uint8(1 + r.low(0, int64(len(otherBanks)-2), 2))
	if !told || s.day < c.join+40 {
		s = story{}
	}
	c.complaint, c.complaintDays = 0, uint8(r.between(2, 14))
	switch unhappy := s.kind == leak || s.kind == suddenOutflow; {
	case unhappy && r.chance(3_000):
		c.complaint = s.day - int32(r.between(4, 20))
	case r.chance(120):
		c.complaint = first + int32(r.below(int64(b.epoch())))
	}
	return s
}

// epoch is the length of an epoch in days.
func (b *Bank) epoch() int32 { return b.last - b.params.Start + 1 }

// turn begins a new epoch: the old story goes to the record, a new one is drawn.
func (b *Bank) turn(c *customer, epoch int32) {
	if c.story.begun {
		b.past = append(b.past, told{c.no, c.story})
	}
	c.story = b.draw(c, epoch)
	if c.story.kind != maturityLeaves {
		return
	}
	// Only a running deposit can mature and leave: at its own day, else at once.
	own := b.own(c)
	c.story.kind = suddenOutflow
	for i := range own {
		if a := &own[i]; a.is(pb.AccountType_TIME) && a.closed == 0 && a.balance > 0 {
			c.story.kind, c.story.day = maturityLeaves, a.maturity
		}
	}
}

// tell plays the story's part of the day.
func (b *Bank) tell(c *customer, t *today, r *rng) {
	s := &c.story
	if s.kind == noStory || t.day < s.day {
		return
	}
	switch s.kind {
	case noStory:
	case leak:
		s.begun = true
		if t.wday == int(c.saleWeekday) {
			b.away(c, t, r, s.bp, false)
		}
	case suddenOutflow:
		if t.day == s.day {
			s.begun = true
			b.away(c, t, r, s.bp, true)
			if s.bp > 9_300 && c.debt.instalment == 0 {
				c.exitDay = t.day + int32(r.between(3, 12))
			}
		}
	case silent:
		s.begun = true
	case maturityLeaves:
		// The deposit itself has come to the current account on the day before.
		if t.day == s.day+1+int32(c.saleWeekday)%3 && s.moved > 0 {
			s.begun = true
			b.away(c, t, r, 0, false)
		}
	case growth:
		s.begun = true
		if t.dom == int(c.investDay) {
			b.do(step{
				at: r.office(), credit: true, typ: pb.TxnType_DEPOSIT_TRANSFER_IN, amount: b.assets(c, t.day) * s.bp / 10_000 / 10_000 * 10_000,
				init: pb.Initiator_CUSTOMER, chann: pb.Channel_APP, party: pb.CounterpartyType_OTHER_BANK, bank: s.bank, quiet: true, storied: true,
			})
		}
	}
}

// away sends a share of the assets to the story's bank, after making the money
// ready; bp 0 sends what a matured deposit brought.
func (b *Bank) away(c *customer, t *today, r *rng, bp int64, everything bool) {
	amount := b.assets(c, t.day) * bp / 10_000
	if bp == 0 {
		amount = c.story.moved * c.story.bp / 10_000
		c.story.moved = 0
	}
	amount = amount / 10_000 * 10_000
	if amount == 0 {
		return
	}
	at := r.office()
	b.raise(c, t, amount, at-1_200, everything)
	send := step{at: at, typ: pb.TxnType_TRANSFER_OUT, amount: amount, init: pb.Initiator_CUSTOMER, chann: pb.Channel_APP, party: pb.CounterpartyType_OTHER_BANK, bank: c.story.bank, quiet: true, upTo: true, storied: true}
	// Large sums go in two transfers: mobile banks have a limit.
	if amount > 500_000*yuan && at < 16*3600 {
		half := send
		half.amount, half.at = amount*6/10/10_000*10_000, at+int32(r.between(60, 3_000))
		send.amount -= half.amount
		b.do(half)
	}
	b.do(send)
}
