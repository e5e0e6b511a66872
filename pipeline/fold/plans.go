package fold

import (
	"fmt"

	"github.com/tierwatch/tierwatch/pipeline/alert"
	"github.com/tierwatch/tierwatch/pipeline/ledger"
	"github.com/tierwatch/tierwatch/pipeline/metric"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/project"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// activePlan is a policy in force, with its evaluator and the names that outputs
// refer to.
type activePlan struct {
	plan *policy.Plan
	eval *metric.Eval
	// from is the effective day (rule R178).
	from int32
	// restless tells by scheme that its decisions may change on any day; uses lists
	// the metrics it rests on.
	restless []bool
	uses     [][]int
	// eventful: a scheme decides at events; intraday: alerts judge open days too.
	eventful, intraday bool
	// byBalance: a fall of some scheme lands by the balance.
	byBalance bool
	// byBook: a metric takes balances by business day.
	byBook bool
	// message is reused by snapshots; longest bounds their bytes.
	message *pb.Snapshot
	longest int
}

// planSet is the policy in force, those to come and those that were.
type planSet struct {
	active  *activePlan
	pending []*activePlan
	past    []*activePlan
	// lag is the longest assess_lag of them all, in days.
	lag int32
}

// policy takes an activation (semantics 5). The first of a log applies at once.
func (p *Partition) policy(a *pb.PolicyActivation) error {
	newest := p.plans.active
	if n := len(p.plans.pending); n > 0 {
		newest = p.plans.pending[n-1]
	}
	if newest != nil && (a.Version <= newest.plan.Version || a.EffectiveDay <= p.clock.LastClose+1 && p.clock.LastClose != 0) {
		p.stats.Ignored++
		return nil
	}
	opt := policy.Options{BaseCurrency: p.engine.BaseCurrency}
	if newest != nil {
		opt.Previous = newest.plan
	}
	plan, err := policy.Compile(a.Name, a.Yaml, opt)
	if err != nil {
		return fmt.Errorf("compile policy %s version %d at offset %d: %w: %w", a.Name, a.Version, p.offset, ErrPoison, err)
	}
	p.note(&pb.LogRecord{Policy: a})
	from := a.EffectiveDay
	if len(p.plans.pending) > 0 {
		from = max(from, newest.from) // rule R178
	}
	ap := p.prepare(plan, from)
	if p.plans.active == nil {
		p.plans.active = ap
		for slot := range ledger.Slot(p.store.Len()) {
			if p.applied(slot, p.offset) {
				continue
			}
			p.mark(slot)
			p.attach(slot)
			p.beginAllPeriods(slot)
			p.touch(slot)
		}
		return nil
	}
	p.plans.pending = append(p.plans.pending, ap)
	// What is known in advance belongs into every projection.
	p.beginAll(drainRecheck)
	return nil
}

func (p *Partition) prepare(plan *policy.Plan, from int32) *activePlan {
	ap := &activePlan{plan: plan, eval: metric.New(plan, &p.store, p.rates, &p.kinds), from: from}
	ap.intraday = plan.Alerts.MissProjected.HoldMinutes > 0 || plan.Alerts.Downgrade.HoldMinutes > 0
	for i := range plan.Metrics {
		ap.byBook = ap.byBook || plan.Metrics[i].Book
	}
	for i := range plan.Schemes {
		s := &plan.Schemes[i]
		p.plans.lag = max(p.plans.lag, s.LagDays)
		ap.byBalance = ap.byBalance || byBalance(s)
		ap.eventful = ap.eventful || s.Assess == policy.AssessEvent || s.Upgrade == policy.Immediate
		ap.uses = append(ap.uses, usedBy(plan, s))
		ap.restless = append(ap.restless, s.Assess == policy.AssessEvent || s.Assess == policy.AssessDays && s.N == 1 ||
			s.Upgrade == policy.Immediate || s.Upgrade == policy.WhenSecured)
	}
	return ap
}

// activatePending puts the next policy in force once the day before its effective
// day is closed: every customer is drained under it.
func (p *Partition) activatePending() {
	if !p.activates() {
		return
	}
	p.plans.past = append(p.plans.past, p.plans.active)
	p.plans.active = p.plans.pending[0]
	p.plans.pending = p.plans.pending[1:]
	offset := p.offset
	p.offset = p.drain.offset
	p.drain.activations++
	p.beginAll(drainPolicy)
	p.offset = offset
}

// activates tells whether a policy waits for the last CLOSE alone.
func (p *Partition) activates() bool {
	return len(p.plans.pending) > 0 && p.plans.pending[0].from <= p.clock.LastClose+1
}

// planFor is the policy by whose rules a period that ended on day d is assessed.
func (p *Partition) planFor(d int32) *activePlan {
	if p.plans.active.from <= d {
		return p.plans.active
	}
	for i := len(p.plans.past) - 1; i >= 0; i-- {
		if p.plans.past[i].from <= d {
			return p.plans.past[i]
		}
	}
	if len(p.plans.past) > 0 {
		return p.plans.past[0]
	}
	return p.plans.active
}

// adopt carries a customer over to the policy that has just come into force.
func (p *Partition) adopt(slot ledger.Slot) {
	x := p.extra.At(slot)
	was := p.plans.past[len(p.plans.past)-1]
	p.judgeDropped(slot, was)
	old := append([]place(nil), p.schemes.Block(x.schemes)[:len(was.plan.Schemes)]...)
	p.schemes.Free(x.schemes)
	p.totals.Free(x.totals)
	x.schemes, x.totals = 0, 0
	p.attach(slot)
	now := p.places(slot)
	for s := range now {
		sc := &p.plans.active.plan.Schemes[s]
		i := schemeNamed(was.plan, sc.Name)
		if i < 0 {
			p.beginPeriods(slot, s)
			continue
		}
		now[s] = old[i]
		old[i].results, old[i].lifts = 0, 0
		before := now[s].Tier
		mapState(&now[s].State, &was.plan.Schemes[i], sc)
		if sc.ResetMisses || sc.Assess == policy.AssessEvent || was.plan.Schemes[i].Assess == policy.AssessEvent {
			// What was decided before is not decided again (rules R171, R186): rows of days
			// before stay as decided (rule R61).
			now[s].nResults, now[s].nLifts, now[s].standsFrom = 0, 0, max(now[s].standsFrom, uint16(p.clock.LastClose+1))
		}
		now[s].planned = false
		if now[s].nextEnd >= p.plans.active.from {
			_, now[s].nextEnd = tier.Period(sc, p.firstUnder(&was.plan.Schemes[i], now[s].nextEnd))
		}
		if was.plan.Schemes[i].Tiers[before].Name != sc.Tiers[now[s].Tier].Name && now[s].Standing == tier.Active {
			p.remapped(slot, s, &was.plan.Schemes[i], before)
		}
	}
	for i := range old {
		p.unkeep(&old[i])
	}
	p.rescheme(slot, was)
	p.beginAllPeriods(slot)
	for s := range p.places(slot) {
		if sc := &p.plans.active.plan.Schemes[s]; sc.Upgrade == policy.Immediate {
			p.liftNow(slot, s, sc) // as at an event (rule R76)
		}
	}
	p.evaluate(slot, false)
	for s := range p.places(slot) {
		p.judgeStanding(slot, s) // the rules took a fall back, or misses (rule R147)
	}
	p.extra.At(slot).flags |= newRules
	p.dueAt(slot, p.clock.LastClose+1)
}

// firstUnder is the day whose period is the first to decide under the present rules, where
// the older had still to decide the one that ends on a day. It is their first day, or a
// later one if the older rules decided it at a CLOSE that skipped days (rule R148).
func (p *Partition) firstUnder(was *policy.Scheme, end int32) int32 {
	start, _ := tier.Period(was, end)
	return max(p.plans.active.from, min(start, p.clock.LastClose+1))
}

func schemeNamed(p *policy.Plan, name string) int {
	for i := range p.Schemes {
		if p.Schemes[i].Name == name {
			return i
		}
	}
	return -1
}

// goneBy tells whether a pending policy removes a scheme before the CLOSE of day d.
func (p *Partition) goneBy(sc *policy.Scheme, d int32) bool {
	for _, next := range p.plans.pending {
		if next.from <= d && schemeNamed(next.plan, sc.Name) < 0 {
			return true
		}
	}
	return false
}

// mapTier finds the rank of a tier of one version in the next, by name.
func mapTier(rank uint8, from, to *policy.Scheme) uint8 {
	name := from.Tiers[min(int(rank), len(from.Tiers)-1)].Name
	for t := range to.Tiers {
		if to.Tiers[t].Name == name {
			return uint8(t)
		}
	}
	return uint8(to.Replaced[name])
}

// presentTier is what a tier of rules to come is told as while others are in force: the
// tier of that name, or the highest that becomes no higher one by all that came until
// then (rules R139, R179); his own, where there is none.
func presentTier(rank uint8, next, present *policy.Scheme, came []project.Switch, his uint8) uint8 {
	for t := range present.Tiers {
		if present.Tiers[t].Name == next.Tiers[rank].Name {
			return uint8(t)
		}
	}
	for t := len(present.Tiers) - 1; t >= 0; t-- {
		st := tier.State{Standing: tier.Active, Tier: uint8(t)}
		for i := range came {
			came[i].Map(&st)
		}
		if st.Tier <= rank {
			return uint8(t)
		}
	}
	return his
}

// mapState carries a state over; misses stay unless the new version resets them. NEW has
// no tier, which is told as the lowest of whatever version.
func mapState(st *tier.State, from, to *policy.Scheme) {
	if st.Standing == tier.New {
		st.Tier = 0
		return
	}
	st.Tier = mapTier(st.Tier, from, to)
	if st.Misses > 0 { // else none was reached in any
		st.Best = mapTier(st.Best, from, to)
	}
	if to.ResetMisses {
		st.Misses, st.Best, st.Watch, st.Proposed = 0, 0, false, false
	}
}

// usedBy lists the metrics that a scheme's tiers ask for, through scores too.
func usedBy(plan *policy.Plan, s *policy.Scheme) []int {
	var set uint64
	var add func(m int)
	add = func(m int) {
		set |= 1 << m
		if mt := &plan.Metrics[m]; mt.Kind == policy.Trend {
			add(mt.Num)
			add(mt.Den)
		}
	}
	for t := range s.Tiers {
		for _, term := range s.Tiers[t].Cond.Terms {
			if term.Metric >= 0 {
				add(term.Metric)
				continue
			}
			for _, part := range plan.Scores[term.Score].Parts {
				add(plan.Dimensions[part.Dimension].Metric)
			}
		}
	}
	var list []int
	for m := range plan.Metrics {
		if set>>m&1 == 1 {
			list = append(list, m)
		}
	}
	return list
}

// remapped says that a policy's renaming or removal of a tier moved a customer, from a tier
// of the rules before.
func (p *Partition) remapped(slot ledger.Slot, s int, was *policy.Scheme, from uint8) {
	pl := &p.places(slot)[s]
	sc := &p.plans.active.plan.Schemes[s]
	c := p.store.At(slot)
	out := &pb.TierChange{
		CustomerId: p.id(c), Scheme: sc.Name, Kind: pb.ChangeKind_REMAPPED, From: was.Tiers[from].Name, To: sc.Tiers[pl.Tier].Name,
		FromRank: int32(from), ToRank: int32(pl.Tier), ThresholdMinor: max(threshold(was, from), threshold(sc, pl.Tier)), DecidedDay: p.clock.LastClose, EffectiveDay: p.plans.active.from,
		Misses: uint32(pl.Misses), Watch: pl.Watch, Policy: p.policyRef(pl.Tier, sc), AsOf: p.now(), Mode: p.mode(),
	}
	p.people(slot, func(rm string, branch []string) { out.RmId, out.BranchPath = rm, branch })
	p.publishChange(s, tier.Change{Kind: pb.ChangeKind_REMAPPED, From: pl.Tier, To: pl.Tier}, out)
}

// judgeDropped ends the alerts of schemes that the present rules do not have, by those that
// had them (rule R193).
func (p *Partition) judgeDropped(slot ledger.Slot, was *activePlan) {
	now := p.plans.active
	p.plans.active = was
	for s := range was.plan.Schemes {
		if schemeNamed(now.plan, was.plan.Schemes[s].Name) < 0 {
			f := p.base(slot, s, false)
			f.Active, f.New = false, false
			p.judge(slot, f)
		}
	}
	p.plans.active = now
}

// rescheme moves the customer's alerts to the schemes' and tiers' new places, for
// another rank of the same tier is no news; those of a scheme that is gone have ended
// with it. What has cooled down by the rules of before does not begin to cool again by
// others (rule R192).
func (p *Partition) rescheme(slot ledger.Slot, was *activePlan) {
	cs := p.casesOf(slot)
	n := 0
	for i := range cs {
		if alert.Spent(&was.plan.Alerts, &cs[i], p.clock.LastClose+1) {
			continue
		}
		if s := int(cs[i].Scheme); s < len(was.plan.Schemes) {
			to := schemeNamed(p.plans.active.plan, was.plan.Schemes[s].Name)
			if to < 0 {
				continue
			}
			old, sc := &was.plan.Schemes[s], &p.plans.active.plan.Schemes[to]
			cs[i].Scheme, cs[i].From, cs[i].LandsOn = uint8(to), mapTier(cs[i].From, old, sc), mapTier(cs[i].LandsOn, old, sc)
		}
		cs[n] = cs[i]
		n++
	}
	p.extra.At(slot).nCases = uint16(n)
}
