package alert

import "github.com/tierwatch/tierwatch/pipeline/policy"

// soonDays is how near a projected fall makes MISS_PROJECTED and WATCH_ENTERED a
// warning (rule R51).
const soonDays = 92

// riskSeverity is rule R51 for the risk alerts.
func riskSeverity(rules *policy.Alerts, code Code, f *Facts) uint8 {
	within := func(days int32) bool { return f.FallsOn != 0 && f.FallsOn-f.Day <= days }
	critical := ruleOf(rules, code).CriticalDays
	switch {
	case code.grave() && (critical > 0 && within(critical) || waitingDoubles(f)):
		return Critical
	case code.grave() || within(soonDays):
		return Warning
	}
	return Info
}

// aWeek is how long a person may wait before it must not cost twice as much.
const aWeek = 7

// waitingDoubles: it is the last chance, and waiting a week or less, until half of
// the days left are gone, costs twice as much. Both amounts are rounded up, so
// twice the one may exceed the other by one minor unit although the exact amounts
// are double.
func waitingDoubles(f *Facts) bool {
	m := &f.Money
	return f.LastChance && f.MissProjected && f.helps() && m.TopUp > 0 &&
		m.WaitOn[0] != 0 && m.WaitOn[0]-f.Day <= aWeek && m.WaitTopUp[0]-m.TopUp >= m.TopUp-1
}

// outflowSeverity: critical from half of the assets before it.
func outflowSeverity(o *Outflow) uint8 {
	if o.AmountMinor >= o.AssetsMinor-o.AmountMinor {
		return Critical
	}
	return Warning
}
