package cases

import (
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
)

// Ahead are of the days ahead: when a fall will come, and what keeps it away.
func Ahead() []*Case {
	return []*Case{
		eventAhead(), hoursAhead(), kindsBehindALag(), heldByAHigherTier(), askedForNothing(),
		liftedBehindAHold(), liftedBehindAnEvent(), foreseenBehindAGuarantee(), belowTheLowest(), foreseenBehindALag(),
	}
}

const hours = `policy: test
version: 1
classes:
  deposits: {types: [DEMAND, TIME, NOTICE]}
metrics:
  inflow: {kind: sum, window: 54h}
schemes:
  card:
    by: inflow
    assess: day
    tiers:
      - {name: mass}
      - {name: gold, from: 5.00, watch_after: 1, down_after: 3}
`

const byEvent = `policy: test
version: 1
classes:
  deposits: {types: [DEMAND, TIME, NOTICE]}
metrics:
  point: {kind: balance}
schemes:
  card:
    by: point
    assess: event
    tiers:
      - {name: mass}
      - {name: gold, from: 500.00, watch_after: 1, down_after: 3}
`

// eventAhead: the event is assessed on its own day, and the CLOSE of the day before
// it then assesses nothing: what money asks is asked for the event's day.
func eventAhead() *Case {
	s := start("an event ahead of a CLOSE is assessed on its day",
		"semantics 1 and 5: a customer's day is his newest event's, and assess: event makes it the period", byEvent, "2024-01-30")
	s.Close(gen.Day("2024-01-30"))
	s.Seed("C", "card", "gold", gen.Day("2023-12-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-01-30"), yuan(600))
	s.Tick(gen.Day("2024-01-31"))
	s.Book("C", "A", gen.Day("2024-02-01"), yuan(-300))
	s.want("misses", "1", "falls_on", "2024-02-03", "top_up", "20000", "estimate", "30000", "shortfall", "20000", "reachable", "true")
	s.Close(gen.Day("2024-01-31"))
	s.want("misses", "1", "falls_on", "2024-02-03", "top_up", "20000", "shortfall", "20000")
	return s.c
}

// hoursAhead: 6.00 at noon of 8 March is within 54 hours of the cuts of the 8th
// and the 9th; three misses from the 10th make the fall of the 13th.
func hoursAhead() *Case {
	s := start("hour windows ahead", "semantics 6: the tier changes on exactly the projected day; R58", hours, "2024-03-01")
	s.Close(gen.Day("2024-03-01"))
	s.Balance("C", "A", gen.Day("2024-03-01"), 0)
	s.through("2024-03-02", "2024-03-07")
	s.Book("C", "A", gen.Day("2024-03-08"), 600)
	s.Close(gen.Day("2024-03-08"))
	s.want("tier", "gold", "falls_on", "2024-03-13")
	s.through("2024-03-09", "2024-03-11")
	s.want("tier", "gold", "falls_on", "2024-03-13", "misses", "2")
	s.Close(gen.Day("2024-03-12"))
	s.want("tier", "mass", "changes", "DOWNGRADED gold>mass 2024-03-13")
	return s.c
}

// kindsBehindALag: while the 15th still waits for its assessment, the event of the
// 16th counts for the four days from then on: the 20th is the first without one.
func kindsBehindALag() *Case {
	s := start("a day that waits, and an event since", "semantics 6: the tier changes on exactly the projected day",
		byFlow("distinct, of: account, window: 4d", "assess: day\n    assess_lag: 1d", "from: 1, watch_after: 1, down_after: 1"), "2024-11-12")
	s.Close(gen.Day("2024-11-12"))
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Book("C", "A", gen.Day("2024-11-13"), 100)
	s.through("2024-11-13", "2024-11-15")
	s.Tick(gen.Day("2024-11-16"))
	s.Book("C", "A", gen.Day("2024-11-16"), 100)
	s.want("falls_on", "2024-11-22")
	s.through("2024-11-16", "2024-11-20")
	s.want("tier", "gold")
	s.Close(gen.Day("2024-11-21"))
	s.want("tier", "mass", "changes", "DOWNGRADED gold>mass 2024-11-22")
	return s.c
}

// withActivity is a policy by balance with a count of active days beside it.
func withActivity(gold, platinum string) string {
	months := ", watch_after: 1, down_after: 2"
	return strings.Replace(byFlow("balance", "assess: month", gold+months), "schemes:", "  active: {kind: active_days, window: 60d}\nschemes:", 1) +
		"      - {name: platinum, " + platinum + months + "}\n"
}

// heldByAHigherTier: gold asks for three active days beside its 100.00, platinum for
// 500.00 alone; with 600.00 nothing is missing.
func heldByAHigherTier() *Case {
	s := start("held by a higher tier", "R26, R146", withActivity(
		"all: [{lead: 100.00}, {active: 3}]", "any: [{lead: 500.00}, {active: 20}]"), "2024-01-01")
	s.Balance("C", "A", gen.Day("2023-12-31"), 60_000)
	s.Close(gen.Day("2024-01-01"))
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 1, 0)
	s.Close(gen.Day("2024-01-02"))
	s.want("reachable", "true", "top_up", "0", "falls_on", "")
	return s.c
}

// askedForNothing: 50.00 are less than gold asks for, but his one active day is what
// platinum does.
func askedForNothing() *Case {
	s := start("nothing is asked where a higher tier holds", "R26, R146", withActivity(
		"from: 100.00", "any: [{lead: 500.00}, {active: 1}]"), "2024-01-01")
	s.Balance("C", "A", gen.Day("2023-12-31"), 4_900)
	s.Close(gen.Day("2024-01-01"))
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 1, 0)
	s.Tick(gen.Day("2024-01-02"))
	s.Book("C", "A", gen.Day("2024-01-02"), 100)
	s.Close(gen.Day("2024-01-02"))
	s.want("reachable", "true", "top_up", "0", "wait", "")
	return s.c
}

// liftedBehindAHold: held on gold through the 10th, the 11.00 give platinum on the 11th
// and its guarantee of a month: that they leave on the 25th is a miss of February, none
// of January.
func liftedBehindAHold() *Case {
	s := start("lifted behind a hold", "R31; semantics 6: the same advance with no event",
		byFlow("balance", "assess: month\n    upgrade: immediate\n    guarantee: {months: 1, misses: ignored}", "from: 1.00, watch_after: 1, down_after: 1")+
			"      - {name: platinum, from: 5.00, watch_after: 1, down_after: 1}\n", "2024-01-01")
	s.Balance("C", "A", gen.Day("2023-12-31"), 100)
	s.Close(gen.Day("2023-12-31"))
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 0, 0)
	s.Close(gen.Day("2024-01-01"))
	s.Tick(gen.Day("2024-01-02"))
	s.Override("C", "card", "gold", gen.Day("2024-01-02"), gen.Day("2024-01-10"))
	s.Book("C", "A", gen.Day("2024-01-02"), 1_000)
	s.Book("C", "A", gen.Day("2024-01-02"), -1_100, gen.Valued(gen.Day("2024-01-25")))
	s.Close(gen.Day("2024-01-02"))
	s.want("tier", "gold", "falls_on", "2024-03-01", "alerts", "")
	s.through("2024-01-03", "2024-01-11")
	s.want("tier", "platinum", "falls_on", "2024-03-01")
	s.through("2024-01-12", "2024-02-29")
	s.want("tier", "mass", "changes", "DOWNGRADED platinum>mass 2024-03-01")
	return s.c
}

// liftedBehindAnEvent: the event of the 21st takes platinum, the CLOSE of the 20th, as
// of which he was silent, gives it again; so the fall to mass is a day further.
func liftedBehindAnEvent() *Case {
	policy := byFlow("recency", "assess: event\n    upgrade: immediate", "from: 2, watch_after: 1, down_after: 1, lands_on: by_balance") +
		"      - {name: platinum, from: 7, watch_after: 1, down_after: 1, lands_on: one_down}\n"
	s := start("lifted by a CLOSE behind an event", "semantics 1 and 6: a CLOSE decides as of its day", policy, "2024-01-01")
	s.Close(gen.Day("2023-12-31"))
	s.Book("C", "A", gen.Day("2024-01-01"), 100)
	s.Seed("C", "card", "platinum", gen.Day("2023-01-01"), 0, 0)
	s.through("2024-01-01", "2024-01-19")
	s.Tick(gen.Day("2024-01-20"))
	s.Book("C", "A", gen.Day("2024-01-21"), 100)
	s.want("tier", "gold", "falls_on", "2024-01-23")
	s.Close(gen.Day("2024-01-20"))
	s.want("tier", "platinum")
	s.through("2024-01-21", "2024-01-22")
	s.want("tier", "mass", "changes", "DOWNGRADED gold>mass 2024-01-23")
	return s.c
}

// foreseenBehindAGuarantee: guaranteed through 2025, he misses the first three months
// of 2026; a year and a half ahead is within the horizon, for it begins at the end of
// the guarantee.
func foreseenBehindAGuarantee() *Case {
	s := start("a fall behind a guarantee", "R42", ladder("", "", three), "2024-06-01")
	s.Balance("C", "A", gen.Day("2024-05-31"), yuan(10_000))
	s.Close(gen.Day("2024-06-01"))
	s.Seed("C", "card", "gold", gen.Day("2024-06-01"), 0, gen.Day("2025-12-31"))
	s.Close(gen.Day("2024-06-02"))
	s.want("falls_on", "2026-04-01", "lands_on", "mass")
	return s.c
}

// belowTheLowest: the rules of February put a tier below mass, which then asks 10.00 of him.
// He has 5.00, so that he falls with February, to a tier that no rules in force know.
func belowTheLowest() *Case {
	months := untilPlatinum("assess: month")
	s := start("a fall below the lowest tier in force", "semantics 6: activations in the log are part of it; R139", months, "2025-01-01")
	s.Seed("C", "card", "mass", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), 500)
	s.Policy(nextVersion(months, "2", "{name: mass}", "{name: basic}\n      - {name: mass, from: 10.00, down_after: 1}"), 2, gen.Day("2025-02-01"))
	s.through("2025-01-01", "2025-01-20")
	s.want("tier", "mass", "falls_on", "2025-03-01", "lands_on", "", "act_by", "2025-02-28", "alerts", "")
	s.through("2025-01-21", "2025-01-29")
	s.want("alerts", "VALUE_DOWNGRADE_PROJECTED OPEN WARNING")
	s.through("2025-01-30", "2025-01-31")
	s.want("tier", "mass", "falls_on", "2025-03-01", "lands_on", "basic")
	s.through("2025-02-01", "2025-02-28")
	s.want("tier", "basic", "changes", "DOWNGRADED mass>basic 2025-03-01")
	return s.c
}

// foreseenBehindALag: 150.00 are gold on each day through 31 January, which waits two days.
// The rules of February ask 200.00 without a lag: its first day is decided behind that one,
// at the CLOSE of the 2nd.
func foreseenBehindALag() *Case {
	days := byFlow("balance", "assess: day\n    assess_lag: 2d", "from: 100.00, down_after: 1")
	s := start("a fall behind days alike that wait for their lag", "R91: in order", days, "2025-01-01")
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), 15_000)
	s.Policy(nextVersion(days, "2", "\n    assess_lag: 2d", "", "100.00", "200.00"), 2, gen.Day("2025-02-01"))
	s.through("2025-01-01", "2025-01-29")
	s.want("tier", "gold", "falls_on", "2025-02-03", "act_by", "2025-02-01")
	s.through("2025-01-30", "2025-02-01")
	s.want("tier", "gold", "changes", "")
	s.Close(gen.Day("2025-02-02"))
	s.want("tier", "mass", "changes", "DOWNGRADED gold>mass 2025-02-03")
	return s.c
}
