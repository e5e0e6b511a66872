package fold

import (
	"fmt"
	"math"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/tier"
)

// lift is a lift between periods, which is among no results. It comes again where a
// correction takes away the tier it led to, also one that an earlier correction had given
// him without it (rules R177, R181).
type lift struct {
	// after is the day of the CLOSE that decided the last period before it; since is its
	// effective day.
	after, since uint16
	// version of the policy by whose rules it was; tier is theirs.
	version uint16
	tier    uint8
}

// liftsOf are a place's lifts since its first kept result, oldest first; valid until the
// next.
func (p *Partition) liftsOf(pl *place) []lift { return p.lifts.Block(pl.lifts)[:pl.nLifts] }

func (p *Partition) noteLift(pl *place, l lift) {
	if pl.nLifts == math.MaxUint8 { // far more than tiers to rise in periods that are kept
		copy(p.liftsOf(pl), p.liftsOf(pl)[1:])
		pl.nLifts--
	}
	n := int(pl.nLifts)
	pl.lifts = p.lifts.Grow(pl.lifts, n, n+1)
	p.lifts.Block(pl.lifts)[n] = l
	pl.nLifts++
}

// lifted keeps a lift between periods by the present rules. Where no period is kept, none
// is run again.
func (p *Partition) lifted(pl *place, ch tier.Change) {
	if rs := p.kept(pl); len(rs) > 0 {
		after := rs[len(rs)-1].Decided()
		p.noteLift(pl, lift{uint16(after), uint16(ch.Effective), uint16(p.plans.active.plan.Version), ch.To})
	}
}

// unlift forgets the lifts of before a period that a CLOSE of day first decided.
func (p *Partition) unlift(pl *place, first int32) {
	pl.nLifts = uint8(len(slices.DeleteFunc(p.liftsOf(pl), func(l lift) bool { return int32(l.after) < first })))
}

// liftsAfter are the lifts between the i-th and the next kept result.
func (p *Partition) liftsAfter(pl *place, kept []tier.Kept, i int) []lift {
	after := kept[i].Decided()
	if pl.nLifts == 0 || i+1 < len(kept) && kept[i+1].Decided() == after {
		return nil
	}
	ls := p.liftsOf(pl)
	from := 0
	for from < len(ls) && int32(ls[from].after) < after {
		from++
	}
	to := from
	for to < len(ls) && int32(ls[to].after) == after {
		to++
	}
	return ls[from:to]
}

// liftsAsShown keeps the lifts that a customer's results show whose head is of a format
// that did not tell them: the last one between two periods, as what it left.
func (p *Partition) liftsAsShown(pl *place, now rules) {
	kept := p.kept(pl)
	for i := range kept {
		next, to := pl.State, now
		if i+1 < len(kept) {
			next, to = kept[i+1].Before(), p.decider(now.sc, &kept[i+1])
		}
		r, by := kept[i].Result(), p.decider(now.sc, &kept[i])
		after := r.Before
		after.Assess(by.sc, r.Assessed())
		after = p.carried(after, by, to)
		// A tier that he was lifted to may have become his own by now: then the day tells.
		if after.Standing == tier.Active && next.Standing == tier.Active && next.Since > r.Decided &&
			(next.Tier > after.Tier || next.Since != after.Since) {
			of := p.liftedBy(to, next.Since)
			p.noteLift(pl, lift{uint16(r.Decided), uint16(next.Since), uint16(of.ap.plan.Version), p.formerly(next.Tier, to, of)})
		}
	}
}

// liftedBy are the rules of a lift between periods that is effective on a day: those of the
// CLOSE before it or, where they know none, those that came into force at it.
func (p *Partition) liftedBy(to rules, since int32) rules {
	ap, by := p.rulesOf(to.sc, since-1)
	if by.Upgrade != policy.WhenSecured && by.Upgrade != policy.Immediate {
		ap, by = p.rulesOf(to.sc, since)
	}
	if p.planNumber(ap) > p.planNumber(to.ap) {
		return to
	}
	return rules{ap, by}
}

// codeLifts writes or reads the lifts.
func (p *Partition) codeLifts(pl *place, x *codec.Coder) {
	n := x.Len(int(pl.nLifts))
	if x.Reading() {
		if pl.nLifts = uint8(n); int(pl.nLifts) != n {
			x.Fail(fmt.Errorf("%d lifts between periods: %w", n, codec.ErrDamaged))
			pl.nLifts = 0
			return
		}
		if n > 0 {
			pl.lifts = p.lifts.Alloc(n)
		}
	}
	ls := p.liftsOf(pl)
	for i := range ls {
		ls[i].code(x)
	}
}

func (l *lift) code(x *codec.Coder) {
	codec.Unsigned(x, &l.after)
	codec.Unsigned(x, &l.since)
	codec.Unsigned(x, &l.version)
	codec.Unsigned(x, &l.tier)
}
