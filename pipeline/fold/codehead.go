package fold

import (
	"fmt"

	"github.com/tierwatch/tierwatch/pipeline/alert"
	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/tier"
)

// codeHead writes or reads everything about a customer but for his spans, and gives
// the number of what those hold.
func (p *Partition) codeHead(slot ledger.Slot, x *codec.Coder) (n ledger.Counts) {
	a := p.extra.At(slot)
	codec.Unsigned(x, &a.applied)
	codec.Unsigned(x, &a.plan)
	side := a.flags & savedFlags
	if a.sideDays {
		side |= savedSideDays
	}
	codec.Unsigned(x, &side)
	codec.Unsigned(x, &a.lastDay)
	codec.Unsigned(x, &a.timer)
	codec.Unsigned(x, &a.base)
	codec.Unsigned(x, &a.start)
	codec.Unsigned(x, &a.chunks)
	if x.Reading() {
		a.flags, a.sideDays = side&savedFlags|onceSaved, side&savedSideDays != 0
	}
	n = p.store.Code(p.store.At(slot), x)
	p.codeProfile(slot, x)
	p.codeOutflow(slot, x)
	p.codeCases(slot, x)
	p.codePlaces(slot, x)
	return n
}

func (p *Partition) codeProfile(slot ledger.Slot, x *codec.Coder) {
	c := p.store.At(slot)
	has := c.Profile != 0
	x.Bool(&has)
	if !has {
		return
	}
	if c.Profile == 0 {
		p.profiles = append(p.profiles, profile{})
		c.Profile = uint32(len(p.profiles))
	}
	r := &p.profiles[c.Profile-1]
	p.store.CodeText(&r.display, x)
	p.store.CodeText(&r.phone, x)
	p.store.CodeText(&r.rm, x)
	p.store.CodeText(&r.branch, x)
	codec.Signed(x, &r.profileTime)
	codec.Signed(x, &r.profileSeq)
	codec.Signed(x, &r.rmTime)
	codec.Signed(x, &r.rmSeq)
}

func (p *Partition) codeOutflow(slot ledger.Slot, x *codec.Coder) {
	a := p.extra.At(slot)
	has := a.outflow != 0
	x.Bool(&has)
	if !has {
		return
	}
	if a.outflow == 0 {
		a.outflow = p.outflows.Alloc(1)
	}
	o := &p.outflows.Block(a.outflow)[0]
	codec.Signed(x, &o.amount)
	codec.Unsigned(x, &o.day)
	codec.Unsigned(x, &o.party)
	id := string(o.id[:o.n])
	x.Text(&id)
	if len(id) > len(o.id) {
		x.Fail(fmt.Errorf("an event id of %d bytes: %w", len(id), codec.ErrDamaged))
		return
	}
	o.n = uint8(copy(o.id[:], id))
}

func (p *Partition) codeCases(slot ledger.Slot, x *codec.Coder) {
	a := p.extra.At(slot)
	n := x.Len(int(a.nCases))
	if x.Reading() {
		a.cases = p.cases.Grow(a.cases, 0, n)
		if a.nCases = uint16(n); int(a.nCases) != n {
			x.Fail(fmt.Errorf("%d cases: %w", n, codec.ErrDamaged))
			a.nCases = 0
		}
	}
	cs := p.casesOf(slot)
	for i := range cs {
		alert.CodeCase(&cs[i], x)
	}
}

// codePlaces: a customer whom the activation of a policy has still to visit has
// places in the schemes of the one before.
func (p *Partition) codePlaces(slot ledger.Slot, x *codec.Coder) {
	a := p.extra.At(slot)
	n := 0
	if !x.Reading() {
		n = len(p.placesUnder(a))
	}
	n = x.Len(n)
	if x.Reading() {
		was := p.schemes.Block(a.schemes)
		for i := range was {
			p.unkeep(&was[i])
		}
		if a.schemes = p.schemes.Grow(a.schemes, 0, n); n == 0 {
			return
		}
		clear(p.schemes.Block(a.schemes))
	}
	pls := p.schemes.Block(a.schemes)[:n]
	for i := range pls {
		p.codePlace(&pls[i], x)
	}
}

// placesUnder are a customer's places under the policy that he was last brought to.
func (p *Partition) placesUnder(a *attached) []place {
	if a.schemes == 0 {
		return nil
	}
	return p.schemes.Block(a.schemes)[:len(p.planAt(int(a.plan)).plan.Schemes)]
}

// planAt is a policy by the number of those before it.
func (p *Partition) planAt(i int) *activePlan {
	if i < len(p.plans.past) {
		return p.plans.past[i]
	}
	return p.plans.active
}

func (p *Partition) codePlace(pl *place, x *codec.Coder) {
	pl.State.Code(x)
	codec.Unsigned(x, &pl.nextEnd)
	codec.Unsigned(x, &pl.fallOn)
	codec.Unsigned(x, &pl.fallEnd)
	codec.Unsigned(x, &pl.plannedOn)
	codec.Unsigned(x, &pl.standsFrom)
	codec.Unsigned(x, &pl.fallTo)
	x.Bool(&pl.planned)
	n := x.Len(int(pl.nResults))
	if x.Reading() {
		if pl.nResults = uint8(n); int(pl.nResults) != n {
			x.Fail(fmt.Errorf("%d results of periods: %w", n, codec.ErrDamaged))
			pl.nResults = 0
			return
		}
		if n > 0 {
			pl.results = p.results.Alloc(n)
		}
	}
	rs := p.kept(pl)
	before := &tier.Kept{}
	for i := range rs {
		rs[i].Code(before, x)
		before = &rs[i]
	}
	if x.Format >= 5 {
		p.codeLifts(pl, x)
	}
}
