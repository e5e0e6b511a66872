package oracle

import (
	"math/big"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Compile turns a policy record into a plan.
type Compile func(*pb.PolicyActivation) (*policy.Plan, error)

// Oracle is the naive state of one partition: the customers with all they ever
// sent, and the clock.
type Oracle struct {
	compile Compile
	// Sparse leaves out what is costly at each CLOSE: close points and alerts.
	Sparse bool

	plan    *policy.Plan
	pending []*pending
	rates   rateBook
	base    string
	term    int64

	ticked    bool
	tickDay   Day
	tickAt    int64
	closed    bool
	lastClose Day
	// firstClose is the first day that was closed: what ended before it never was.
	firstClose Day
	cut        int64
	eventClock bool
	names      []string
	customers  map[string]*Customer
	offset     int64
	out        Outcome
	simulation bool
	// only is the scheme that a simulation is about, "": all.
	only string
	// settled: all that a record decides is decided, so a projection holds until
	// the next record.
	settled bool
	// from is where the changes of the present record begin.
	from int
	// closing: a CLOSE is being decided, of the days through the last one.
	closing bool
	through Day
	// dated: what a CLOSE leaves is being told, as of the day after it, whatever is here of
	// later days already (semantics 1).
	dated bool
	// accepted: the present record is an event that changed a customer.
	accepted bool
	// repeated: the present record was said before, or is older than what was.
	repeated bool
}

type pending struct {
	plan *policy.Plan
	from Day
}

// New makes the oracle of a partition.
func New(compile Compile) *Oracle {
	return &Oracle{compile: compile, customers: map[string]*Customer{}, rates: rateBook{byUnit: map[string]map[Day]int64{}}}
}

// Customer is all that one customer sent, and his tier machines.
type Customer struct {
	// ID is the customer's id.
	ID string

	o        *Oracle
	accounts []*account
	entries  []*entry
	byKey    map[string]*entry

	profile    *pb.CustomerProfile
	profileAt  stamp
	complaints map[string]*pb.Complaint
	// heard are words, facts the last-writer facts, by what they are about.
	heard  map[string]*heard
	facts  map[string]*facts
	newest Day
	seen   bool
	// first is the day on which he became NEW: no earlier period is assessed.
	first Day
	// came is the day of his first record.
	came Day
	// sides are the days of the records beside the bookings that no CLOSE has taken in.
	sides []Day
	// ruled: rules have come into force since his last CLOSE (R169).
	ruled bool

	machines map[string]*machine
	memo     map[memoKey]*big.Int
	sums     map[sumKey]*big.Int
	flows    map[flowKey]*big.Int
	cases    []*kase
	waits    []*waits
	looks    map[lookKey]Projection
	looksAt  int64
}

// stamp orders side facts (R10).
type stamp struct{ time, seq int64 }

func (s stamp) after(t stamp) bool { return s.time > t.time || s.time == t.time && s.seq > t.seq }

// Customer gives a customer by id, nil if the partition has not seen him.
func (o *Oracle) Customer(id string) *Customer { return o.customers[id] }

// Plan is the plan in force.
func (o *Oracle) Plan() *policy.Plan { return o.plan }

// LastClose is the last closed day, false before any CLOSE.
func (o *Oracle) LastClose() (Day, bool) { return o.lastClose, o.closed }

// Outcome is all that was decided so far.
func (o *Oracle) Outcome() *Outcome { return &o.out }

func (o *Oracle) customer(id string) *Customer {
	c := o.customers[id]
	if c == nil {
		c = &Customer{
			ID: id, o: o, byKey: map[string]*entry{}, complaints: map[string]*pb.Complaint{},
			machines: map[string]*machine{}, heard: map[string]*heard{}, facts: map[string]*facts{}, first: never,
		}
		c.forget()
		o.customers[id] = c
		o.names = append(o.names, id)
	}
	return c
}

// Today is the customer's day: the later of the day after the last CLOSE and his
// newest event's day; before both the day of the last TICK (R2). What a CLOSE tells
// knows no later day than the one after it.
func (c *Customer) Today() Day {
	switch {
	case c.o.closed && c.seen && !c.o.dated:
		return max(c.o.lastClose+1, c.newest)
	case c.o.closed:
		return c.o.lastClose + 1
	case c.seen:
		return c.newest
	}
	return c.o.tickDay
}

// account finds an account, or makes it.
func (c *Customer) account(id string, typ pb.AccountType, unit string) *account {
	for _, a := range c.accounts {
		if a.id == id {
			return a
		}
	}
	a := &account{id: id, typ: typ, unit: unit, order: len(c.accounts), looked: map[*entry]int64{}}
	if a.unit == "" {
		a.unit = c.o.base
	}
	c.accounts = append(c.accounts, a)
	return a
}

func (c *Customer) find(id string) *account {
	for _, a := range c.accounts {
		if a.id == id {
			return a
		}
	}
	return nil
}
