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

// remembers tells whether the kept results reach back to the CLOSE of day d: older
// standings are known no more.
func (p *Partition) remembers(slot ledger.Slot, s int, d int32) bool {
	sc := &p.plans.active.plan.Schemes[s]
	pl := &p.places(slot)[s]
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
