package alert

import "math"

// open makes a case of the code, in place of a pending one if there is one; the
// caller sets what it tells and publishes it. It refuses (nil) the 257th case of
// one code and day: its ordinal would not be unique, and nobody would read it.
func (j *judge) open(code Code, severity uint8) *Case {
	ordinal := 0
	for i := range j.cases {
		c := &j.cases[i]
		if c.Code == code && c.Scheme == j.f.Scheme && c.State != Pending && c.OpenedDay == j.f.Day {
			ordinal = max(ordinal, int(c.Ordinal)+1)
		}
	}
	if ordinal > math.MaxUint8 {
		return nil
	}
	i := -1
	if !code.event() {
		i = j.live(code)
	}
	if i < 0 {
		i = len(j.cases)
		j.cases = append(j.cases, Case{})
	}
	c := &j.cases[i]
	*c = Case{
		ID:   identity(j.customer, j.f.Name, code, j.f.Day, uint8(ordinal)),
		Code: code, Scheme: j.f.Scheme, State: Open, Severity: severity,
		Ordinal: uint8(ordinal), OpenedDay: j.f.Day,
	}
	if r := ruleOf(j.rules, code); code.event() && r.ExpiresDays > 0 {
		c.Expires = j.f.Day + r.ExpiresDays
	}
	return c
}

// publish emits the next revision of a case. Timers of changes that it tells end.
func (j *judge) publish(c *Case, supersedes uint64) {
	if c.Revision < math.MaxUint16 {
		c.Revision++
	}
	c.ToldDay, c.HoldSince, c.Due = j.f.Day, 0, 0
	j.emit(Revision{Case: *c, Facts: j.f, Supersedes: supersedes})
}

// end closes a case and publishes that.
func (j *judge) end(c *Case, state uint8) {
	c.State, c.ClosedDay = state, j.f.Day
	c.ClearSince, c.NextWait, c.Expires = 0, 0, 0
	if c.Code.risk() && j.f.Active && state != Expired {
		j.tell(c)
		c.NextWait = 0
	}
	j.publish(c, 0)
}

// tell takes the facts of the moment into a risk case.
func (j *judge) tell(c *Case) {
	f := j.f
	c.From, c.Misses = f.Tier, f.Misses
	if !f.Judged {
		return
	}
	c.FallsOn, c.LandsOn = f.FallsOn, f.LandsOn
	c.TopUp, c.Shortfall, c.Threshold = f.Money.TopUp, f.Money.Shortfall, f.Money.Threshold
	c.NextWait = 0
	if c.Reachable = f.helps(); !c.Reachable {
		return
	}
	for _, d := range f.Money.WaitOn {
		if d > f.Day {
			c.NextWait = d
			return
		}
	}
}

// clears tells whether an open case whose condition is false ends now: at a
// CLOSE at once, else when that has lasted for dwell, which starts here.
func (j *judge) clears(c *Case) bool {
	if j.stale(c) {
		return false
	}
	dwell := int64(ruleOf(j.rules, c.Code).DwellMinutes) * 60
	if j.f.AtClose || dwell == 0 {
		return true
	}
	if c.ClearSince == 0 {
		c.ClearSince = j.now()
	}
	c.HoldSince, c.Due = 0, c.ClearSince+dwell
	return j.now() >= c.Due
}

// stale tells that the judgement is older than what the case says: a CLOSE
// decides as of a day before the events that made it so.
func (j *judge) stale(c *Case) bool { return j.f.AtClose && c.ToldDay >= j.f.Day }

// held tells whether what began at c.HoldSince has lasted for hold; it begins
// here if it has not. Without hold it never has: only a CLOSE decides.
func (j *judge) held(c *Case) bool {
	hold := int64(ruleOf(j.rules, c.Code).HoldMinutes) * 60
	if hold == 0 {
		c.HoldSince, c.Due = 0, 0
		return false
	}
	if c.HoldSince == 0 {
		c.HoldSince = j.now()
	}
	c.Due = c.HoldSince + hold
	return j.now() >= c.Due
}

// now is the second of the moment, never 0: that means "not since".
func (j *judge) now() int64 { return max(j.f.Now, 1) }
