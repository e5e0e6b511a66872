package alert

import "github.com/tierwatch/tierwatch/pipeline/policy"

// Revision is a state of an alert to publish.
type Revision struct {
	// Case is the alert after the step. State is never Pending.
	Case Case
	// Facts are those judged; valid only until emit returns.
	Facts *Facts
	// Supersedes is the ID of the alert whose place this one takes at its opening,
	// 0: none.
	Supersedes uint64
}

// Judge decides the alerts of one scheme (or of the customer: NoScheme) at one
// moment. cases are all of the customer's; those of other schemes stay as they
// are. It gives the cases after it, in the same backing array if nothing opened,
// and calls emit for each revision, in an order that only its arguments decide:
// what ends before what begins. It allocates only when a case is added.
func Judge(rules *policy.Alerts, customerHash uint64, f *Facts, cases []Case, emit func(Revision)) []Case {
	j := judge{rules: rules, customer: customerHash, f: f, cases: cases, emit: emit}
	if f.Active {
		j.outdated()
		j.clearRisk()
		j.moves()
		j.seat()
		j.near()
		j.outflow()
		j.silence()
	} else {
		j.leave()
		if f.New {
			j.moves() // the correction that took the tier
		}
	}
	j.sweep()
	return j.cases
}

// judge is the state of one Judge call.
type judge struct {
	rules    *policy.Alerts
	customer uint64
	f        *Facts
	cases    []Case
	emit     func(Revision)
	// freed is the ID of a risk alert that ended at this moment.
	freed uint64
}

// leave ends everything: the customer has no tier (any more). What tells a
// correction to who is NEW stays until it expires (rule R89).
func (j *judge) leave() {
	for i := range j.cases {
		c := &j.cases[i]
		if c.Scheme != j.f.Scheme {
			continue
		}
		switch {
		case c.State == Pending:
			c.Code = 0
		case c.State != Open:
		case c.Code != TierCorrected || !j.f.New || j.rules.Corrected.Off:
			j.end(c, AutoResolved)
		case j.expired(c):
			j.end(c, Expired)
		}
	}
}

// sweep removes dropped cases (Code 0) and, at a CLOSE, closed ones that nothing
// needs. Days never go back from one CLOSE to the next.
func (j *judge) sweep() {
	n := 0
	for i := range j.cases {
		c := &j.cases[i]
		if c.Code == 0 || c.Scheme == j.f.Scheme && j.f.AtClose && Spent(j.rules, c, j.f.Day) {
			continue
		}
		if n != i {
			j.cases[n] = *c
		}
		n++
	}
	j.cases = j.cases[:n]
}

// Spent tells whether a case is closed and nothing needs it from a day on: no cooldown
// runs by the rules, and neither its ordinal nor its closing is of a day that is still open.
func Spent(rules *policy.Alerts, c *Case, day int32) bool {
	return c.State > Open && c.ClosedDay < day && c.OpenedDay < day && cooledOn(ruleOf(rules, c.Code), c) <= day
}

// live is the index of the open or pending case of a code, -1: none.
func (j *judge) live(code Code) int { return live(j.cases, j.f.Scheme, code) }

func live(cases []Case, scheme uint8, code Code) int {
	for i := range cases {
		c := &cases[i]
		if c.Code == code && c.Scheme == scheme && c.State <= Open {
			return i
		}
	}
	return -1
}

// cooledOn is the first day on which a new case may open after c. Cooldown
// counts from the closing of a condition, and from the opening of an event:
// there it is the pause between two alerts, for expiry says nothing about the
// customer. A case that expired because it came true starts no cooldown.
func cooledOn(r *policy.Rule, c *Case) int32 {
	switch {
	case c.Code.event():
		return c.OpenedDay + r.CooldownDays
	case c.State == AutoResolved || c.State == Inhibited:
		return c.ClosedDay + r.CooldownDays
	}
	return 0
}

// cooled is the first day on which a new case of the code may open, at most the
// day from which the fall is within `within`: cooldown never hides that.
func cooled(rules *policy.Alerts, f *Facts, cases []Case, code Code) int32 {
	r := ruleOf(rules, code)
	var until int32
	for i := range cases {
		if c := &cases[i]; c.Code == code && c.Scheme == f.Scheme && c.State > Open {
			until = max(until, cooledOn(r, c))
		}
	}
	if code.risk() && f.Judged && f.FallsOn != 0 {
		until = min(until, f.FallsOn-r.WithinDays)
	}
	return until
}
