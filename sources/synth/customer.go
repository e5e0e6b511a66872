package synth

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// Salts keep the random streams of one customer apart.
const (
	saltMarket = iota + 1
	saltBirth
	saltDay
	saltNoise
	saltStory
	saltName
	saltID
)

// class is a customer's wealth at birth. Tiers come from the policy, not here.
type class uint8

const (
	mass class = iota
	affluent
	wealthy
	rich
	privateClient
)

// job is where a customer's money comes from.
type job uint8

const (
	salaried job = iota
	retired
	selfEmployed
	student
)

// customer is the state of one life; it holds no pointer, so a million of them
// cost the garbage collector nothing.
type customer struct {
	no uint32
	// pseudonym is unique for the seed.
	pseudonym uint32
	// join is the day of his first record, born the bank's word for it (older).
	join, since int32
	class       class
	job         job
	exited      bool
	// Days of the month.
	payDay, rentDay, billDay, investDay, cardDay, loanDay uint8
	saleWeekday                                           uint8
	rm, branch                                            uint16
	// Money in fen: of a month, but purchase, which is the average of one.
	income, rent, bill, purchase int64
	// comfort is what he likes to have at hand; above it he invests.
	comfort int64
	// pace is the mean number of purchases a day, 65536 = 1.
	pace int64
	// seq numbers his bookings, sideSeq his other records.
	seq, sideSeq uint32
	// His accounts are accounts[first : first+count] of the bank; slot 0 is his
	// current account.
	first uint32
	count uint8

	story story
	debt  debt
	// exitDay is the day on which he closes everything, 0 none.
	exitDay int32
	// complaint is the day on which one opens, closed complaintDays later.
	complaint     int32
	complaintDays uint8
	pending       [3]pending
}

// debt follows the loan's instalments.
type debt struct {
	instalment int64
	// missed is the first unpaid due day, 0 if current; cure the day on which he
	// will try to pay.
	missed, cure int32
}

// pending is a booking made up earlier that arrives later.
type pending struct {
	kind pendingKind
	slot uint8
	typ  uint8
	mcc  uint8
	// arrives is the day on which it comes, day and second when it happened.
	arrives, day, second int32
	seq                  uint32
	amount               int64
	partial              bool
	debit                bool
}

type pendingKind uint8

const (
	nothing pendingKind = iota
	// latePosting is a booking that happened on day and arrives now.
	latePosting
	// reversal takes back booking seq of day.
	reversal
	// crossed is a reversal that overtakes its original.
	crossed
)

// account is one account; CARD_CREDIT and LOAN are negative by what is owed.
type account struct {
	kind uint8 // pb.AccountType
	unit unit
	// closed is the day of closing, 0 open.
	opened, closed, maturity int32
	// term is the days of a time deposit; bp its yearly interest.
	term, bp int16
	// balance in smallest units; limit of a credit card.
	balance, limit int64
	// plan is the money with which an account that opens later is filled.
	plan int64
}

func (a *account) open(day int32) bool { return a.opened <= day && a.closed == 0 }

// usable is open since yesterday at the latest: on its first day an account is
// only filled.
func (a *account) usable(day int32) bool { return a.opened < day && a.closed == 0 }

func (a *account) is(t pb.AccountType) bool { return a.kind == uint8(t) }

// money is the currency in which the account's amounts are told: funds and gold
// are bought and sold in yuan.
func (a *account) money() unit {
	if a.unit > jpy {
		return cny
	}
	return a.unit
}

// own are the customer's accounts.
func (b *Bank) own(c *customer) []account {
	return b.accounts[c.first : c.first+uint32(c.count) : c.first+uint32(c.count)]
}

// worth is an account's value in fen at yesterday's rates; debts count nothing.
func (b *Bank) worth(a *account, day int32) int64 {
	switch {
	case a.balance <= 0:
		return 0
	case a.unit == cny:
		return a.balance
	}
	return value(a.balance, b.market.rate(a.unit, day-1))
}

// assets is what the customer has in the bank, fen at yesterday's rates.
func (b *Bank) assets(c *customer, day int32) (sum int64) {
	own := b.own(c)
	for i := range own {
		sum += b.worth(&own[i], day)
	}
	return sum
}
