package alert

// burst is how long outflows are one event: each is judged over 24 hours, so the
// windows of two that lie closer share money.
const burst = 24 * 3600

// outdated ends what moves and time have overtaken: falls end the risk alerts that
// foretold them, regained tiers the news of their loss, and old news expires.
func (j *judge) outdated() {
	fell := false
	for i := range j.f.Moves {
		fell = fell || j.f.Moves[i].Code == TierDowngraded || j.f.Moves[i].Proposed
	}
	for i := range j.cases {
		c := &j.cases[i]
		if c.Scheme != j.f.Scheme || c.State > Open {
			continue
		}
		switch {
		case c.Code.risk() && fell && c.State == Pending:
			c.Code = 0
		case c.Code.risk() && fell:
			j.end(c, Expired)
		case !c.Code.event():
		case c.Code == TierDowngraded && j.f.Tier >= c.From, ruleOf(j.rules, c.Code).Off:
			j.end(c, AutoResolved)
		case j.expired(c):
			j.end(c, Expired)
		}
	}
}

// expired tells whether the CLOSE being decided ends the last day of old news.
func (j *judge) expired(c *Case) bool { return j.f.AtClose && c.Expires != 0 && j.f.Day > c.Expires }

// moves tells what the tier machine did.
func (j *judge) moves() {
	for i := range j.f.Moves {
		if m := &j.f.Moves[i]; !m.Proposed {
			j.move(m)
		}
	}
}

func (j *judge) move(m *Move) {
	if ruleOf(j.rules, m.Code).Off || j.recent(m.Code) {
		return
	}
	severity := Info
	if m.Code == TierDowngraded {
		severity = Warning
	}
	if c := j.open(m.Code, severity); c != nil {
		c.From, c.LandsOn, c.FallsOn, c.Misses = m.From, m.To, m.EffectiveDay, j.f.Misses
		j.publish(c, 0)
	}
}

// recent tells whether the last event of the code opened within cooldown.
func (j *judge) recent(code Code) bool {
	for i := range j.cases {
		c := &j.cases[i]
		if c.Code == code && c.Scheme == j.f.Scheme && cooledOn(ruleOf(j.rules, code), c) > j.f.Day {
			return true
		}
	}
	return false
}

// outflow tells a large outflow. Further ones of the same burst are the same
// alert; only when they make it graver is there a new revision.
func (j *judge) outflow() {
	o, r := j.f.Outflow, &j.rules.LargeOutflow
	if o == nil || r.Off {
		return
	}
	severity := outflowSeverity(o)
	for i := range j.cases {
		c := &j.cases[i]
		if c.Code != LargeOutflow || c.Scheme != j.f.Scheme || c.State != Open || !sharesWindow(c, o) {
			continue
		}
		if severity > c.Severity {
			j.tellOutflow(c, severity)
		}
		return
	}
	if j.recent(LargeOutflow) {
		return // another fact, which no older alert tells (rules R52, R72)
	}
	if c := j.open(LargeOutflow, severity); c != nil {
		j.tellOutflow(c, severity)
	}
}

// sharesWindow tells whether the outflow's window holds the event told last.
func sharesWindow(c *Case, o *Outflow) bool {
	d := o.At - c.Shortfall
	return -burst < d && d < burst
}

func (j *judge) tellOutflow(c *Case, severity uint8) {
	c.Severity, c.From = severity, j.f.Tier
	c.TopUp, c.Threshold, c.Shortfall = j.f.Outflow.AmountMinor, j.f.Outflow.AssetsMinor, j.f.Outflow.At
	j.publish(c, 0)
}
