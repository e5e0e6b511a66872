package alert

import (
	"math"

	"github.com/tierwatch/tierwatch/pipeline/policy"
)

// Never is NextDue's answer when no mere passing of days can change anything.
const Never int32 = math.MaxInt32

// NextDue is the first Facts.Day after f.Day at which Judge, asked at a CLOSE
// with f but for its day, could do anything for the cases of f.Scheme. cases are
// those that Judge has just given for f. It may be too early, never too late. A
// customer whose facts are not fresh (an event, no projection) is due at the next
// CLOSE. Days at which facts themselves change (a period's end, the tier machine)
// are the caller's.
func NextDue(cases []Case, rules *policy.Alerts, f *Facts) int32 {
	q := queue{f: f, due: Never}
	if !f.Active {
		for i := range cases {
			if c := &cases[i]; c.Scheme == f.Scheme && c.State == Open {
				q.at(c.Expires + 1)
			}
		}
		return q.due
	}
	if !f.AtClose || !f.Judged {
		return f.Day + 1
	}
	for i := range cases {
		if cases[i].Scheme == f.Scheme {
			q.standing(rules, &cases[i])
		}
	}
	if f.FallsOn != 0 && (f.MissProjected || f.LaterCounts) && !rules.Downgrade.Off {
		q.at(f.FallsOn - rules.Downgrade.WithinDays)
	}
	for _, code := range gravity {
		if i := live(cases, f.Scheme, code); i >= 0 && cases[i].State == Open {
			break
		}
		if riskHolds(rules, code, f) == yes {
			q.soon(cooled(rules, f, cases, code))
			break
		}
	}
	if nearHolds(rules.NearUpgrade.Off, f) == yes && live(cases, f.Scheme, NearUpgrade) < 0 {
		q.soon(cooled(rules, f, cases, NearUpgrade))
	}
	if f.SilenceKnown && !rules.Silence.Off && live(cases, f.Scheme, ActivitySilence) < 0 {
		switch {
		case f.Silent:
			q.soon(cooled(rules, f, cases, ActivitySilence))
		case f.NormTh > f.Silence:
			q.at(f.Day + f.NormTh - f.Silence)
		}
	}
	return q.due
}

// queue keeps the earliest day after that of the facts.
type queue struct {
	f   *Facts
	due int32
}

// at makes the customer due on a day, if that is still to come.
func (q *queue) at(d int32) {
	if d > q.f.Day {
		q.due = min(q.due, d)
	}
}

// soon makes the customer due on a day, tomorrow if that is past.
func (q *queue) soon(d int32) { q.at(max(d, q.f.Day+1)) }

// standing adds the days at which a case itself can change.
func (q *queue) standing(rules *policy.Alerts, c *Case) {
	if c.State > Open {
		return
	}
	if c.State == Pending || c.ClearSince != 0 || c.HoldSince != 0 || c.ToldDay >= q.f.Day && q.disagrees(rules, c) {
		q.soon(0)
		return
	}
	if c.Expires != 0 {
		q.at(c.Expires + 1)
	}
	if !c.Code.risk() {
		return
	}
	if c.NextWait != 0 {
		q.soon(c.NextWait)
	}
	if c.Code.grave() {
		q.at(q.f.Money.WaitOn[0] - aWeek)
	}
	if q.f.FallsOn == 0 {
		return
	}
	if c.Code.grave() {
		q.at(q.f.FallsOn - ruleOf(rules, c.Code).CriticalDays)
	} else {
		q.at(q.f.FallsOn - soonDays)
	}
}

// disagrees tells whether a case that this CLOSE had to leave alone, since it was
// told about a later day, says something else than the facts.
func (q *queue) disagrees(rules *policy.Alerts, c *Case) bool {
	switch {
	case c.Code.risk():
		j := judge{f: q.f}
		return riskHolds(rules, c.Code, q.f) == no || riskSeverity(rules, c.Code, q.f) != c.Severity ||
			c.From != q.f.Tier || c.Misses != q.f.Misses || j.differs(c)
	case c.Code == NearUpgrade:
		return nearHolds(rules.NearUpgrade.Off, q.f) == no || c.From != q.f.Tier || c.LandsOn != q.f.NextTier ||
			moved(q.f.Gap, c.Shortfall)
	case c.Code == ActivitySilence:
		return q.f.SilenceKnown && silenceHolds(rules.Silence.Off, q.f) == no
	}
	return false
}

// Timer is the earliest UTC second at which a dwell or hold of any of the cases is
// over, 0: none runs. At the first TICK from then on the caller judges again, with
// fresh facts (Judged): a timer that is due is decided by nothing else.
func Timer(cases []Case) int64 {
	var due int64
	for i := range cases {
		if c := &cases[i]; c.State <= Open && c.Due != 0 && (due == 0 || c.Due < due) {
			due = c.Due
		}
	}
	return due
}
