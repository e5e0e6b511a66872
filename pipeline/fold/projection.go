package fold

import (
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/metric"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/project"
	"github.com/tierwatch/tierwatch/pipeline/tier"
)

// idle is the customer under no activity: the ledger as it stands, looked at from
// days to come. It implements project.World.
type idle struct {
	p    *Partition
	slot ledger.Slot
	ap   *activePlan
	sc   *policy.Scheme
	what supposed
	// flat, totals and last make looking at many days ahead cheap: sums of days on
	// which nothing changes, windows that only move forward, and the last day of
	// each value of a distinct metric.
	flat   flat
	totals []metric.Total
	last   lastDays
	// open is the first undecided period as assessed, while opened.
	open   tier.Assessed
	opened bool
}

// lastDays are the last days of distinct metrics' values, by metric; each list
// lies in days[from[m]:to[m]].
type lastDays struct {
	known    uint64
	days     []uint16
	from, to [metric.MaxMetrics]uint16
}

// distinct is a distinct metric at a day to come, no earlier than his newest event:
// the lists hold what every such day may still count.
func (l *lastDays) distinct(v *view, m int) int64 {
	if l.known>>m&1 == 0 {
		l.from[m] = uint16(len(l.days))
		l.days = v.ap.eval.LastDays(v.c, m, v.c.Day, l.days)
		l.to[m] = uint16(len(l.days))
		l.known |= 1 << m
	}
	first := v.at.Day - v.ap.plan.Metrics[m].WindowDays
	n := int64(0)
	for _, d := range l.days[l.from[m]:l.to[m]] {
		if int32(d) > first {
			n++
		}
	}
	return n
}

// ahead prepares the looking ahead; without it every question is answered from
// the ledger anew.
func (w *idle) ahead(today int32) {
	c := w.p.store.At(w.slot)
	if c.Flags&ledger.Foreign != 0 || c.Day > today {
		return
	}
	if last := w.p.clock.LastClose; last != 0 && c.Day > last+1 {
		return // days before his newest event are still to be decided
	}
	w.flat.from = today + 1
	as := w.p.store.Accounts(c)
	for i := range as {
		w.flat.from = max(w.flat.from, as[i].Closed)
		if mv := w.p.store.Moves(&as[i]); len(mv) > 0 {
			w.flat.from = max(w.flat.from, int32(mv[len(mv)-1].Value), as[i].LastBook)
		}
	}
}

// view is the customer at the end of a day to come.
func (w *idle) view(ap *activePlan, d int32) view {
	v := w.p.viewAt(w.slot, ap, d)
	v.what = w.what
	if w.flat.from != 0 && ap == w.ap {
		v.flat, v.totals, v.last = &w.flat, w.totals, &w.last
	}
	return v
}

// Assess implements project.World.
func (w *idle) Assess(start, end, decided int32) tier.Assessed {
	if w.opened && w.open.End == end {
		return w.open
	}
	a := w.assess(start, end, decided)
	if !w.opened {
		w.open, w.opened = a, true
	}
	return a
}

func (w *idle) assess(start, end, decided int32) tier.Assessed {
	ap, sc := w.ap, w.sc
	if ap == w.p.plans.active {
		ap, sc = w.p.rulesOf(sc, end)
	}
	v := w.view(ap, end)
	a := tier.Assessed{Start: start, End: end, Decided: decided, Reached: v.reached(sc), Covered: v.covered(sc, start, end)}
	if byBalance(w.sc) || slices.ContainsFunc(w.p.plans.pending, func(next *activePlan) bool { return next.byBalance }) {
		pt := w.view(ap, decided)
		pt.from, pt.to, pt.divisor = decided, decided, 1
		a.Point = pt.reached(sc)
	}
	if sc != w.sc {
		of, by := rules{ap, sc}, rules{w.ap, w.sc}
		a.Reached, a.Point = w.p.called(a.Reached, of, by), w.p.called(a.Point, of, by)
	}
	return a
}

func byBalance(sc *policy.Scheme) bool {
	for t := range sc.Tiers {
		if sc.Tiers[t].Lands == policy.ByBalance {
			return true
		}
	}
	return false
}

// SteadyFrom implements project.World.
func (w *idle) SteadyFrom() int32 {
	if w.flat.from == 0 || w.what != (supposed{}) {
		return 0
	}
	for _, m := range w.ap.uses[w.index()] {
		mt := &w.ap.plan.Metrics[m]
		calendar := mt.Kind == policy.ADB && (mt.Over == policy.OverMonth || mt.Over == policy.OverQuarter) && mt.DayCount == 0
		if !calendar && mt.Kind != policy.Balance {
			return 0
		}
	}
	return w.flat.from
}

// Reached implements project.World.
func (w *idle) Reached(d int32, secured bool) uint8 {
	v := w.p.valuedNow(w.slot, w.ap, w.sc, d, secured)
	return v.reached(w.sc)
}

// Found implements project.World.
func (w *idle) Found(d int32) uint8 {
	v := w.p.viewAt(w.slot, w.ap, d)
	v.at.Until = max(w.p.moment(d-1).Until+1, w.p.latest(w.slot)) // as liftNow sees it
	return v.reached(w.sc)
}

// NextChange implements project.World.
func (w *idle) NextChange(d int32) int32 {
	c := w.p.store.At(w.slot)
	if c.Day > d {
		return d + 1 // what came since enters the windows
	}
	next := int32(0)
	at := func(x int32) {
		if x > d && (next == 0 || x < next) {
			next = x
		}
	}
	for _, m := range w.ap.uses[w.index()] {
		switch mt := &w.ap.plan.Metrics[m]; mt.Kind {
		case policy.Sum, policy.Count, policy.Max, policy.ActiveDays, policy.Distinct, policy.Trend:
			at(w.ap.eval.NextLeave(c, m, d))
		case policy.Balance, policy.ProductsHeld, policy.Utilisation, policy.DPD, policy.ComplaintsOpen:
			at(w.nextMove(c, d))
		case policy.ADB, policy.Recency, policy.Tenure:
			return d + 1
		}
	}
	return next
}

func (w *idle) index() int {
	for i := range w.ap.plan.Schemes {
		if &w.ap.plan.Schemes[i] == w.sc {
			return i
		}
	}
	return 0
}

// nextMove is the first day after d with a future-valued movement or a closing.
func (w *idle) nextMove(c *ledger.Customer, d int32) int32 {
	var next int32
	as := w.p.store.Accounts(c)
	for i := range as {
		if x := as[i].Closed; x > d && (next == 0 || x < next) {
			next = x
		}
		mv := w.p.store.Moves(&as[i])
		for j := len(mv) - 1; j >= 0 && int32(mv[j].Value) > d; j-- {
			if x := int32(mv[j].Value); next == 0 || x < next {
				next = x
			}
		}
	}
	return next
}

// lookAhead prepares the customer under no activity. There is one at a time.
func (p *Partition) lookAhead(slot ledger.Slot, sc *policy.Scheme, today int32, what supposed) *idle {
	w := &p.scratch.idle
	w.p, w.slot, w.ap, w.sc, w.what = p, slot, p.plans.active, sc, what
	w.flat.from, w.flat.known, w.opened = 0, 0, false
	w.last.known, w.last.days = 0, w.last.days[:0]
	w.ahead(today)
	w.totals = nil
	if w.flat.from != 0 {
		p.scratch.totals = append(p.scratch.totals[:0], p.totalsOf(slot)...)
		w.totals = p.scratch.totals
	}
	return w
}

// fall is the first fall of a customer under no activity, or under a run rate.
func (p *Partition) fall(slot ledger.Slot, s int, today int32, what supposed) project.Fall {
	return p.fallIn(p.lookAhead(slot, &p.plans.active.plan.Schemes[s], today, what), s, today)
}

func (p *Partition) fallIn(w *idle, s int, today int32) project.Fall {
	slot, sc, what := w.slot, w.sc, w.what
	pl := &p.places(slot)[s]
	if pl.Standing == tier.Active && pl.Tier == 0 && !p.undercut(sc) {
		return project.Fall{}
	}
	run := project.Run{
		Scheme: sc, State: pl.State, NextEnd: pl.nextEnd, Today: today, Horizon: max(today, pl.GuaranteeUntil, pl.ProtectUntil, pl.HoldUntil) + project.Horizon(p.plans.active.plan, sc),
		World: w,
	}
	if last := p.clock.LastClose; last != 0 && today > last+1 {
		run.Today = last + 1 // his newest event is ahead of CLOSEs that may still lift him
	}
	if leaves := p.leavesAt(slot); leaves != 0 {
		run.Horizon = min(run.Horizon, leaves) // what that CLOSE would decide does not come
	}
	for from := p.plans.active.from; run.NextEnd != 0 && run.NextEnd < from; {
		start, end, decided := p.ending(sc, run.NextEnd)
		run.Waiting = append(run.Waiting, project.Waiting{Start: start, End: end, Decided: decided})
		run.NextEnd = p.endOf(sc, end+1)
	}
	from := sc
	for _, next := range p.plans.pending {
		sw := project.Switch{Day: next.from}
		if i := schemeNamed(next.plan, sc.Name); i >= 0 {
			to := &next.plan.Schemes[i]
			old := from
			sw.Scheme, sw.World = to, &idle{p: p, slot: slot, ap: next, sc: to, what: what}
			sw.Map = func(st *tier.State) { mapState(st, old, to) }
			from = to
		}
		run.Switches = append(run.Switches, sw)
	}
	all := run.Switches
	f := run.Fall()
	if came := all[:len(all)-len(run.Switches)]; f.On != 0 && len(came) > 0 {
		f.From, f.To = pl.Tier, presentTier(f.To, run.Scheme, sc, came, pl.Tier)
	}
	return f
}

// undercut tells whether rules to come put a tier below the lowest of a scheme.
func (p *Partition) undercut(sc *policy.Scheme) bool {
	t := uint8(0)
	for _, next := range p.plans.pending {
		i := schemeNamed(next.plan, sc.Name)
		if i < 0 {
			return false
		}
		to := &next.plan.Schemes[i]
		if t = mapTier(t, sc, to); t > 0 {
			return true
		}
		sc = to
	}
	return false
}

// planned is the projection under no activity, kept while nothing happens. w is
// a look ahead for it, nil: made when needed.
func (p *Partition) planned(slot ledger.Slot, s int, today int32, w *idle) project.Fall {
	c := p.store.At(slot)
	if c.Flags&ledger.Replan != 0 {
		c.Flags &^= ledger.Replan
		pls := p.places(slot)
		for i := range pls {
			pls[i].planned = false
		}
	}
	pl := &p.places(slot)[s]
	foreign := c.Flags&ledger.Foreign != 0
	if pl.planned && (!foreign || int32(pl.plannedOn) == today) && (pl.fallOn == 0 || pl.fallOn >= today) {
		return project.Fall{On: pl.fallOn, From: pl.Tier, To: pl.fallTo, PeriodEnd: pl.fallEnd}
	}
	if p.healsDue(slot) {
		defer p.foresee(slot)()
	}
	if w == nil {
		w = p.lookAhead(slot, &p.plans.active.plan.Schemes[s], today, supposed{})
	}
	f := p.fallIn(w, s, today)
	pl = &p.places(slot)[s]
	pl.plannedOn = uint16(today)
	pl.planned, pl.fallOn, pl.fallTo, pl.fallEnd = true, f.On, f.To, f.PeriodEnd
	return f
}

// runRate is the customer's own drift: the change of the scheme's assets a day
// over the last 30 days (rule R63), and the fall it leads to.
func (p *Partition) runRate(slot ledger.Slot, s int, today int32) (daily int64, f project.Fall) {
	const span = 30
	sc := &p.plans.active.plan.Schemes[s]
	term := moneyTerm(p.plans.active, sc, uint8(len(sc.Tiers)-1))
	if term == nil {
		return 0, f
	}
	c := p.store.At(slot)
	e := p.plans.active.eval
	now, then := e.Worth(c, term.Metric, today-1), e.Worth(c, term.Metric, today-1-span)
	daily = now.Sub(then).HalfEven(metric.Scale * span).Clamp()
	if pl := &p.places(slot)[s]; daily >= 0 || pl.Standing != tier.Active || pl.Tier == 0 && !p.undercut(sc) {
		return daily, f
	}
	return daily, p.fall(slot, s, today, supposed{driftFrom: today - 1, driftDaily: daily})
}
