package main

import (
	"fmt"
	"strconv"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// zone is the seconds east of UTC of the deployment that is played.
const zone = 8 * 3600

// firstDay is 2024-01-01, in days since 1970-01-01.
const firstDay = 19723

// shape is how the events spread over the customers.
type shape string

const (
	// skewed has a density of x^-1/2: the hottest thousandth of the customers has
	// 3 % of the events.
	skewed shape = "skewed"
	// uniform gives every customer the same chance.
	uniform shape = "uniform"
)

// stream is a seeded sequence of bookings: 2 % exact repeats of recent ones, some
// late by 1 to 30 days, half in and half out, every balance told and right.
type stream struct {
	shape     shape
	customers int
	// events over span seconds, which begin from seconds behind the first day's
	// midnight; late per cent of them are of an earlier day.
	events, late int
	from, span   int64
	// at is the second at which the last booking came.
	at          int64
	state       uint64
	made, fresh int
	balance     []int64
	recent      []*pb.Transaction
	txn         pb.Transaction
}

const remembered = 1 << 15

// usualLate is the share of late bookings, per cent.
const usualLate = 3

func newStream(s shape, customers, events, days int) *stream {
	g := &stream{shape: s, customers: customers, events: events, span: int64(days) * 86400, late: usualLate, state: 1, balance: make([]int64, customers)}
	for c := range g.balance {
		g.balance[c] = 10 * g.usual(c)
	}
	return g
}

func (g *stream) random() uint64 {
	g.state += 0x9e3779b97f4a7c15
	return scatter(g.state)
}

func (g *stream) below(n int) int { return int(g.random() >> 1 % uint64(n)) }

func scatter(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// usual is a customer's typical amount: nine classes of wealth, the richer the
// rarer, so that every tier is lived in.
func (g *stream) usual(c int) int64 {
	class := 0
	for h := scatter(uint64(c)); class < 8 && h&1 == 1; h >>= 1 {
		class++
	}
	return 40_000 << class
}

func (g *stream) pick() int {
	if g.shape == uniform {
		return g.below(g.customers)
	}
	const one = 1 << 24
	u := g.random() >> 40
	hot := int(u * u / one * uint64(g.customers) / one)
	return int(uint64(hot) * 387_420_489 % uint64(g.customers))
}

func customerID(c int) string { return fmt.Sprintf("C-%09d", c) }

// customerNumber is c of customerID(c).
func customerNumber(id string) int {
	c, err := strconv.Atoi(id[len("C-"):])
	if err != nil {
		panic("bench: no customer of ours: " + id)
	}
	return c
}

func accountID(c int) string { return fmt.Sprintf("A-%09d-1", c) }

// opening is the position of a customer before the first day.
func (g *stream) opening(c int) *pb.BalanceSnapshot {
	return &pb.BalanceSnapshot{
		CustomerId: customerID(c), AccountId: accountID(c), AccountType: pb.AccountType_DEMAND, Unit: "CNY", Day: firstDay - 1,
		Balance: g.balance[c], EventTime: midnight(firstDay) - 1, BusinessDay: firstDay - 1,
	}
}

// midnight is the start of a business day, UTC seconds.
func midnight(day int32) int64 { return int64(day)*86400 - zone }

// step comes to the next booking without making it, and gives the day of its arrival;
// at the end there is none.
func (g *stream) step() (day int32, more bool) {
	if g.made == g.events {
		return 0, false
	}
	g.at = g.from + int64(float64(g.made)*float64(g.span)/float64(g.events))
	g.made++
	return firstDay + int32(g.at/86400), true
}

// next is the next booking and the day of its arrival; it is used again by the
// call after. It is nil at the end.
func (g *stream) next() (x *pb.Transaction, day int32) {
	day, more := g.step()
	if !more {
		return nil, 0
	}
	if g.random()%100 < 2 && len(g.recent) == remembered {
		return g.recent[g.below(remembered)], day
	}
	g.book(g.pick(), g.at)
	if len(g.recent) < remembered {
		g.recent = append(g.recent, nil)
	}
	g.recent[g.fresh%remembered] = g.txn.CloneVT()
	g.fresh++
	return &g.txn, day
}

var (
	typesIn    = [...]pb.TxnType{pb.TxnType_TRANSFER_IN, pb.TxnType_SALARY_IN, pb.TxnType_INTEREST_CREDIT, pb.TxnType_DEPOSIT_CASH}
	typesOut   = [...]pb.TxnType{pb.TxnType_TRANSFER_OUT, pb.TxnType_CARD_SPEND, pb.TxnType_WITHDRAWAL_CASH, pb.TxnType_FEE}
	initiators = [...]pb.Initiator{pb.Initiator_CUSTOMER, pb.Initiator_CUSTOMER, pb.Initiator_CUSTOMER, pb.Initiator_SYSTEM}
	channels   = [...]pb.Channel{pb.Channel_APP, pb.Channel_WEB, pb.Channel_ATM, pb.Channel_BRANCH}
)

func (g *stream) book(c int, at int64) {
	if g.random()%100 < uint64(g.late) {
		at -= int64(1+g.below(30)) * 86400
	}
	amount := g.usual(c)/10 + int64(g.random()>>1%uint64(2*g.usual(c)))
	how := g.random()
	in := how%100 < 51 || g.balance[c] < amount
	x := &g.txn
	x.CustomerId, x.AccountId, x.Source, x.TxnId = customerID(c), accountID(c), "core", fmt.Sprintf("%012d", g.fresh)
	x.Version, x.SchemaVersion, x.Status = 1, 1, pb.TxnStatus_POSTED
	x.AccountType, x.Currency = pb.AccountType_DEMAND, "CNY"
	if in {
		g.balance[c] += amount
		x.Direction, x.TxnType = pb.Direction_CREDIT, typesIn[how>>8%4]
	} else {
		g.balance[c] -= amount
		x.Direction, x.TxnType = pb.Direction_DEBIT, typesOut[how>>8%4]
	}
	x.Initiator, x.Channel = initiators[how>>16%4], channels[how>>24%4]
	x.AmountMinor, x.BaseAmountMinor = amount, amount
	x.BalanceKnown, x.BalanceAfter, x.BalanceTrust = true, g.balance[c], pb.BalanceTrust_BALANCE_TRUST_ORDERED
	x.EventTime = midnight(firstDay) + at
	x.BusinessDay = firstDay + int32((at+400*86400)/86400) - 400
	x.ValueDay = x.BusinessDay
}
