package oracle

import (
	"math/big"
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// gravity lists the codes of a risk to the tier, the gravest first (R48).
var gravity = []string{"VALUE_DOWNGRADE_PROJECTED", "GRACE_LAST_MONTH", "WATCH_ENTERED", "MISS_PROJECTED"}

// prospect is what a risk is judged by.
type prospect struct {
	active bool
	state  State
	p      Projection
	m      Money
	tier   *policy.Tier
}

func (c *Customer) prospect(s *policy.Scheme) prospect {
	st := c.machine(s).state
	if st.Standing != pb.Standing_ACTIVE {
		return prospect{state: st, tier: &s.Tiers[0]}
	}
	return prospect{true, st, c.Project(s.Name), c.moneyAhead(s), &s.Tiers[st.Tier]}
}

// near tells that the fall is at most some days away.
func (x *prospect) near(day, within Day) bool { return x.p.FallsOn != 0 && x.p.FallsOn-day <= within }

// holdsNow tells whether the condition of a code is true.
func (c *Customer) holdsNow(s *policy.Scheme, x *prospect, code string, day Day) bool {
	if !x.active {
		return false
	}
	after := int(x.tier.DownAfter)
	switch code {
	case "MISS_PROJECTED":
		return x.p.FacingMiss
	case "VALUE_DOWNGRADE_PROJECTED":
		soon := x.near(day, c.rule(code).WithinDays)
		return x.p.FacingMiss && (soon || x.p.FacingLast) || soon && c.laterCounts(s, x)
	case "WATCH_ENTERED":
		return x.state.Watch
	}
	return x.state.Misses > 0 && after > 0 && x.state.Misses+1 == after
}

// laterCounts tells that a fall by a later period is a matter of now: where no
// sum of money is asked for the open one.
func (c *Customer) laterCounts(s *policy.Scheme, x *prospect) bool {
	for _, t := range x.tier.Cond.Terms {
		if t.Metric >= 0 && c.o.plan.Metrics[t.Metric].Balancing() {
			return periodOf(s, c.Today()).Days() == 1
		}
	}
	return true
}

// risks opens, changes and closes the one risk alert of a scheme.
func (c *Customer) risks(s *policy.Scheme, moves []Change, at occasion) {
	if !at.atClose && c.intraday() {
		c.during(s, moves, at)
		return
	}
	x := c.prospect(s)
	k := c.openCase(s.Name, gravity...)
	if !at.atClose {
		if k != nil {
			c.refresh(k, &x, s, moves, at)
		}
		return
	}
	// The CLOSE decides what waits, but for what the next day's events began.
	c.waits = slices.DeleteFunc(c.waits, func(w *waits) bool {
		return w.scheme == s.Name && (w.seen < at.day || c.true(s, &x, w.code, at))
	})
	want := c.wanted(s, &x, k, at)
	switch {
	case k == nil:
	case fell(s, moves):
		c.endRisk(k, pb.AlertState_EXPIRED, &x, s, at)
	case k.code == want:
		// What an event of the next day told, the CLOSE before it leaves.
		k.gone = 0
		if k.ahead < at.day {
			k.since = 0
			c.update(k, &x, s, at)
		}
		return
	case want == "" && k.ahead >= at.day:
		return
	case want != "" && slices.Index(gravity, want) < slices.Index(gravity, k.code):
		c.endRisk(k, pb.AlertState_INHIBITED, &x, s, at)
	case k.code == "MISS_PROJECTED" && c.missedNow(s):
		c.endRisk(k, pb.AlertState_EXPIRED, &x, s, at)
	default:
		c.endRisk(k, pb.AlertState_AUTO_RESOLVED, &x, s, at)
	}
	if want != "" {
		n := c.beginCase(s.Name, want, at, c.toldNow(want, &x, at.day))
		c.tellRisk(n, &x, s, at)
	}
}

// wanted is the gravest code that holds. In its cooldown it is not opened, nor is
// a lesser one in its place; what is open and holds stays.
func (c *Customer) wanted(s *policy.Scheme, x *prospect, k *kase, at occasion) string {
	for _, code := range gravity {
		if c.rule(code).Off || !c.holdsNow(s, x, code, at.day) {
			continue
		}
		switch {
		case k != nil && k.code == code, !c.cools(s.Name, code, at.day), x.near(at.day, c.rule(code).WithinDays):
			return code
		case k != nil && c.holdsNow(s, x, k.code, at.day):
			return k.code
		}
		return ""
	}
	return ""
}

// refresh is what an event does to an open case that tells another standing than
// the present one, or one that has just changed (R94). Other projections over closed
// days wait for the CLOSE.
func (c *Customer) refresh(k *kase, x *prospect, s *policy.Scheme, moves []Change, at occasion) {
	changed := slices.ContainsFunc(moves, func(ch Change) bool { return ch.Scheme == s.Name })
	switch {
	case !x.active:
		c.endRisk(k, pb.AlertState_AUTO_RESOLVED, x, s, at)
	case fell(s, moves):
		c.endRisk(k, pb.AlertState_EXPIRED, x, s, at)
	case changed || k.told.tier != x.state.Tier || k.told.misses != x.state.Misses:
		c.recheck(k, x, s, at)
	}
}

// recheck judges an open case between CLOSEs: it ends once its condition has been
// false for dwell, and else is told if the standing is another.
func (c *Customer) recheck(k *kase, x *prospect, s *policy.Scheme, at occasion) {
	if !c.holdsNow(s, x, k.code, at.day) || c.rule(k.code).Off {
		if k.gone == 0 {
			k.gone = at.now
		}
		if at.now >= k.gone+c.dwell(k) {
			c.endRisk(k, pb.AlertState_AUTO_RESOLVED, x, s, at)
		}
		return
	}
	k.gone = 0
	if k.told.tier != x.state.Tier || k.told.misses != x.state.Misses {
		k.told, k.ahead = c.toldNow(k.code, x, at.day), at.day
		c.tellRisk(k, x, s, at)
	}
}

// missedNow tells that this CLOSE decided a period as a miss.
func (c *Customer) missedNow(s *policy.Scheme) bool {
	return slices.ContainsFunc(c.o.out.Results, func(r Result) bool {
		return r.Offset == c.o.offset && r.Customer == c.ID && r.Scheme == s.Name && !r.Restated && r.Missed
	})
}

// fell tells that what was warned of has come: the case did not recover.
func fell(s *policy.Scheme, moves []Change) bool {
	for _, ch := range moves {
		if ch.Scheme == s.Name && (ch.Kind == pb.ChangeKind_DOWNGRADED || ch.Kind == pb.ChangeKind_DOWN_PROPOSED) {
			return true
		}
	}
	return false
}

// update tells a case again if a fact changed, or a day of its wait list came.
func (c *Customer) update(k *kase, x *prospect, s *policy.Scheme, at occasion) {
	now := c.toldNow(k.code, x, at.day)
	if alike(k.told.shortfall, now.shortfall) {
		now.shortfall = k.told.shortfall
	}
	if now == k.told && (k.nextWait == 0 || at.day < k.nextWait) {
		return
	}
	k.told = c.toldNow(k.code, x, at.day)
	c.tellRisk(k, x, s, at)
}

// alike tells that two amounts differ by less than a hundredth of the first,
// rounded down to a minor unit.
func alike(a, b string) bool {
	x, okX := new(big.Int).SetString(a, 10)
	y, okY := new(big.Int).SetString(b, 10)
	if !okX || !okY {
		return a == b
	}
	d := new(big.Int).Sub(x, y)
	return d.Sign() == 0 || d.Abs(d).Cmp(x.Quo(x, big.NewInt(100))) < 0
}

func (c *Customer) toldNow(code string, x *prospect, day Day) told {
	out := told{
		severity: c.severity(code, x, day), tier: x.state.Tier, lands: x.p.LandsOn, falls: x.p.FallsOn, misses: x.state.Misses,
	}
	// A period's end changes no threshold; that money is no help is no reason not to tell it.
	out.threshold, out.reachable = text(x.m.Threshold), x.m.HasLever && x.m.Reachable
	if out.reachable {
		out.shortfall = text(x.m.Shortfall)
	}
	return out
}

// severity of a risk (R51).
func (c *Customer) severity(code string, x *prospect, day Day) pb.Severity {
	switch code {
	case "VALUE_DOWNGRADE_PROJECTED", "GRACE_LAST_MONTH":
		if x.near(day, c.rule(code).CriticalDays) || x.p.FacingLast && doubles(&x.m, day) {
			return pb.Severity_CRITICAL
		}
		return pb.Severity_WARNING
	}
	if x.near(day, 92) {
		return pb.Severity_WARNING
	}
	return pb.Severity_INFO
}

// doubles tells that waiting for half of the days left, a week at most, doubles
// the top-up, but for the rounding up of both.
func doubles(m *Money, day Day) bool {
	if m.TopUp == nil || m.TopUp.Sign() == 0 || len(m.Wait) == 0 || m.Wait[0].On-day > 7 {
		return false
	}
	twice := new(big.Int).Lsh(m.TopUp, 1)
	return m.Wait[0].TopUp.Cmp(twice.Sub(twice, big.NewInt(1))) >= 0
}

func (c *Customer) endRisk(k *kase, state pb.AlertState, x *prospect, s *policy.Scheme, at occasion) {
	k.state, k.closed = state, at.day
	c.tellRisk(k, x, s, at)
}

func (c *Customer) tellRisk(k *kase, x *prospect, s *policy.Scheme, at occasion) {
	k.nextWait = 0
	for _, w := range x.m.Wait {
		if k.open() && k.nextWait == 0 && w.On > at.day {
			k.nextWait = w.On
		}
	}
	c.tell(k, at, func(a *Alert) {
		if !x.active {
			return
		}
		a.From, a.To, a.FallsOn, a.ActBy = x.tier.Name, x.p.landsOn(s), x.p.FallsOn, x.p.ActBy
		a.Used, a.Allowed = x.state.Misses, int(x.tier.DownAfter)
		m := x.m
		a.Money = &m
		if k.open() {
			a.Reasons, a.Missing = c.reasons(s, at.day), c.lacks(s, &m)
		}
	})
}
