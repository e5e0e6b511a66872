package fold

import (
	"fmt"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/tier"
)

// upgrade makes the results of a customer whose head is of an older format what they are
// in the present one, and refuses tiers, of any format, that their rules do not have. all
// are those of everyPlan: the log may lie behind him, so that the rules that he had been
// brought to may have still to come into force, or to be told. It leaves p.plans as when he
// was saved.
func (p *Partition) upgrade(a *attached, format uint8, all []*activePlan) error {
	if a.schemes == 0 {
		return nil
	}
	if int(a.plan) >= len(all) || len(p.schemes.Block(a.schemes)) < len(all[a.plan].plan.Schemes) {
		return fmt.Errorf("a customer is at policy %d of %d: %w", a.plan, len(all), codec.ErrDamaged)
	}
	his := all[a.plan]
	if p.plans.active != his {
		p.plans.past, p.plans.active = all[:a.plan], his
	}
	pls := p.placesUnder(a)
	for s := range pls {
		now := rules{his, &his.plan.Schemes[s]}
		if format < 4 {
			p.rankAsDecided(&pls[s], now)
		}
		if err := p.sensible(&pls[s], now); err != nil {
			return err
		}
		if format < 5 {
			p.liftsAsShown(&pls[s], now)
		}
	}
	return nil
}

// everyPlan are the policies that were in force, are, or will be, and those of later, which
// have still to be told.
func (p *Partition) everyPlan(later []*activePlan) []*activePlan {
	all := slices.Clone(p.plans.past)
	if p.plans.active != nil {
		all = append(all, p.plans.active)
	}
	return slices.Concat(all, p.plans.pending, later)
}

// sensible refuses tiers that their rules do not have, and results of no standing.
func (p *Partition) sensible(pl *place, now rules) error {
	highest := pl.Tier
	if pl.planned && pl.fallOn != 0 {
		highest = max(highest, pl.fallTo)
	}
	if err := now.have(highest); err != nil {
		return err
	}
	kept := p.kept(pl)
	for i := range kept {
		r := kept[i].Result()
		if r.Before.Standing > tier.Exited {
			return fmt.Errorf("standing %d before a period: %w", r.Before.Standing, codec.ErrDamaged)
		}
		if err := p.decider(now.sc, &kept[i]).have(max(r.Before.Tier, r.Reached, r.Point)); err != nil {
			return err
		}
	}
	for _, l := range p.liftsOf(pl) {
		if err := p.versioned(now.sc, l.version).have(l.tier); err != nil {
			return err
		}
	}
	return nil
}

// have refuses a tier that the rules do not.
func (r rules) have(t uint8) error {
	if int(t) >= len(r.sc.Tiers) {
		return fmt.Errorf("tier %d of %d: %w", t, len(r.sc.Tiers), codec.ErrDamaged)
	}
	return nil
}

// rankAsDecided gives results, where they have the tiers of the rules that he had been
// brought to, those of the rules that were in force when they were decided.
func (p *Partition) rankAsDecided(pl *place, now rules) {
	kept := p.kept(pl)
	for i := range kept {
		r := kept[i].Result()
		of := rules{p.planFor(r.Decided), nil}
		if k := schemeNamed(of.ap.plan, now.sc.Name); k < 0 {
			of = now
		} else {
			of.sc = &of.ap.plan.Schemes[k]
		}
		r.Version = uint16(of.ap.plan.Version)
		if of.ap != now.ap {
			for _, t := range []*uint8{&r.Before.Tier, &r.Reached, &r.Point} {
				*t = p.formerly(*t, now, of)
			}
			if r.Before.Misses > 0 {
				r.Before.Best = p.formerly(r.Before.Best, now, of)
			}
		}
		kept[i] = r.Keep()
	}
}
