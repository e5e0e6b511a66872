package gen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pgregory.net/rapid"
)

// Features turn off what a property does not want to meet.
type Features struct {
	// Pure: one scheme by an average of deposits over its own period, tiers changed
	// without review, no weights below 100 %.
	Pure bool
	// Seeded gives every customer the highest tier at the start, so that falls are
	// many.
	Seeded bool
	// Warm: a CLOSE comes before everything, and each account has an event on the
	// first day.
	Warm                                                    bool
	NoUnits, NoHeals, NoSide, NoPolicies, NoSkips, NoReview bool
	// Days: some sources tell balances without order within a day.
	Days bool
	// Ordered: all sources tell balances in their order, and book back often.
	Ordered bool
	// Lag: some bookings are booked back, on a day up to eight days before that of their
	// time, where no balance is told.
	Lag bool
	// Third: two policies come behind the first, near each other, some with a tier below the
	// lowest, and many days are restated.
	Third bool
	// Old: many bookings come up to 400 days late.
	Old bool
	// Amends: reversals get newer versions.
	Amends bool
	// Resets: other rules come that reset misses, and bookings of before behind them.
	Resets bool
	// Alerts draws settings of alerts.
	Alerts bool
	// Hold draws hold for alerts, and a TICK after every record.
	Hold bool
	// FullWeight: deposits count whole.
	FullWeight bool
	// MaxDays bounds the length of the log, 0: 200.
	MaxDays int
}

func pick[T any](t *rapid.T, label string, of ...T) T { return rapid.SampledFrom(of).Draw(t, label) }

func chance(t *rapid.T, label string, percent int) bool {
	return rapid.IntRange(0, 99).Draw(t, label) >= 100-percent
}

// names are the rungs that random schemes take theirs from; lowest may be put below them.
var names = []string{"mass", "gold", "platinum", "private"}

const lowest = "basic"

// yuan writes minor units as an amount of a policy.
func yuan(n int) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }

// metric is one that a random scheme may go by.
type metric struct {
	name, text string
	// money, ratio: how thresholds are written; else whole numbers.
	money, ratio bool
	average      bool
}

func threshold(t *rapid.T, m *metric) []string {
	n := rapid.IntRange(1, 10).Draw(t, "threshold")
	var out []string
	for range names {
		switch {
		case m.money:
			out = append(out, yuan(n*500))
		case m.ratio:
			out = append(out, fmt.Sprintf("%d%%", n*3))
		default:
			out = append(out, strconv.Itoa(n))
		}
		n += rapid.IntRange(1, 10).Draw(t, "step")
	}
	return out
}

// flows are the metrics over entries, and those about the standing.
func flows(t *rapid.T) []metric {
	days := rapid.IntRange(1, 45).Draw(t, "windowDays")
	hours := rapid.IntRange(1, 72).Draw(t, "windowHours")
	where := pick(t, "where", "", ", where: {direction: CREDIT}", ", where: {internal: false}", ", where: {accounts: [DEMAND, FUND]}",
		", where: {initiator: CUSTOMER, channel: [APP, ATM]}", ", where: {joint: false}")
	of := pick(t, "of", "type", "channel", "class", "account", "counterparty")
	return []metric{
		{name: "inflow", text: fmt.Sprintf("{kind: sum, window: %dd%s}", days, where), money: true},
		{name: "hourly", text: fmt.Sprintf("{kind: sum, window: %dh%s}", hours, where), money: true},
		{name: "entries", text: fmt.Sprintf("{kind: count, window: %dd%s}", days, where)},
		{name: "biggest", text: fmt.Sprintf("{kind: max, window: %dd%s}", days, where), money: true},
		{name: "active", text: fmt.Sprintf("{kind: active_days, window: %dd%s}", days, where)},
		{name: "kinds", text: fmt.Sprintf("{kind: distinct, of: %s, window: %dd%s}", of, days, where)},
		{name: "last", text: "{kind: recency" + where + "}"},
		{name: "since", text: "{kind: tenure}"},
		{name: "held", text: "{kind: products_held}"},
		{name: "overdue", text: "{kind: dpd}"},
		{name: "used", text: "{kind: utilisation}", ratio: true},
		{name: "complaints", text: "{kind: complaints_open}"},
		{name: "slope", text: "{kind: trend, recent: inflow, base: biggest}", ratio: true},
		{name: "point", text: "{kind: balance" + pick(t, "series", "", ", balance: book") + "}", money: true},
		{name: "owed", text: "{kind: balance, classes: [loans]}", money: true},
	}
}

// Policy draws the text of a policy of a version.
func Policy(t *rapid.T, version int, f Features) string {
	var b strings.Builder
	fmt.Fprintf(&b, "policy: test\nversion: %d\nclasses:\n", version)
	weight := "100%"
	floor := ""
	if !f.Pure && !f.FullWeight {
		weight = pick(t, "depositWeight", "100%", "100%", "50%", "33.33%")
		floor = pick(t, "floor", "", "", ", floor: none")
	}
	fmt.Fprintf(&b, "  deposits: {types: [DEMAND, TIME, NOTICE], weight: %s%s}\n", weight, floor)
	fmt.Fprintf(&b, "  funds: {types: [FUND, GOLD], weight: %s, value: nav}\n", pick(t, "fundWeight", "100%", "50%"))
	b.WriteString("  loans: {types: [LOAN, CARD_CREDIT], liability: true}\nmetrics:\n")
	assess := pick(t, "assess", "month", "month", "quarter", "7d", "10d", "day", "event", "month")
	if f.Pure {
		assess = pick(t, "pureAssess", "month", "month", "quarter")
	}
	aum, pool := average(t, assess, f), flows(t)
	fmt.Fprintf(&b, "  %s: %s\n", aum.name, aum.text)
	if !f.Pure {
		for _, m := range pool {
			fmt.Fprintf(&b, "  %s: %s\n", m.name, m.text)
		}
		b.WriteString("dimensions:\n")
		b.WriteString("  assets: {metric: aum, curve: {0: 0, 10: 20%, 100: 100%}}\n")
		fmt.Fprintf(&b, "  activity: {metric: active, curve: {0: 0, %d: 100%%}}\n", rapid.IntRange(1, 9).Draw(t, "curve"))
		b.WriteString("  quiet: {metric: last, curve: {0: 100%, 7: 50%, 30: 0}}\n")
		b.WriteString("scores:\n  value: {assets: 70%, activity: 20%, quiet: 10%}\n")
	}
	b.WriteString("schemes:\n")
	scheme(t, &b, "card", assess, aum, pool, version, f)
	if !f.Pure && chance(t, "club", 40) {
		other := pick(t, "clubAssess", "7d", "month", "event", "day", "quarter")
		scheme(t, &b, "club", other, metric{}, pool, version, f)
	}
	if f.Alerts {
		alerts(t, &b, f.Hold)
	}
	return b.String()
}

// alerts draws settings of some codes.
func alerts(t *rapid.T, b *strings.Builder, hold bool) {
	var lines []string
	days := func(label string, lo, hi int) string {
		return fmt.Sprintf("%dd", rapid.IntRange(lo, hi).Draw(t, label))
	}
	for _, code := range []string{"MISS_PROJECTED", "VALUE_DOWNGRADE_PROJECTED", "WATCH_ENTERED", "GRACE_LAST_MONTH"} {
		if !chance(t, code, 60) {
			continue
		}
		keys := []string{}
		if chance(t, "within", 50) {
			keys = append(keys, "within: "+days("withinDays", 0, 60))
		}
		if chance(t, "cooldown", 50) {
			keys = append(keys, "cooldown: "+days("cooldownDays", 0, 40))
		}
		if chance(t, "dwell", 40) {
			keys = append(keys, fmt.Sprintf("dwell: %dm", rapid.IntRange(0, 3000).Draw(t, "dwellMinutes")))
		}
		if hold && (code == "MISS_PROJECTED" || code == "VALUE_DOWNGRADE_PROJECTED") {
			keys = append(keys, fmt.Sprintf("hold: %dm", rapid.IntRange(0, 200).Draw(t, "holdMinutes")))
		}
		if chance(t, "off", 10) {
			keys = append(keys, "enabled: false")
		}
		if len(keys) > 0 {
			lines = append(lines, fmt.Sprintf("  %s: {%s}", code, strings.Join(keys, ", ")))
		}
	}
	for _, code := range []string{"TIER_DOWNGRADED", "TIER_UPGRADED", "NEAR_UPGRADE", "ACTIVITY_SILENCE", "LARGE_OUTFLOW"} {
		if !chance(t, code, 40) {
			continue
		}
		key := "expires: " + days("expires", 1, 40)
		switch code {
		case "NEAR_UPGRADE":
			key = fmt.Sprintf("share: %d%%", rapid.IntRange(1, 100).Draw(t, "share"))
		case "ACTIVITY_SILENCE":
			key = "min_days: " + days("minDays", 1, 40)
		case "LARGE_OUTFLOW":
			key = fmt.Sprintf("share: %d%%, at_least: %d", rapid.IntRange(1, 100).Draw(t, "outflowShare"), rapid.IntRange(0, 40).Draw(t, "atLeast"))
		}
		lines = append(lines, fmt.Sprintf("  %s: {%s, cooldown: %s}", code, key, days("newsCooldown", 0, 20)))
	}
	if len(lines) > 0 {
		b.WriteString("alerts:\n" + strings.Join(lines, "\n") + "\n")
	}
}

// average draws the metric aum for a scheme's rhythm.
func average(t *rapid.T, assess string, f Features) metric {
	text := "{kind: adb"
	if calendar := assess == "month" || assess == "quarter"; calendar {
		over := assess
		if !f.Pure && chance(t, "longer", 25) {
			over = pick(t, "over", "3 months", "30d", "90d")
		}
		text += ", over: " + over
		if over == "month" && chance(t, "thirty", 25) {
			text += ", day_count: 30"
		}
		if over == assess && chance(t, "sinceOpen", 25) {
			text += ", first_period: since_open"
		}
	} else {
		text += ", over: " + pick(t, "overDays", "7d", "30d", "10d")
	}
	if chance(t, "rounding", 15) {
		text += ", rounding: 2dp_half_up"
	}
	if chance(t, "book", 20) {
		text += ", balance: book"
	}
	if f.Pure {
		text += ", classes: [deposits]"
	}
	return metric{name: "aum", text: text + "}", money: true, average: true}
}

// scheme draws one scheme.
func scheme(t *rapid.T, b *strings.Builder, name, assess string, by metric, pool []metric, version int, f Features) {
	average := by.average && (f.Pure || chance(t, "byAverage", 75))
	if !average {
		usable := slices.DeleteFunc(slices.Clone(pool), func(m metric) bool { return m.name == "owed" })
		by = pick(t, "by", append(usable, metric{name: "value", ratio: true, average: true})...)
		if by.name == "value" && assess != "month" && assess != "quarter" && assess != "event" {
			by = pool[0]
		}
	}
	if by.name == "value" && name == "club" {
		by = pool[0]
	}
	fmt.Fprintf(b, "  %s:\n    by: %s\n    assess: %s\n", name, by.name, assess)
	upgrades := []string{"at_close"}
	most := 10
	// A look-back of 400 days, as recency has, leaves few to restate.
	long := f.Third && by.name != "last" && by.name != "value"
	if f.Pure || long {
		most = 40
	}
	if assess != "event" {
		upgrades = append(upgrades, "next_period")
		if chance(t, "lag", 20) {
			fmt.Fprintf(b, "    assess_lag: %dd\n", rapid.IntRange(1, 2).Draw(t, "lagDays"))
		}
		if chance(t, "restate", 20) || long {
			fmt.Fprintf(b, "    restate: %dd\n", rapid.IntRange(0, most).Draw(t, "restateDays"))
		}
	}
	anyAll := !f.Pure && chance(t, "several", 20)
	second := by
	if anyAll {
		second = beside(t, name, pool)
	}
	own := average && (assess == "month" || assess == "quarter") && strings.Contains(by.text, "over: "+assess)
	if own && !anyAll {
		upgrades = append(upgrades, "when_secured")
	}
	// At once by an average over days of its own is not defined.
	entries := []string{"first_assessment", "first_assessment"}
	if own && !anyAll || !by.average && (!anyAll || !second.average) {
		entries = append(entries, "at_once")
	}
	if !by.average && !anyAll {
		upgrades = append(upgrades, "immediate")
	}
	fmt.Fprintf(b, "    entry: %s\n    upgrade: %s\n", pick(t, "entry", entries...), pick(t, "upgrade", upgrades...))
	manners(t, b, version, f)
	rungs(t, b, by, second, version, f)
}

// manners are how a scheme tells, proposes, guarantees and protects.
func manners(t *rapid.T, b *strings.Builder, version int, f Features) {
	if chance(t, "silent", 20) {
		b.WriteString("    lowest_entry: silent\n")
	}
	if !f.NoReview && !f.Pure && chance(t, "review", 15) {
		b.WriteString("    on_down: review\n")
	}
	if chance(t, "guarantee", 15) {
		fmt.Fprintf(b, "    guarantee: {months: %d, misses: %s}\n", rapid.IntRange(1, 4).Draw(t, "months"), pick(t, "how", "ignored", "counted"))
	}
	if chance(t, "protect", 10) {
		fmt.Fprintf(b, "    protect: {months: %d}\n", rapid.IntRange(1, 3).Draw(t, "months"))
	}
	if version > 1 && (f.Resets || chance(t, "resetMisses", 30)) {
		b.WriteString("    reset_misses: true\n")
	}
}

// beside draws what tiers ask for besides: entries, active days, the balance of the day,
// what is owed, or the average, which has the rhythm of the first scheme.
func beside(t *rapid.T, scheme string, pool []metric) metric {
	i := pick(t, "second", 2, 4, 13, 13, 14, 15)
	switch {
	case i < len(pool):
		return pool[i]
	case scheme == "card":
		return metric{name: "aum", money: true, average: true}
	}
	return pool[13]
}

// rungs draws the tiers and, from the second version on, the successors.
func rungs(t *rapid.T, b *strings.Builder, by, second metric, version int, f Features) {
	kept := []string{"mass"}
	for _, n := range names[1:] {
		if chance(t, "tier "+n, 75) || n == "private" && len(kept) == 1 {
			kept = append(kept, n)
		}
	}
	all := names
	if f.Third {
		all = slices.Insert(slices.Clone(names), 0, lowest)
	}
	if f.Third && version > 1 && chance(t, "lower tier", 30) {
		kept = slices.Insert(kept, 0, lowest)
	}
	if version > 1 {
		if list := successors(t, all, kept); list != "" {
			fmt.Fprintf(b, "    replaced_by: {%s}\n", list)
		}
	}
	fmt.Fprintf(b, "    tiers:\n      - {name: %s}\n", kept[0])
	levels := threshold(t, &by)
	seconds := threshold(t, &second)
	for i, n := range kept[1:] {
		cond := "from: " + levels[i]
		if second.name != by.name {
			cond = fmt.Sprintf("%s: [{%s: %s}, {%s: %s}]", pick(t, "anyAll", "any", "all"), by.name, levels[i], second.name, seconds[i])
		}
		down := rapid.IntRange(1, 3).Draw(t, "downAfter")
		fmt.Fprintf(b, "      - {name: %s, %s, watch_after: %d, down_after: %d, lands_on: %s}\n", n, cond,
			rapid.IntRange(1, down).Draw(t, "watchAfter"), down, pick(t, "lands", "last", "best", "one_down", "by_balance"))
	}
}

// successors are those of the tiers that are not kept. The lowest below mass has no part in
// it, for a run of misses knows only the best tier reached: of two that change places it is
// the one that was higher.
func successors(t *rapid.T, all, kept []string) string {
	var out []string
	for _, n := range all {
		switch {
		case slices.Contains(kept, n):
		case n == lowest:
			out = append(out, n+": mass")
		default:
			out = append(out, n+": "+pick(t, "successor", kept[slices.Index(kept, "mass"):]...))
		}
	}
	return strings.Join(out, ", ")
}
