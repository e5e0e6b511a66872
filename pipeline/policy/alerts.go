package policy

import (
	"slices"
	"strings"
)

// alertKeys says which keys an alert code takes beside enabled.
var alertKeys = map[string][]string{
	"MISS_PROJECTED":            {"within", "cooldown", "dwell", "hold"},
	"VALUE_DOWNGRADE_PROJECTED": {"within", "cooldown", "dwell", "hold", "severity"},
	"WATCH_ENTERED":             {"within", "cooldown", "dwell"},
	"GRACE_LAST_MONTH":          {"within", "cooldown", "dwell", "severity"},
	"TIER_DOWNGRADED":           {"expires", "cooldown"},
	"TIER_UPGRADED":             {"expires", "cooldown"},
	"TIER_RESTORED":             {"expires", "cooldown"},
	"TIER_CORRECTED":            {"expires", "cooldown"},
	"NEAR_UPGRADE":              {"share", "cooldown", "dwell"},
	"LARGE_OUTFLOW":             {"share", "amount", "at_least", "expires", "cooldown"},
	"ACTIVITY_SILENCE":          {"min_days", "cooldown"},
}

// defaultAlerts are the settings of a policy that says nothing about alerts. The
// numbers are those of docs/policy.md.
func defaultAlerts() Alerts {
	news := Rule{ExpiresDays: 30}
	return Alerts{
		MissProjected: Rule{WithinDays: 30},
		Downgrade:     Rule{WithinDays: 30, CriticalDays: 14},
		Watch:         Rule{WithinDays: 30},
		Grace:         Rule{WithinDays: 30, CriticalDays: 14},
		Downgraded:    news,
		Upgraded:      news,
		Restored:      news,
		Corrected:     news,
		NearUpgrade:   Rule{ShareBP: 1000},
		LargeOutflow:  Rule{ShareBP: 2000, ExpiresDays: 30},
		Silence:       Rule{MinDays: 30},
	}
}

func (a *Alerts) byCode() map[string]*Rule {
	return map[string]*Rule{
		"MISS_PROJECTED": &a.MissProjected, "VALUE_DOWNGRADE_PROJECTED": &a.Downgrade, "WATCH_ENTERED": &a.Watch,
		"GRACE_LAST_MONTH": &a.Grace, "TIER_DOWNGRADED": &a.Downgraded, "TIER_UPGRADED": &a.Upgraded,
		"TIER_RESTORED": &a.Restored, "TIER_CORRECTED": &a.Corrected, "NEAR_UPGRADE": &a.NearUpgrade,
		"LARGE_OUTFLOW": &a.LargeOutflow, "ACTIVITY_SILENCE": &a.Silence,
	}
}

func (c *compiler) readAlerts(root value) {
	c.plan.Alerts = defaultAlerts()
	rules := c.plan.Alerts.byCode()
	section, _ := root.get("alerts")
	for code, v := range section.pairs() {
		rule, ok := rules[code.node.Value]
		if !ok {
			continue
		}
		allowed := alertKeys[code.node.Value]
		for key, val := range v.pairs() {
			k := key.node.Value
			switch {
			case k == "enabled" || slices.Contains(allowed, k):
				c.alertKey(k, val, rule)
			case slices.Contains(everyAlertKey, k):
				c.problem(key, code.node.Value+" does not use "+k, "take it out; it uses "+strings.Join(allowed, ", "))
			}
		}
	}
}

var everyAlertKey = []string{"within", "cooldown", "expires", "dwell", "hold", "share", "amount", "at_least", "min_days", "severity"}

// alertKey reads one setting.
func (c *compiler) alertKey(key string, v value, r *Rule) {
	switch key {
	case "enabled":
		s, _ := v.text()
		r.Off = lower(s) == "false"
	case "within":
		r.WithinDays = c.inDays(v, 0, maxWindowDays)
	case "cooldown":
		r.CooldownDays = c.inDays(v, 0, maxWindowDays)
	case "expires":
		r.ExpiresDays = c.inDays(v, 1, maxWindowDays)
	case "dwell":
		r.DwellMinutes = c.inMinutes(v)
	case "hold":
		r.HoldMinutes = c.inMinutes(v)
	case "share":
		r.ShareBP, _ = c.share(v)
	case "amount":
		r.AmountMinor = c.sum(v)
	case "at_least":
		r.LeastMinor = c.sum(v)
	case "min_days":
		r.MinDays = c.inDays(v, 1, maxWindowDays)
	case "severity":
		critical, _ := v.get("critical")
		if w, ok := critical.get("within"); ok {
			r.CriticalDays = c.inDays(w, 0, maxWindowDays)
		}
	}
}

// sum reads an amount that may not be negative.
func (c *compiler) sum(v value) int64 {
	n, ok := c.amount(v)
	if ok && n < 0 {
		c.problem(v, "is negative", "write an amount above 0")
	}
	return n
}
