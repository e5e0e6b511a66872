package oracle

import (
	"slices"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Risks of the running day, with `hold`: a state counts once it has lasted so long.

// waits is a risk that is true since a second and not yet told.
type waits struct {
	scheme, code string
	since        int64
	// seen is the day of the first sight.
	seen Day
}

// intraday tells that the policy judges the running day.
func (c *Customer) intraday() bool {
	a := &c.o.plan.Alerts
	return a.MissProjected.HoldMinutes > 0 || a.Downgrade.HoldMinutes > 0
}

// judgeRisks judges the risks of the running day.
func (c *Customer) judgeRisks() {
	if c.o.Sparse || c.o.simulation {
		return
	}
	at := c.atPresent()
	for i := range c.o.plan.Schemes {
		s := &c.o.plan.Schemes[i]
		c.void(s, at)
		c.during(s, nil, at)
	}
}

func (c *Customer) holdOf(code string) int64 { return int64(c.rule(code).HoldMinutes) * 60 }

func (c *Customer) pending(scheme, code string) *waits {
	for _, w := range c.waits {
		if w.scheme == scheme && w.code == code {
			return w
		}
	}
	return nil
}

// drop forgets what waits in a scheme, where it is of the given codes.
func (c *Customer) drop(scheme string, codes ...string) {
	c.waits = slices.DeleteFunc(c.waits, func(w *waits) bool { return w.scheme == scheme && slices.Contains(codes, w.code) })
}

// due tells that a hold or dwell of a scheme is over.
func (c *Customer) due(scheme string, now int64) bool {
	for _, w := range c.waits {
		if w.scheme == scheme && now >= w.since+c.holdOf(w.code) {
			return true
		}
	}
	k := c.openCase(scheme, gravity...)
	return k != nil && (k.gone != 0 && now >= k.gone+c.dwell(k) || k.since != 0 && now >= k.since+c.holdOf(k.code))
}

// during judges the risks of a scheme between CLOSEs.
func (c *Customer) during(s *policy.Scheme, moves []Change, at occasion) {
	x := c.prospect(s)
	k := c.openCase(s.Name, gravity...)
	freed := false
	switch {
	case !x.active:
		c.drop(s.Name, gravity...)
		if k != nil {
			c.endRisk(k, pb.AlertState_AUTO_RESOLVED, &x, s, at)
		}
		return
	case fell(s, moves):
		c.drop(s.Name, gravity...)
		if k != nil {
			c.endRisk(k, pb.AlertState_EXPIRED, &x, s, at)
			k = nil
		}
	}
	for _, code := range gravity {
		if !c.true(s, &x, code, at) {
			c.drop(s.Name, code)
		}
	}
	if k != nil {
		freed = c.goneFor(k, &x, s, at)
	}
	claimed := false
	for i, code := range gravity {
		switch {
		case k != nil && k.open() && k.code == code:
			c.drop(s.Name, gravity[i+1:]...)
			c.keep(k, &x, s, at)
			return
		case !c.true(s, &x, code, at):
		case claimed:
			c.drop(s.Name, code)
		case c.ripe(s, &x, code, at, freed):
			if k != nil && k.open() {
				c.endRisk(k, pb.AlertState_INHIBITED, &x, s, at)
			}
			c.drop(s.Name, gravity[i:]...)
			n := c.beginCase(s.Name, code, at, c.toldNow(code, &x, at.day))
			n.ahead = at.day
			c.tellRisk(n, &x, s, at)
			return
		case k != nil && k.open():
			// It stays, and is looked at in its turn; none opens instead (R129).
			claimed = true
		default:
			c.drop(s.Name, gravity[i+1:]...)
			return
		}
	}
}

func (c *Customer) true(s *policy.Scheme, x *prospect, code string, at occasion) bool {
	return !c.rule(code).Off && c.holdsNow(s, x, code, at.day)
}

// goneFor lets the dwell of a case run whose condition is false; true: it ended.
func (c *Customer) goneFor(k *kase, x *prospect, s *policy.Scheme, at occasion) bool {
	if c.true(s, x, k.code, at) {
		k.gone = 0
		return false
	}
	if k.gone == 0 {
		k.gone = at.now
	}
	k.since = 0
	if at.now < k.gone+c.dwell(k) {
		return false
	}
	c.endRisk(k, pb.AlertState_AUTO_RESOLVED, x, s, at)
	return true
}

// ripe tells whether a true risk opens now: what only standings tell at once, as
// does what takes the place of one that has just ended; a projection once it has
// held.
func (c *Customer) ripe(s *policy.Scheme, x *prospect, code string, at occasion, freed bool) bool {
	projected := code == "MISS_PROJECTED" || code == "VALUE_DOWNGRADE_PROJECTED"
	switch {
	case c.cools(s.Name, code, at.day) && !x.near(at.day, c.rule(code).WithinDays):
		c.drop(s.Name, code)
		return false
	case !projected || freed:
		return true
	case c.holdOf(code) == 0:
		return false
	}
	w := c.pending(s.Name, code)
	if w == nil {
		w = &waits{s.Name, code, at.now, at.day}
		c.waits = append(c.waits, w)
	}
	return at.now >= w.since+c.holdOf(code)
}

// keep tells an open case again: another standing at once, other facts once they
// have held.
func (c *Customer) keep(k *kase, x *prospect, s *policy.Scheme, at occasion) {
	if k.gone != 0 {
		return
	}
	now := c.toldNow(k.code, x, at.day)
	if alike(k.told.shortfall, now.shortfall) {
		now.shortfall = k.told.shortfall
	}
	if now == k.told {
		k.since = 0
		return
	}
	if k.told.tier == now.tier && k.told.misses == now.misses {
		if c.holdOf(k.code) == 0 {
			return
		}
		if k.since == 0 {
			k.since = at.now
		}
		if at.now < k.since+c.holdOf(k.code) {
			return
		}
	}
	k.told, k.ahead, k.since = c.toldNow(k.code, x, at.day), at.day, 0
	c.tellRisk(k, x, s, at)
}
