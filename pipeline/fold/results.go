package fold

import (
	"math"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/tier"
)

// kept are a place's period results, oldest first; valid until the next keep.
func (p *Partition) kept(pl *place) []tier.Kept { return p.results.Block(pl.results)[:pl.nResults] }

// keep stores a result; the oldest makes room, and what stood before it was decided is
// known no more. Where the first one left found him NEW, those before it did too.
func (p *Partition) keep(pl *place, sc *policy.Scheme, r *tier.Result) {
	n := int(pl.nResults)
	gone := int32(0)
	if n >= sc.Keep && sc.Keep > 0 {
		rs := p.kept(pl)
		drop := n - sc.Keep + 1
		gone = rs[drop-1].Decided()
		copy(rs, rs[drop:])
		n -= drop
		first := r.Decided
		if n > 0 {
			first = rs[0].Decided()
		}
		p.unlift(pl, first)
	}
	pl.results = p.results.Grow(pl.results, n, n+1)
	rs := p.results.Block(pl.results)
	rs[n] = r.Keep()
	pl.nResults = uint8(n + 1)
	if gone > int32(pl.standsFrom) && rs[0].Before().Standing != tier.New {
		pl.standsFrom = uint16(gone)
	}
}

// unkeep forgets a place's results.
func (p *Partition) unkeep(pl *place) {
	p.results.Free(pl.results)
	p.lifts.Free(pl.lifts)
	pl.results, pl.lifts, pl.nResults, pl.nLifts = 0, 0, 0, 0
}

// standingOn is the standing that the CLOSE of day d left, from the kept results: the
// state before the first period decided later. It is the same up to day until, and it
// is known from day from on (rule R61): the kept results reach back to that, and
// nothing was decided since that is not among them.
func (p *Partition) standingOn(slot ledger.Slot, s int, d int32) (st tier.State, from, until int32) {
	sc := &p.plans.active.plan.Schemes[s]
	pl := &p.places(slot)[s]
	rs := p.kept(pl)
	i := len(rs)
	for i > 0 && rs[i-1].Decided() > d {
		i--
	}
	st, until = pl.State, math.MaxInt32
	if i < len(rs) {
		st, until = p.presently(rs[i].Before(), p.decider(sc, &rs[i]), sc), rs[i].Decided()-1
	}
	if sc.Assess == policy.AssessEvent {
		return st, math.MaxInt32, until
	}
	from = int32(pl.standsFrom)
	if st.Standing == tier.Active {
		// A lift between assessments shows in the day of the tier. At an event it is
		// effective on its own day, as one of the CLOSE before would be.
		decided := st.Since - 1
		if sc.Upgrade == policy.Immediate {
			decided = st.Since
		}
		from = max(from, decided)
	}
	return st, from, until
}
