package fold

import (
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// changed is called when an event came into the ledger or left it: closed periods are
// restated, days written again, the customer looked at. The days are those on which it
// counts: business and value day, those of what it takes the place of, and the day of
// the original that it takes back.
func (p *Partition) changed(slot ledger.Slot, day int32, more ...int32) {
	p.rewrite(slot, day, true, more...)
}

// rewrite is changed for what need not be an event.
func (p *Partition) rewrite(slot ledger.Slot, day int32, event bool, more ...int32) {
	if p.plans.active == nil {
		return
	}
	p.beginAllPeriods(slot)
	p.store.At(slot).Flags |= ledger.Replan
	first := day
	for _, d := range more {
		first = min(first, d)
	}
	if p.clock.LastClose != 0 && first <= p.clock.LastClose {
		for s := range p.places(slot) {
			p.restate(slot, s, day, more)
		}
		p.writeAgain(slot, p.wholeFrom(slot, first), p.clock.LastClose)
	}
	p.evaluate(slot, event)
}

// wholeFrom is the first day from day first on whose row can be written again. Entries
// of more than 400 days ago are forgotten: what asks for them is not known any more, and
// its row stays as it was decided (rule R163).
func (p *Partition) wholeFrom(slot ledger.Slot, first int32) int32 {
	held := p.clock.LastClose - horizon
	first = max(first, held)
	if c := p.store.At(slot); c.Flags&ledger.Dropped != 0 {
		first = max(first, p.plans.active.eval.WholeFrom(c, held))
	}
	return first
}

// restate runs the machine again from the earliest period that ended at most `restate`
// days ago and holds a day of the event (rules R127, R164); an older correction changes
// metrics only (semantics 5).
func (p *Partition) restate(slot ledger.Slot, s int, day int32, more []int32) {
	pl := &p.places(slot)[s]
	sc := &p.plans.active.plan.Schemes[s]
	if pl.Standing == tier.Exited || pl.nResults == 0 {
		return
	}
	today := p.today(p.store.At(slot))
	kept := p.kept(pl)
	// Periods of older rules may overlap with the first under newer ones.
	k := slices.IndexFunc(kept, func(r tier.Kept) bool {
		holds := func(d int32) bool { return r.Start() <= d && d <= r.End() }
		return today-r.End() <= sc.RestateDays && (holds(day) || slices.ContainsFunc(more, holds))
	})
	if k < 0 {
		return
	}
	kept = kept[k:]
	rs := p.scratch.results[:0]
	for i := range kept {
		rs = append(rs, kept[i].Result())
	}
	p.scratch.results = rs
	if !p.reassess(slot, sc, rs) {
		for i := range rs {
			kept[i].Value = rs[i].Value // what was told stands (rule R176)
		}
		return
	}
	was, st := pl.State, rs[0].Before
	for i := range rs {
		x := &redone{old: kept[i].Result(), by: p.decider(sc, &kept[i]), next: was, to: rules{p.plans.active, sc}, lifts: p.liftsAfter(pl, kept, i)}
		through := p.clock.LastClose
		if i+1 < len(rs) {
			x.next, x.to, through = kept[i+1].Before(), p.decider(sc, &kept[i+1]), rs[i+1].Decided
		}
		var told bool
		if st, told = p.rerun(slot, sc, x, &rs[i], st); !told && st.Standing == tier.New {
			p.enterAgain(slot, x.to, &st, rs[i].Decided+1, through)
		}
		kept[i] = rs[i].Keep()
	}
	last := p.resultPresently(sc, &kept[len(kept)-1])
	pl.State = st
	pl.planned = false
	replaced := was.Since
	if st.Tier == was.Tier && st.Standing == was.Standing || p.givenStill(sc, kept, was) {
		replaced = 0
	}
	p.correct(slot, s, was, &last, replaced)
}

// givenStill tells whether he gets a tier on the day of state was by what is known now as
// well, before what came since (rule R184). The periods have been run again.
func (p *Partition) givenStill(sc *policy.Scheme, kept []tier.Kept, was tier.State) bool {
	return slices.ContainsFunc(kept, func(k tier.Kept) bool {
		st := p.presently(k.Before(), p.decider(sc, &k), sc)
		return st.Standing == tier.Active && st.Tier == was.Tier && st.Since == was.Since
	})
}

// redone is a period that is run again.
type redone struct {
	old tier.Result
	by  rules // that decided it
	// next is the state before the next period as it was, and to the rules that decided
	// that; the present ones behind the last period.
	next tier.State
	to   rules
	// lifts are those between the two.
	lifts []lift
}

// rerun is the machine run over one period anew, from state st: the state before the
// next one. An entry that came in between is among no results: it shows in next. Where
// the period leaves the machine as it did before, next stands, as it was told; else a lift
// that was given in between comes again, by its own rules, where it still is one. Whom the
// period leaves NEW enters at once before a lift, where a CLOSE up to it gives him a tier;
// behind the last one restate lets him. sc is the present scheme.
func (p *Partition) rerun(slot ledger.Slot, sc *policy.Scheme, x *redone, r *tier.Result, st tier.State) (now tier.State, told bool) {
	after := x.old.Before
	after.Assess(x.by.sc, x.old.Assessed())
	r.Before = st
	st.Assess(x.by.sc, r.Assessed())
	if st == after || len(x.lifts) == 0 && p.carried(st, x.by, x.to) == p.carried(after, x.by, x.to) {
		return x.next, true
	}
	by, first := x.by, r.Decided+1
	for _, l := range x.lifts {
		of := p.versioned(sc, l.version)
		st, by = p.carried(st, by, of), of
		if st.Standing == tier.New { // the lift may be that of one who entered at once
			p.enterAgain(slot, by, &st, first, int32(l.since)-1)
			first = int32(l.since)
		}
		if st.Standing == tier.Active && l.tier > st.Tier {
			st.Lift(by.sc, l.tier, int32(l.since), int32(l.since))
		}
	}
	return p.carried(st, by, x.to), false
}

// enterAgain lets a customer whom a correction left NEW enter at once at the first of
// the CLOSEs since that gives him a tier, each by its own rules (rule R130), none newer
// than those of the next decision: a CLOSE may have skipped days (rule R148). Day last may
// lie ahead of the CLOSEs, where a lift at an event comes next.
func (p *Partition) enterAgain(slot ledger.Slot, to rules, st *tier.State, first, last int32) {
	for d := first; d <= min(last, p.clock.LastClose); d++ {
		ap, asc := p.rulesOf(to.sc, d)
		if p.planNumber(ap) > p.planNumber(to.ap) {
			ap, asc = to.ap, to.sc
		}
		if asc.Entry != policy.AtOnce || asc.Assess == policy.AssessEvent {
			continue
		}
		if reached, ok := p.entersOn(slot, ap, asc, d); ok {
			st.Enter(asc, reached, d)
			*st = p.carried(*st, rules{ap, asc}, to)
			return
		}
	}
}

// reassess values the periods anew and tells whether one of them came out as another
// tier of the present rules (rule R176), or with other days known.
func (p *Partition) reassess(slot ledger.Slot, sc *policy.Scheme, rs []tier.Result) (differs bool) {
	present := rules{p.plans.active, sc}
	for i := range rs {
		r := &rs[i]
		by := p.versioned(sc, r.Version)
		of := p.valuing(by, r.End)
		a := p.assessedBy(slot, by, r.Start, r.End, r.Decided)
		other := func(t, was uint8) bool { return t != was && p.called(t, by, present) != p.called(was, by, present) }
		differs = differs || a.Covered != r.Covered || other(a.Reached, r.Reached) || byBalance(by.sc) && other(a.Point, r.Point)
		r.Reached, r.Covered, r.Point = a.Reached, a.Covered, a.Point
		r.Value = p.leadValue(slot, of.ap, of.sc, r.End)
	}
	return differs
}

// correct says that the standing is another than was told; replaced is the effective day of
// the change that does not stand any more, 0: none.
func (p *Partition) correct(slot ledger.Slot, s int, was tier.State, r *tier.Result, replaced int32) {
	pl := &p.places(slot)[s]
	if pl.Tier == was.Tier && pl.Misses == was.Misses && pl.Standing == was.Standing {
		return
	}
	today := p.today(p.store.At(slot))
	eff := today
	switch {
	case pl.Standing != was.Standing: // NEW again, or not NEW at all: rule R89
		eff = max(was.Since, pl.Since)
	case pl.Tier != was.Tier:
		eff = pl.Since
	}
	p.tierChange(slot, s, tier.Change{
		Kind: pb.ChangeKind_CORRECTED, First: was.Standing != tier.Active, Last: pl.Standing != tier.Active,
		From: was.Tier, To: pl.Tier, Decided: today, Effective: eff,
	}, basis{start: r.Start, end: r.End, value: r.Value, provisional: p.provisional(slot, r.End), replaced: replaced})
}
