package fold

import (
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// beginPeriods starts a scheme's periods with the one that holds his day.
func (p *Partition) beginPeriods(slot ledger.Slot, s int) {
	pl := &p.places(slot)[s]
	sc := &p.plans.active.plan.Schemes[s]
	_, pl.nextEnd = tier.Period(sc, max(1, p.today(p.store.At(slot))))
	p.dueAt(slot, pl.nextEnd)
	if sc.Entry == policy.AtOnce && pl.Standing == tier.New {
		p.dueAt(slot, p.openDay()) // also if that CLOSE skips the day (rule R1)
	}
}

// beginAgain starts a scheme's periods at a word of the bank. It moves the first one on,
// never back: before any CLOSE a late event takes his day back (rule R142).
func (p *Partition) beginAgain(slot ledger.Slot, s int) {
	first := p.places(slot)[s].nextEnd
	p.beginPeriods(slot, s)
	pl := &p.places(slot)[s]
	pl.nextEnd = max(pl.nextEnd, first)
}

// beginAllPeriods begins the periods that have not begun. That all have is kept
// in the customer's head: his places need not be looked at.
func (p *Partition) beginAllPeriods(slot ledger.Slot) {
	if p.store.At(slot).Flags&ledger.Settled != 0 {
		return
	}
	settled := true
	pls := p.places(slot)
	for s := range pls {
		if pls[s].Standing == tier.Exited {
			settled = false
		} else if pls[s].nextEnd == 0 {
			p.beginPeriods(slot, s)
		}
	}
	if settled {
		p.store.At(slot).Flags |= ledger.Settled
	}
}

// assessDue decides what the CLOSE of day decides in every scheme: periods whose
// lag is over, lifts that need no period end, entries at once. It tells whether
// any tier, watch, standing or count of misses changed.
func (p *Partition) assessDue(slot ledger.Slot, day int32) bool {
	if p.plans.active == nil {
		return false
	}
	p.beginAllPeriods(slot)
	changed := false
	for s := range p.places(slot) {
		sc := &p.plans.active.plan.Schemes[s]
		if p.enterAtOnce(slot, s, sc, day) {
			changed = true
			// What ended before his tier is not assessed (rule R92).
			p.places(slot)[s].nextEnd = p.endOf(sc, day+1)
		}
		if pl := &p.places(slot)[s]; pl.nextEnd != 0 && pl.nextEnd < p.firstClose {
			_, pl.nextEnd = tier.Period(sc, p.firstClose)
		}
		for {
			pl := &p.places(slot)[s]
			if pl.Standing == tier.Exited || pl.nextEnd == 0 {
				break
			}
			if _, _, decided := p.ending(sc, pl.nextEnd); decided > day {
				break
			}
			if p.decide(slot, s, sc, day) {
				changed = true
			}
		}
		if p.lift(slot, s, sc, day) {
			changed = true
		}
	}
	return changed
}

// decide assesses the first undecided period and moves on to the next.
func (p *Partition) decide(slot ledger.Slot, s int, sc *policy.Scheme, day int32) bool {
	pl := &p.places(slot)[s]
	ap, asc := p.rulesOf(sc, pl.nextEnd)
	start, end := tier.Period(asc, pl.nextEnd)
	decided := max(day, end+asc.LagDays)
	a := p.assessedBy(slot, rules{p.plans.active, sc}, start, end, decided)
	r := tier.Result{
		Before: pl.State, Start: start, End: end, Decided: decided, Version: uint16(p.plans.active.plan.Version),
		Reached: a.Reached, Point: a.Point, Covered: a.Covered, Value: p.leadValue(slot, ap, asc, end),
	}
	ch, ok := pl.State.Assess(sc, a)
	if sc.Assess != policy.AssessEvent {
		p.keep(pl, sc, &r)
	}
	pl.nextEnd = p.endOf(sc, end+1)
	pl.planned = false
	if ok {
		p.tierChange(slot, s, ch, basis{start: start, end: end, value: r.Value, provisional: p.provisional(slot, end)})
	}
	return ok || p.places(slot)[s].State != r.Before
}

// endOf is the end of the period to decide that holds day d. One that ended before
// the present rules came is of the rules then in force, and waits for their lag; the
// first under rules holds their first day (rule R91).
func (p *Partition) endOf(sc *policy.Scheme, d int32) int32 {
	for d < p.plans.active.from {
		_, asc := p.rulesOf(sc, d)
		_, end := tier.Period(asc, d)
		next := p.plans.active.from
		for _, ap := range slices.Backward(p.plans.past) {
			if ap.from > d {
				next = min(next, ap.from)
			}
		}
		if end < next {
			return end
		}
		d = next
	}
	_, end := tier.Period(sc, d)
	return end
}

// ending is the period that ends on a day, and the CLOSE that decides it.
func (p *Partition) ending(sc *policy.Scheme, end int32) (start, stop, decided int32) {
	if end < p.plans.active.from {
		_, sc = p.rulesOf(sc, end)
	}
	start, stop = tier.Period(sc, end)
	return start, stop, stop + sc.LagDays
}

// rulesOf gives plan and scheme by whose rules a period is assessed: those in
// force on its last day.
func (p *Partition) rulesOf(sc *policy.Scheme, end int32) (*activePlan, *policy.Scheme) {
	ap := p.planFor(end)
	if ap == p.plans.active {
		return ap, sc
	}
	if i := schemeNamed(ap.plan, sc.Name); i >= 0 {
		return ap, &ap.plan.Schemes[i]
	}
	return p.plans.active, sc
}

// leadValue is the scheme's value of a period, for display.
func (p *Partition) leadValue(slot ledger.Slot, ap *activePlan, sc *policy.Scheme, end int32) int64 {
	v := p.viewAt(slot, ap, end)
	return v.lead(sc)
}

// enterAtOnce gives a NEW customer a tier at his first CLOSE.
func (p *Partition) enterAtOnce(slot ledger.Slot, s int, sc *policy.Scheme, day int32) bool {
	pl := &p.places(slot)[s]
	if sc.Entry != policy.AtOnce || pl.Standing != tier.New || sc.Assess == policy.AssessEvent {
		return false
	}
	reached, ok := p.entersOn(slot, p.plans.active, sc, day)
	if !ok {
		return false
	}
	ch := pl.Enter(sc, reached, day)
	pl.planned = false
	v := p.sinceOpen(slot, p.plans.active, sc, day)
	p.tierChange(slot, s, ch, p.openPeriod(slot, sc, day, v.lead(sc)))
	return true
}

// entersOn tells whether a NEW customer enters at once at the CLOSE of a day, and where,
// by the rules of that day.
func (p *Partition) entersOn(slot ledger.Slot, ap *activePlan, sc *policy.Scheme, day int32) (reached uint8, ok bool) {
	v := p.sinceOpen(slot, ap, sc, day)
	reached = v.reached(sc)
	start, end := tier.Period(sc, day)
	return reached, reached > 0 || v.covered(sc, start, end)
}

// lift raises a tier between assessments (when_secured, immediate).
func (p *Partition) lift(slot ledger.Slot, s int, sc *policy.Scheme, day int32) bool {
	pl := &p.places(slot)[s]
	secured := sc.Upgrade == policy.WhenSecured
	if (!secured && sc.Upgrade != policy.Immediate) || pl.Standing != tier.Active || day <= pl.HoldUntil {
		return false
	}
	v := p.valuedNow(slot, p.plans.active, sc, day, secured)
	to := v.reached(sc)
	if to <= pl.Tier {
		return false
	}
	ch := pl.Lift(sc, to, day, day+1)
	pl.planned = false
	p.lifted(pl, ch)
	p.tierChange(slot, s, ch, p.openPeriod(slot, sc, day, v.lead(sc)))
	return true
}

// evaluate looks at a customer after a record of his: schemes that go by events,
// and what a correction changed.
func (p *Partition) evaluate(slot ledger.Slot, event bool) {
	if p.plans.active == nil {
		return
	}
	p.beginAllPeriods(slot)
	c := p.store.At(slot)
	c.Flags |= ledger.Replan
	if ap := p.plans.active; c.Flags&ledger.Settled != 0 && !ap.eventful && !ap.intraday && p.scratch.moved == 0 {
		return // nothing is decided before the CLOSE
	}
	for s := range p.places(slot) {
		sc := &p.plans.active.plan.Schemes[s]
		pl := &p.places(slot)[s]
		if pl.Standing == tier.Exited {
			if !event || !p.onOpen(slot) {
				continue
			}
			pl.State, pl.standsFrom = tier.State{}, uint16(p.today(c))
			p.beginPeriods(slot, s)
		}
		switch {
		case sc.Assess == policy.AssessEvent && event:
			p.assessEvent(slot, s, sc)
		case sc.Upgrade == policy.Immediate && event:
			p.liftNow(slot, s, sc)
		}
	}
	p.judgeEvent(slot, event)
}

// assessEvent assesses at an event, both ways, misses counted in assessments.
func (p *Partition) assessEvent(slot ledger.Slot, s int, sc *policy.Scheme) {
	c := p.store.At(slot)
	d := p.today(c)
	v := p.asOfNow(slot, d)
	pl := &p.places(slot)[s]
	// What an event decides is effective on its own day (rule R30), as if the CLOSE
	// of the day before had decided it.
	a := tier.Assessed{Start: d, End: d, Decided: d - 1, Reached: v.reached(sc), Covered: v.covered(sc, d, d)}
	a.Point = a.Reached
	if byBalance(sc) {
		v := p.asOfNow(slot, d)
		v.from, v.to, v.divisor = d, d, 1
		a.Point = v.reached(sc)
	}
	ch, ok := pl.State.Assess(sc, a)
	if p.planFor(pl.nextEnd) == p.plans.active { // else a period of older rules waits for its lag (rule R91)
		pl.nextEnd = max(pl.nextEnd, d)
	}
	if ok {
		ch.Decided = d
		p.tierChange(slot, s, ch, p.openPeriod(slot, sc, d, v.lead(sc)))
	}
}

// liftNow raises a tier at an event (upgrade: immediate).
func (p *Partition) liftNow(slot ledger.Slot, s int, sc *policy.Scheme) {
	c := p.store.At(slot)
	d := p.today(c)
	v := p.asOfNow(slot, d)
	pl := &p.places(slot)[s]
	if pl.Standing != tier.Active || pl.HoldUntil != 0 && d <= pl.HoldUntil { // no day at all is 0, too
		return
	}
	if to := v.reached(sc); to > pl.Tier {
		ch := pl.Lift(sc, to, d, d)
		p.lifted(pl, ch)
		p.tierChange(slot, s, ch, p.openPeriod(slot, sc, d, v.lead(sc)))
	}
}

// asOfNow is the customer now: windows through his day, hours up to his newest event.
func (p *Partition) asOfNow(slot ledger.Slot, d int32) view {
	v := p.viewAt(slot, p.plans.active, d)
	v.at.Until = p.latest(slot)
	v.totals = p.totalsOf(slot)
	return v
}

// latest is the second of the customer's newest event, or of the last TICK. The newest
// in time need not be the last by business day.
func (p *Partition) latest(slot ledger.Slot) int64 {
	t, lag := p.now(), p.extra.At(slot).lag()
	es := p.store.Entries(p.store.At(slot))
	for i := len(es) - 1; i >= 0 && (int64(es[i].Day)+lag+1)*secondsPerDay > t; i-- {
		t = max(t, int64(es[i].Second))
	}
	return t
}

func (v *view) lead(sc *policy.Scheme) int64 {
	switch {
	case sc.Lead >= 0:
		return v.metric(sc.Lead)
	case sc.LeadScore >= 0:
		return int64(v.score(sc.LeadScore))
	}
	return 0
}

// basis is what decided a change: the lead's value, in minor units for money, and the period
// it is of (rule R185). That of a word of the bank is empty.
type basis struct {
	start, end  int32
	value       int64
	provisional bool
	// replaced is the effective day of the change that a correction replaces (rule R184).
	replaced int32
}

// openPeriod is the basis of what is decided in the midst of a period, on day d.
func (p *Partition) openPeriod(slot ledger.Slot, sc *policy.Scheme, d int32, value int64) basis {
	start, end := tier.Period(sc, d)
	return basis{start: start, end: end, value: value, provisional: p.provisional(slot, d)}
}

// tierChange publishes a change of tier or watch.
func (p *Partition) tierChange(slot ledger.Slot, s int, ch tier.Change, by basis) {
	c := p.store.At(slot)
	sc := &p.plans.active.plan.Schemes[s]
	if ch.Kind == pb.ChangeKind_ENTERED && ch.To == 0 && sc.SilentEntry {
		p.noteMove(s, ch)
		return
	}
	pl := &p.places(slot)[s]
	out := &pb.TierChange{
		CustomerId: p.id(c), Scheme: sc.Name, Kind: ch.Kind, DecidedDay: ch.Decided, EffectiveDay: ch.Effective, SupersedesDay: by.replaced,
		Misses: uint32(pl.Misses), Watch: pl.Watch, PeriodStart: by.start, PeriodEnd: by.end, ValueMinor: by.value,
		Policy: p.policyRef(ch.To, sc), AsOf: p.now(), Mode: p.mode(), Provisional: by.provisional,
	}
	nameTiers(out, sc, ch)
	p.people(slot, func(rm string, branch []string) { out.RmId, out.BranchPath = rm, branch })
	p.publishChange(s, ch, out)
}

// nameTiers puts the tiers before and after into a change: who had none, or has none any
// more, has an empty one (rule R182).
func nameTiers(out *pb.TierChange, sc *policy.Scheme, ch tier.Change) {
	var higher uint8
	out.FromRank, out.ToRank = -1, -1
	if !ch.First {
		out.From, out.FromRank, higher = sc.Tiers[ch.From].Name, int32(ch.From), ch.From
	}
	if !ch.Last {
		out.To, out.ToRank, higher = sc.Tiers[ch.To].Name, int32(ch.To), max(higher, ch.To)
	}
	out.ThresholdMinor = threshold(sc, higher)
}

func (p *Partition) publishChange(s int, ch tier.Change, out *pb.TierChange) {
	out.Log = p.position(KindTierChange)
	p.emit(KindTierChange, out.CustomerId, uint8(out.Log.SubIndex), out)
	p.noteMove(s, ch)
}

// threshold is what a tier asks of the scheme's lead, 0 for the lowest.
func threshold(sc *policy.Scheme, t uint8) int64 {
	for _, term := range sc.Tiers[t].Cond.Terms {
		if term.Metric == sc.Lead && sc.Lead >= 0 || term.Score == sc.LeadScore && sc.LeadScore >= 0 {
			return term.From
		}
	}
	return 0
}

func (p *Partition) policyRef(t uint8, sc *policy.Scheme) *pb.PolicyRef {
	pl := p.plans.active.plan
	return &pb.PolicyRef{Name: pl.Name, Version: pl.Version, Clause: sc.Tiers[t].Name}
}
