package fold

import (
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/tier"
)

// kept are a place's period results, oldest first; valid until the next keep.
func (p *Partition) kept(pl *place) []tier.Kept { return p.results.Block(pl.results)[:pl.nResults] }

// keep stores a result; the oldest makes room.
func (p *Partition) keep(pl *place, sc *policy.Scheme, r *tier.Result) {
	n := int(pl.nResults)
	if n >= sc.Keep && sc.Keep > 0 {
		rs := p.kept(pl)
		drop := n - sc.Keep + 1
		copy(rs, rs[drop:])
		n -= drop
	}
	pl.results = p.results.Grow(pl.results, n, n+1)
	p.results.Block(pl.results)[n] = r.Keep()
	pl.nResults = uint8(n + 1)
}

// unkeep forgets a place's results.
func (p *Partition) unkeep(pl *place) {
	p.results.Free(pl.results)
	pl.results, pl.nResults = 0, 0
}

// remembers tells whether the standing that the CLOSE of day d left is known: the
// kept results reach back to it, and nothing was decided since that is not among
// them (rule R61).
func (p *Partition) remembers(slot ledger.Slot, s int, d int32) bool {
	sc := &p.plans.active.plan.Schemes[s]
	pl := &p.places(slot)[s]
	if sc.Assess == policy.AssessEvent || d < int32(pl.standsFrom) {
		return false
	}
	if st := p.stateAt(pl, d); st.Standing == tier.Active {
		// A lift between assessments shows in the day of the tier. At an event it is
		// effective on its own day, as one of the CLOSE before would be.
		decided := st.Since - 1
		if sc.Upgrade == policy.Immediate {
			decided = st.Since
		}
		if decided > d {
			return false
		}
	}
	if int(pl.nResults) < sc.Keep || pl.nResults == 0 {
		return true
	}
	return d >= p.kept(pl)[0].Start()-1+sc.LagDays
}

// stateAt is the standing as of the CLOSE of day d, from the kept results: the
// state before the first period decided later.
func (p *Partition) stateAt(pl *place, d int32) tier.State {
	rs := p.kept(pl)
	i := len(rs)
	for i > 0 && rs[i-1].Decided() > d {
		i--
	}
	if i < len(rs) {
		return rs[i].Before()
	}
	return pl.State
}
