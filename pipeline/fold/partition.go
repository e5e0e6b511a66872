package fold

import (
	"github.com/tierwatch/tierwatch/pipeline/alert"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/metric"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// EngineVersion is the newest behaviour that this program knows. A log that asks
// for a newer one stops the partition.
const EngineVersion = 1

// Options configure a Partition.
type Options struct {
	Partition int32
	// RawMax is the number of single entries a customer may hold; 0: 1,000,000.
	RawMax int
	// Saves lets the partition note what changes, for Save: its caller calls that and
	// SaveProgress again and again.
	Saves bool
}

// Partition is the state of one partition of the log. It is owned by one
// goroutine.
type Partition struct {
	opt    Options
	engine *pb.Engine
	store  ledger.Store
	rates  *ledger.Rates
	kinds  metric.Kinds

	// Per customer, parallel to the store's slots.
	totals   ledger.Arena[metric.Total]
	schemes  ledger.Arena[place]
	results  ledger.Arena[tier.Kept]
	lifts    ledger.Arena[lift]
	cases    ledger.Arena[alert.Case]
	extra    ledger.Table[attached]
	profiles []profile
	outflows ledger.Arena[outflow]

	plans planSet
	clock Clock
	term  int64
	// firstClose is the day of the first CLOSE: periods that ended before it are
	// never decided.
	firstClose int32

	drain    drain
	visiting bool // a customer, in a drain
	due      dueQueue
	// touched are the customers with a record since their last closing.
	touched []ranked
	timers  timerQueue

	unsaved unsaved
	// taken and savedTables are what Save has still to tell of the partition itself,
	// moments what SaveProgress may need.
	taken       []taken
	savedTables [2]int
	// given are the control records that a partition made by DoneToCopy had before.
	given   []taken
	moments []past
	// saved is the number of customers of whom tierwatch.state has a head.
	saved int64
	// restored is the newest offset that a restored customer has been brought to: up to
	// it a record may have been applied already. -1: nothing was restored.
	restored int64

	stats Stats

	// Of the record being folded.
	out    *Outputs
	offset int64
	value  []byte
	subs   [KindDeadLetter + 1]uint8
	rec    records
	relive bool
	// walking: a customer's skipped days are being closed one by one.
	walking bool
	// offsetUTC is the zone's offset that the last TICK told, for texts.
	offsetUTC int32
	// frozen is now() while a drain visits, 0 else.
	frozen int64

	scratch scratch
	// tell publishes a revision of the customer whom judge judges.
	tell    func(alert.Revision)
	judging ledger.Slot
	// warmth keeps Warm's reads from being optimised away.
	warmth byte
}

// attached is what the fold keeps of a customer beside the ledger's head.
type attached struct {
	totals  ledger.Ref
	schemes ledger.Ref
	cases   ledger.Ref
	outflow ledger.Ref
	nCases  uint16
	flags   uint8
	// lastDay is the newest business day with a record that is no booking.
	lastDay int32
	// timer is the second for which the customer waits in the timer queue, 0: none.
	timer int64
	// applied is the offset of the last record that concerned him.
	applied int64
	// plan counts the policies before the one that his places belong to.
	plan uint16
	// low is the first day whose entries or movements changed since he was saved; base
	// the first day that his saved head holds, and start that of his saved spans.
	low, base, start uint16
	// chunks is the largest number of records that a span of his was saved in.
	chunks uint16
	// parts is the largest number of parts that one of his records was saved in, 0: each
	// is whole.
	parts uint16
	// sideDays: besides lastDay there is another day with such a record, so each CLOSE up to
	// that of lastDay writes a row.
	sideDays bool
	_        [5]byte // a line of the processor's cache: nearly every record reads it from memory
}

// Flags of attached.
const (
	sideRecord uint8 = 1 << iota
	waitsToBeSaved
	// onceSaved: base, start, chunks and parts tell what tierwatch.state holds of him.
	onceSaved
	// newRules: rules have come into force for him since his last CLOSE, which owes him a
	// snapshot (rule R169).
	newRules
	// lagShift: above these stands how far a time of his lies behind its business day.
	lagShift = iota

	// savedFlags are those that a saved head holds.
	savedFlags = sideRecord | newRules | lagBits
	// savedSideDays is sideDays among them, in the place of one that is not saved.
	savedSideDays = waitsToBeSaved
)

// place is a customer's place in one scheme.
type place struct {
	tier.State
	// nextEnd is the end of the first undecided period.
	nextEnd int32
	// fall is the projection, valid while nothing happens.
	fallOn, fallEnd int32
	plannedOn       uint16
	// standsFrom is the first day whose CLOSE left a standing that the results and
	// the state tell: what was before a seed, a hold, a lift at an event, rules that
	// reset misses or a result that made room is known no more.
	standsFrom uint16
	fallTo     uint8
	nResults   uint8
	planned    bool
	nLifts     uint8
	// results are the decided periods that are kept, lifts those between them: the first
	// nResults and nLifts of the blocks.
	results ledger.Ref
	lifts   ledger.Ref
}

// Clock is what the partition knows of time.
type Clock struct {
	// TickAt is the last TICK (UTC seconds) and TickDay its business day.
	TickAt  int64
	TickDay int32
	// LastClose is the last closed business day, 0: none; Cut its end.
	LastClose int32
	Cut       int64
	Term      int64
	Mode      pb.Mode
}

// New makes an empty partition.
func New(o Options) *Partition {
	if o.RawMax == 0 {
		o.RawMax = 1_000_000
	}
	p := &Partition{restored: -1, opt: o, engine: &pb.Engine{BaseCurrency: "CNY"}, rates: ledger.NewRates("CNY")}
	p.due.buckets = map[int32][]ranked{}
	p.store.TakeLow()
	p.tell = func(r alert.Revision) { p.publish(p.judging, &r) }
	return p
}

// Clock is the partition's clock.
func (p *Partition) Clock() Clock { return p.clock }

// UTCOffset is the deployment's offset in seconds east of UTC, as the last TICK told it.
func (p *Partition) UTCOffset() int32 { return p.offsetUTC }

// now is the time an output is stamped with: the last TICK, or the cut of the
// closed day if that is later.
// In a drain it is the time of its control record, whatever TICKs have passed.
func (p *Partition) now() int64 {
	if p.frozen != 0 {
		return p.frozen
	}
	return max(p.clock.TickAt, p.clock.Cut)
}

// today is the customer's day (semantics 1).
func (p *Partition) today(c *ledger.Customer) int32 {
	d := c.Day
	if p.clock.LastClose != 0 {
		d = max(d, p.clock.LastClose+1)
	}
	if d == 0 {
		d = p.clock.TickDay
	}
	return d
}

// openDay is the day of a customer without events (rule R2).
func (p *Partition) openDay() int32 {
	if p.clock.LastClose != 0 {
		return p.clock.LastClose + 1
	}
	return p.clock.TickDay
}

// id is the customer's id; it stays valid.
func (p *Partition) id(c *ledger.Customer) string { return p.store.Texts.Get(c.ID) }

// customer finds or makes the customer with everything attached.
func (p *Partition) customer(id string) ledger.Slot {
	slot, fresh := p.store.Make(id)
	if fresh {
		p.extra.Add(attached{low: nothingLow})
		p.store.At(slot).Closed = p.clock.LastClose
		p.attach(slot)
		p.stats.Customers++
	}
	return slot
}

// attach gives the customer room for the active plan.
func (p *Partition) attach(slot ledger.Slot) {
	pl := p.plans.active
	if pl == nil {
		return
	}
	p.store.At(slot).Flags &^= ledger.Settled
	x := p.extra.At(slot)
	x.plan = uint16(len(p.plans.past))
	if n := pl.eval.Slots(); n > 0 {
		x.totals = p.totals.Alloc(n)
	}
	if n := len(pl.plan.Schemes); n > 0 {
		x.schemes = p.schemes.Alloc(n)
	}
}

// places are the customer's places in the schemes of the active plan.
func (p *Partition) places(slot ledger.Slot) []place {
	if p.plans.active == nil {
		return nil
	}
	b := p.schemes.Block(p.extra.At(slot).schemes)
	return b[:min(len(b), len(p.plans.active.plan.Schemes))]
}

// totalsOf are the customer's running totals; a restored one gets them here.
func (p *Partition) totalsOf(slot ledger.Slot) []metric.Total {
	x := p.extra.At(slot)
	if x.totals == 0 && p.plans.active != nil && int(x.plan) == len(p.plans.past) {
		if n := p.plans.active.eval.Slots(); n > 0 {
			x.totals = p.totals.Alloc(n)
		}
	}
	return p.totals.Block(x.totals)
}

// stale makes the customer's running totals start anew: an entry inside a window
// changed.
func (p *Partition) stale(slot ledger.Slot) { clear(p.totalsOf(slot)) }

// touch puts the customer on the list of those whom the next CLOSE visits.
func (p *Partition) touch(slot ledger.Slot) {
	if c := p.store.At(slot); c.Flags&ledger.Touched == 0 {
		c.Flags |= ledger.Touched
		p.touched = append(p.touched, p.rank(slot))
	}
}
