package synth

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// odds of owning a product by class, in percent.
type odds [privateClient + 1]int64

var (
	ownsTime    = odds{10, 48, 58, 62, 60}
	ownsWealth  = odds{4, 34, 52, 62, 66}
	ownsFund    = odds{6, 28, 42, 48, 50}
	ownsGold    = odds{1, 5, 8, 10, 10}
	ownsForeign = odds{1, 6, 14, 22, 30}
	ownsSavings = odds{6, 14, 16, 16, 16}
	ownsCard    = odds{28, 52, 60, 60, 55}
	ownsLoan    = odds{11, 20, 20, 16, 10}
)

// deposits opens time deposits, savings and foreign accounts.
func (b *Bank) deposits(c *customer, r *rng, put func(account, int64)) {
	leaves := c.story.kind == maturityLeaves
	if leaves || r.below(100) < ownsTime[c.class] {
		a := account{kind: uint8(pb.AccountType_TIME), opened: b.opening(c, r), term: []int16{90, 180, 365, 365, 1095}[r.below(5)]}
		a.bp = int16(110 + int64(a.term)/12)
		share := r.between(22, 55)
		if leaves {
			share = r.between(45, 75)
			if a.opened = c.since; c.join > b.params.Start {
				a.opened += 5
			}
		}
		a.maturity = a.opened + int32(a.term)
		if a.opened < b.params.Start {
			// Running on the start day: opened, or rolled over, at most a term ago.
			a.maturity = b.params.Start + int32(r.between(3, int64(a.term)))
		}
		if leaves {
			a.maturity = c.story.day
		}
		put(a, share)
	}
	if r.below(100) < ownsSavings[c.class] {
		put(account{kind: uint8(pb.AccountType_DEMAND), opened: b.opening(c, r)}, r.between(5, 25))
	}
	if r.below(100) < ownsForeign[c.class] {
		u := []unit{usd, usd, usd, hkd, hkd, jpy}[r.below(6)]
		put(account{kind: uint8(pb.AccountType_DEMAND), unit: u, opened: b.opening(c, r)}, r.between(2, 18))
	}
}

// investments opens wealth products, funds and gold.
func (b *Bank) investments(c *customer, r *rng, put func(account, int64)) {
	if r.below(100) < ownsWealth[c.class] {
		put(account{kind: uint8(pb.AccountType_WEALTH), opened: b.opening(c, r)}, r.between(12, 45))
	}
	if r.below(100) < ownsFund[c.class] {
		put(account{kind: uint8(pb.AccountType_FUND), unit: fund0 + unit(r.below(8)), opened: b.opening(c, r)}, r.between(5, 30))
	}
	if r.below(100) < ownsGold[c.class] {
		put(account{kind: uint8(pb.AccountType_GOLD), unit: gold, opened: b.opening(c, r)}, r.between(2, 12))
	}
}

// credit opens card and loan and leaves the rest of the income to be spent.
func (b *Bank) credit(c *customer, r *rng) {
	if c.job != student && r.below(100) < ownsCard[c.class] {
		limit := max(c.income*r.between(10, 30)/10/100_000*100_000, 5_000*yuan)
		c.slot(b, account{kind: uint8(pb.AccountType_CARD_CREDIT), opened: b.opening(c, r), limit: limit})
	}
	if c.job == salaried && c.rent == 0 && r.below(100) < ownsLoan[c.class] {
		c.debt.instalment = c.income * r.between(150, 300) / 1000 / 100 * 100
		a := account{kind: uint8(pb.AccountType_LOAN), opened: b.opening(c, r), bp: int16(r.between(310, 480))}
		principal := c.debt.instalment * r.between(30, 190)
		if a.plan = principal; a.opened < b.params.Start {
			a.balance, a.plan = -principal, 0
		}
		c.slot(b, a)
	}
	// Of what is left he spends 84 … 106 percent.
	left := (c.income - c.rent - c.bill - c.debt.instalment) * r.between(840, 1_060) / 1000
	c.purchase = left * 65536 / max(c.pace*30, 65536)
}
