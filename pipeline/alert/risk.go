package alert

import "github.com/tierwatch/tierwatch/pipeline/policy"

// truth of a condition; unknown leaves cases as they are.
type truth uint8

const (
	no truth = iota
	yes
	unknown
)

// riskHolds tells whether the condition of a risk alert holds.
func riskHolds(rules *policy.Alerts, code Code, f *Facts) truth {
	r := ruleOf(rules, code)
	switch {
	case !f.Judged: // then the news alone is looked at
		return unknown
	case r.Off:
		return no
	}
	ok := false
	switch code {
	case DowngradeProjected:
		ok = f.FallsOn != 0 && (f.MissProjected || f.LaterCounts) &&
			(f.FallsOn-f.Day <= r.WithinDays || f.LastChance && f.MissProjected)
	case GraceLastMonth:
		ok = f.Misses > 0 && int(f.Misses)+1 == int(f.Allowed)
	case WatchEntered:
		ok = f.Watch
	case MissProjected:
		ok = f.MissProjected
	case TierDowngraded, TierUpgraded, TierRestored, TierCorrected, NearUpgrade, LargeOutflow, ActivitySilence:
	}
	if ok {
		return yes
	}
	return no
}

// clearRisk ends the risk alerts of a scheme whose condition is gone.
func (j *judge) clearRisk() {
	for _, code := range gravity {
		if i := j.live(code); i >= 0 {
			j.clear(&j.cases[i], riskHolds(j.rules, code, j.f))
		}
	}
}

// clear ends a live case whose condition is false, or lets its dwell run.
func (j *judge) clear(c *Case, t truth) {
	switch {
	case t == unknown:
	case t == yes:
		if c.ClearSince != 0 {
			c.ClearSince, c.Due = 0, 0
		}
	case c.State == Pending:
		if !j.stale(c) {
			c.Code = 0
		}
	case j.cameTrue(c), j.overruled(c): // seat ends it
	case j.clears(c):
		j.freed = c.ID
		j.end(c, AutoResolved)
	}
}

// overruled tells whether this CLOSE opens a graver alert in the place of a case that
// does not hold any more: it has not recovered (rule R70).
func (j *judge) overruled(c *Case) bool {
	if !c.Code.risk() || !j.f.AtClose {
		return false
	}
	for _, code := range gravity {
		if code == c.Code {
			return false
		}
		if riskHolds(j.rules, code, j.f) == yes {
			return !j.closedLater(code) && cooled(j.rules, j.f, j.cases, code) <= j.f.Day
		}
	}
	return false
}

// cameTrue tells whether a MISS_PROJECTED ends because its period did end as a miss:
// nothing has recovered (rule R48).
func (j *judge) cameTrue(c *Case) bool {
	return c.Code == MissProjected && c.State == Open && j.f.AtClose && j.f.Tier == c.From && j.f.Misses > c.Misses &&
		riskHolds(j.rules, c.Code, j.f) == no
}

// seat gives the one place to the gravest risk alert that holds (rule R48). While
// that one waits for hold or cooldown, lesser ones that are open stay, but none
// opens in its stead.
func (j *judge) seat() {
	taken, claimed := false, false
	for _, code := range gravity {
		i := j.live(code)
		isOpen := i >= 0 && j.cases[i].State == Open
		switch {
		case taken && isOpen:
			j.end(&j.cases[i], Inhibited)
		case isOpen && j.cameTrue(&j.cases[i]):
			j.end(&j.cases[i], Expired)
		case isOpen:
			taken = true
			j.refresh(&j.cases[i])
		case taken || claimed:
			if i >= 0 {
				j.cases[i].Code = 0
			}
		case riskHolds(j.rules, code, j.f) == yes:
			if taken = j.ripe(code, i) && j.take(code); !taken {
				claimed = true
			}
		}
	}
}

// ripe tells whether an alert whose condition is true may open now.
func (j *judge) ripe(code Code, i int) bool {
	if j.f.Keep {
		return false
	}
	if j.f.AtClose && j.closedLater(code) || cooled(j.rules, j.f, j.cases, code) > j.f.Day {
		if i >= 0 {
			j.cases[i].Code = 0
		}
		return false
	}
	if j.f.AtClose || !code.projected() || j.freed != 0 {
		return true
	}
	if ruleOf(j.rules, code).HoldMinutes == 0 {
		if i >= 0 {
			j.cases[i].Code = 0
		}
		return false
	}
	if i < 0 {
		i = len(j.cases)
		j.cases = append(j.cases, Case{Code: code, Scheme: j.f.Scheme, ToldDay: j.f.Day})
	}
	return j.held(&j.cases[i])
}

// closedLater: the alert was resolved by activity of a day after the one that is
// being closed.
func (j *judge) closedLater(code Code) bool {
	for i := range j.cases {
		c := &j.cases[i]
		if c.Code == code && c.Scheme == j.f.Scheme && c.State == AutoResolved && c.ClosedDay >= j.f.Day {
			return true
		}
	}
	return false
}

// take opens the alert and inhibits the lesser ones that are open.
func (j *judge) take(code Code) bool {
	over := j.freed
	c := j.open(code, riskSeverity(j.rules, code, j.f))
	if c == nil {
		return false
	}
	j.tell(c)
	for i := range j.cases {
		l := &j.cases[i]
		if l.Scheme == j.f.Scheme && l.Code.risk() && l.State == Open && l.ID != c.ID {
			over = l.ID
			j.end(l, Inhibited)
		}
	}
	j.publish(c, over)
	return true
}

// refresh publishes a revision of an open case if one is due (rule R50).
func (j *judge) refresh(c *Case) {
	if c.ClearSince != 0 || j.stale(c) {
		return
	}
	severity := c.Severity
	if j.f.Judged {
		severity = riskSeverity(j.rules, c.Code, j.f)
	}
	moved := c.From != j.f.Tier || c.Misses != j.f.Misses
	if !moved && severity == c.Severity && !j.differs(c) {
		c.HoldSince, c.Due = 0, 0
		return
	}
	if !j.f.AtClose && !moved && !j.held(c) {
		return
	}
	c.Severity = severity
	j.tell(c)
	j.publish(c, 0)
}

// differs tells whether the projection says something else than was told that a
// person would act on. Money is compared by the shortfall, which does not move
// with the calendar.
func (j *judge) differs(c *Case) bool {
	f, m := j.f, &j.f.Money
	if !f.Judged {
		return false
	}
	if c.FallsOn != f.FallsOn || f.FallsOn != 0 && c.LandsOn != f.LandsOn ||
		c.Threshold != m.Threshold || c.Reachable != f.helps() {
		return true
	}
	if f.AtClose && c.NextWait != 0 && f.Day >= c.NextWait {
		return true
	}
	return c.Reachable && moved(m.Shortfall, c.Shortfall)
}
