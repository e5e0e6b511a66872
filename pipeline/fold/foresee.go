package fold

import (
	"math"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
)

// healsDue tells whether a CLOSE to come will look at balances that were told, and
// nobody has foreseen it yet.
func (p *Partition) healsDue(slot ledger.Slot) bool {
	return !p.scratch.foreseen && len(p.store.Pairs(p.store.At(slot))) > 0
}

// foresee lets a projection see the heals that are due at the CLOSEs to come
// (semantics 6), and back takes them out again. Nothing is said meanwhile.
func (p *Partition) foresee(slot ledger.Slot) (back func()) {
	c := p.store.At(slot)
	as := p.store.Accounts(c)
	held, x, out, subs := slices.Clone(as), *p.extra.At(slot), p.out, p.subs
	p.scratch.foreseen = true
	p.out, p.subs = &Outputs{}, [len(p.subs)]uint8{}
	all := slices.Clone(p.store.Pairs(c))
	for i := range as {
		p.store.Fork(&as[i])
		for d := firstPairDay(all, uint8(i), math.MaxInt32); d != 0; d = firstPairDay(all, uint8(i), math.MaxInt32) {
			p.settleDay(slot, i, d, takePairs(all, uint8(i), d, nil))
		}
	}
	return func() {
		as := p.store.Accounts(p.store.At(slot))
		for i := range as {
			p.store.Drop(&as[i])
		}
		copy(as, held)
		p.scratch.foreseen = false
		*p.extra.At(slot), p.out, p.subs = x, out, subs
	}
}
