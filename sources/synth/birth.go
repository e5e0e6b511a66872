package synth

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

const yuan = 100

// wealth of a class: share of customers in parts per 10,000, assets and income a
// month in yuan, and how strongly both crowd at the low end.
var wealth = [...]struct {
	share          int64
	from, to       int64
	crowd          int
	income, earner int64
}{
	mass:          {6_750, 300, 48_000, 2, 3_500, 15_000},
	affluent:      {2_350, 54_000, 480_000, 3, 7_000, 32_000},
	wealthy:       {660, 540_000, 1_900_000, 3, 15_000, 70_000},
	rich:          {185, 2_150_000, 5_800_000, 3, 30_000, 140_000},
	privateClient: {55, 6_400_000, 60_000_000, 4, 60_000, 400_000},
}

// born makes customer no as of the start: who he is and what he has.
func (b *Bank) born(no uint32) customer {
	r := stream(b.params.Seed, saltBirth, uint64(no), 0)
	c := customer{no: no, pseudonym: pseudonym(b.params.Seed, no), first: uint32(len(b.accounts))}
	x := r.below(10_000)
	for c.class = mass; x >= wealth[c.class].share; c.class++ {
		x -= wealth[c.class].share
	}
	w := &wealth[c.class]
	assets := r.low(w.from, w.to, w.crowd) * yuan
	c.income = r.low(w.income, w.earner, 2) * yuan
	c.branch = uint16(r.below(int64(len(branches))))
	c.rm = manager(&r, c.class)
	b.calling(&c, &r)
	b.habits(&c, &r)

	c.join, c.since = b.params.Start, b.params.Start-int32(r.low(30, 7_000, 2))
	if r.chance(500) {
		c.join = b.params.Start + int32(r.between(1, int64(b.last-b.params.Start)))
		c.since = c.join
	}
	c.story = b.draw(&c, 0)
	b.furnish(&c, &r, assets)
	return c
}

func manager(r *rng, c class) uint16 {
	if c == mass {
		return pool
	}
	if c == privateClient {
		return privateBanker
	}
	return uint16(r.below(managers))
}

// calling gives the customer a living.
func (b *Bank) calling(c *customer, r *rng) {
	switch x := r.below(100); {
	case x < 68:
		c.job = salaried
	case x < 80:
		c.job, c.income = retired, c.income*6/10
	case x < 95 || c.class > mass:
		c.job = selfEmployed
	default:
		c.job, c.income = student, 2_000*yuan
	}
	c.payDay = []uint8{5, 8, 10, 10, 15, 15, 20, 25, 28}[r.below(9)]
	if c.job == retired {
		c.payDay = 15
	}
}

// habits sets what goes out in a month, so that most customers hold their level.
func (b *Bank) habits(c *customer, r *rng) {
	c.rentDay, c.billDay, c.investDay = uint8(r.between(1, 6)), uint8(r.between(8, 26)), uint8(r.between(2, 28))
	c.cardDay, c.loanDay, c.saleWeekday = uint8(r.between(5, 27)), uint8(r.between(15, 25)), uint8(r.below(5))
	c.bill = c.income * r.between(15, 40) / 1000
	if c.job != student && c.job != retired && r.chance(2_600) {
		c.rent = c.income * r.between(180, 300) / 1000 / 10_000 * 10_000
	}
	events := int64(b.params.EventsPerMonth)
	c.pace = events * r.between(350, 1_650) * 65536 / 30 / 1000
	c.comfort = max(c.income*r.between(15, 30)/10, 5_000*yuan)
}

// furnish opens the accounts and divides the assets among them.
func (b *Bank) furnish(c *customer, r *rng, assets int64) {
	demand := c.slot(b, account{kind: uint8(pb.AccountType_DEMAND), opened: c.since})
	left := assets
	put := func(a account, share int64) {
		part := min(assets*share/100, left*85/100)
		a.plan = part
		if a.opened <= b.params.Start-1 && c.join == b.params.Start {
			a.plan = 0
			b.fill(&a, part)
			left -= part
		}
		c.slot(b, a)
	}
	b.deposits(c, r, put)
	b.investments(c, r, put)
	b.credit(c, r)
	a := &b.accounts[demand]
	if a.plan = left; c.join == b.params.Start {
		a.balance, a.plan = left, 0
	}
	// Larger clients keep more at hand, so their current account is no surplus.
	c.comfort = max(c.comfort, left*9/10)
}

// slot adds an account and returns its place among the bank's.
func (c *customer) slot(b *Bank, a account) int {
	b.accounts = append(b.accounts, a)
	c.count++
	return len(b.accounts) - 1
}

// fill puts money worth part into a, at the rates before the start.
func (b *Bank) fill(a *account, part int64) {
	if a.unit == cny {
		a.balance = part
		return
	}
	a.balance = quantity(part, b.market.rate(a.unit, b.params.Start-1))
}

// opening is the day on which an account opens: for one account in eight during the history, else in
// the customer's past.
func (b *Bank) opening(c *customer, r *rng) int32 {
	if c.join > b.params.Start {
		return c.join + int32(r.between(10, 90))
	}
	if r.chance(1_250) {
		return b.params.Start + int32(r.between(5, int64(b.last-b.params.Start)+5))
	}
	return c.since + int32(r.below(int64(b.params.Start-c.since)))
}
