package cases

import (
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// UnderNewRules are of policies that follow one another: what those to come do to a fall,
// a lift or a period, and what those of before leave behind.
func UnderNewRules() []*Case {
	return []*Case{
		liftedOutOfTheFall(), notLiftedInAdvance(), fallTakenBack(), missedAtTheEnd(),
		twoPeriodsOfADay(), liftedByRulesToCome(), nearByTheRulesInForce(), goneBeforeItsLag(),
		anotherRankOfTheTier(), decidedByEventsOnce(), turnedOff(), graceOfOtherRules(), cooledDown(),
		droppedScheme(), insertedBelow(),
	}
}

// liftedOutOfTheFall: gold would be private under the rules of the 11th, and missed on
// that very day. But on the 9th his silence gives platinum, which is mass under them.
func liftedOutOfTheFall() *Case {
	silence := byFlow("recency", "assess: month\n    upgrade: immediate", "from: 4, watch_after: 1, down_after: 1") +
		"      - {name: platinum, from: 8, watch_after: 1, down_after: 3}\n"
	s := start("lifted out of a fall to come", "R65, R145", silence, "2024-01-01")
	s.Close(gen.Day("2023-12-31"))
	s.Book("C", "A", gen.Day("2024-01-01"), 100)
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 0, 0)
	s.through("2024-01-01", "2024-01-07")
	s.Policy(strings.NewReplacer("version: 1", "version: 2", "name: gold", "name: private", "    tiers:", "    replaced_by: {gold: private, platinum: mass}\n    tiers:").Replace(
		byFlow("distinct, of: type, window: 20d", "assess: day", "from: 7, watch_after: 1, down_after: 1")), 2, gen.Day("2024-01-11"))
	s.Close(gen.Day("2024-01-08"))
	s.want("tier", "gold", "falls_on", "", "alerts", "")
	s.Close(gen.Day("2024-01-09"))
	s.want("tier", "platinum", "changes", "UPGRADED gold>platinum 2024-01-10", "falls_on", "")
	s.Close(gen.Day("2024-01-10"))
	s.want("tier", "mass", "changes", "REMAPPED platinum>mass 2024-01-11")
	s.Close(gen.Day("2024-01-11"))
	s.want("tier", "mass", "changes", "")
	return s.c
}

// notLiftedInAdvance: the 20.00 of the 8th would be platinum at once under the rules of
// the 20th, but have left their three days by then: the miss of before still counts.
func notLiftedInAdvance() *Case {
	atClose := byFlow("sum, window: 3d", "assess: month", "from: 5.00, watch_after: 1, down_after: 2") +
		"      - {name: platinum, from: 10.00, watch_after: 1, down_after: 2}\n"
	s := start("rules to come lift nobody in advance", "R145", atClose, "2024-01-01")
	s.Close(gen.Day("2023-12-31"))
	s.Balance("C", "A", gen.Day("2023-12-31"), 0)
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 1, 0)
	s.through("2024-01-01", "2024-01-07")
	s.Tick(gen.Day("2024-01-08"))
	s.Book("C", "A", gen.Day("2024-01-08"), 2_000)
	s.Policy(strings.NewReplacer("version: 1", "version: 2", "assess: month", "assess: month\n    upgrade: immediate").Replace(atClose), 2, gen.Day("2024-01-20"))
	s.Close(gen.Day("2024-01-08"))
	s.want("tier", "gold", "falls_on", "2024-02-01")
	s.through("2024-01-09", "2024-01-31")
	s.want("tier", "mass", "changes", "DOWNGRADED gold>mass 2024-02-01")
	return s.c
}

// fallTakenBack: gold and platinum are one tier under the rules of the 20th; that he
// fell from one to the other is no news any more.
func fallTakenBack() *Case {
	s := start("a fall is taken back by other rules", "R49, R147",
		byFlow("balance", "assess: day", "from: 10.00, watch_after: 1, down_after: 1")+
			"      - {name: platinum, from: 20.00, watch_after: 1, down_after: 1, lands_on: last}\n", "2024-01-01")
	s.Balance("C", "A", gen.Day("2023-12-31"), 1_500)
	s.Close(gen.Day("2024-01-01"))
	s.Seed("C", "card", "platinum", gen.Day("2023-01-01"), 0, 0)
	s.Close(gen.Day("2024-01-02"))
	s.want("tier", "gold", "alerts", "TIER_DOWNGRADED OPEN WARNING")
	s.through("2024-01-03", "2024-01-17")
	s.Policy(strings.NewReplacer("version: 1", "version: 2", "    tiers:", "    replaced_by: {platinum: gold}\n    tiers:").Replace(
		byFlow("balance", "assess: day", "from: 10.00, watch_after: 1, down_after: 1")), 2, gen.Day("2024-01-20"))
	s.Close(gen.Day("2024-01-18"))
	s.want("tier", "gold", "alerts", "")
	s.Close(gen.Day("2024-01-19"))
	s.want("tier", "gold", "alerts", "TIER_DOWNGRADED AUTO_RESOLVED WARNING")
	s.Close(gen.Day("2024-01-20"))
	s.want("alerts", "")
	return s.c
}

// turnedOff: 15.00 cost platinum, which is gold under the rules of the 20th, so that the news
// of it ends with the CLOSE of the 19th. Those ask 30.00 of gold, and foretell no miss: what
// the rules of before have foretold ends with the CLOSE of their first day.
func turnedOff() *Case {
	weeks := byFlow("balance", "assess: 7d", "from: 10.00, watch_after: 1, down_after: 1") +
		"      - {name: platinum, from: 20.00, watch_after: 1, down_after: 1}\n"
	s := start("a miss is foretold no more by other rules", "R147", weeks, "2024-01-01")
	s.Balance("C", "A", gen.Day("2023-12-31"), 1_500)
	s.Close(gen.Day("2024-01-01"))
	s.Seed("C", "card", "platinum", gen.Day("2023-01-01"), 0, 0)
	s.through("2024-01-02", "2024-01-16")
	s.want("tier", "gold")
	s.Policy(nextVersion(byFlow("balance", "assess: month", "from: 30.00, watch_after: 1, down_after: 2"), "2", "    tiers:", "    replaced_by: {platinum: gold}\n    tiers:")+
		"alerts:\n  MISS_PROJECTED: {enabled: false}\n", 2, gen.Day("2024-01-20"))
	s.Close(gen.Day("2024-01-17"))
	s.want("alerts", "MISS_PROJECTED OPEN INFO")
	s.through("2024-01-18", "2024-01-19")
	s.want("alerts", "TIER_DOWNGRADED AUTO_RESOLVED WARNING")
	s.Close(gen.Day("2024-01-20"))
	s.want("alerts", "MISS_PROJECTED AUTO_RESOLVED INFO")
	return s.c
}

// graceOfOtherRules: 15.00 cost platinum, 5.00 of a week later are a miss of gold, of which
// one is left. The rules of the 22nd let platinum be gold and two be left: the news ends with
// the CLOSE of the 21st, the last chance is judged with the next one.
func graceOfOtherRules() *Case {
	weeks := byFlow("balance", "assess: 7d", "from: 10.00, watch_after: 2, down_after: 2")
	s := start("one miss is left, and two by other rules", "R147", weeks+"      - {name: platinum, from: 20.00, watch_after: 1, down_after: 1}\n", "2024-01-01")
	s.Balance("C", "A", gen.Day("2023-12-31"), 1_500)
	s.Close(gen.Day("2024-01-01"))
	s.Seed("C", "card", "platinum", gen.Day("2023-01-01"), 0, 0)
	s.through("2024-01-02", "2024-01-11")
	s.Book("C", "A", gen.Day("2024-01-12"), -1_000)
	s.through("2024-01-12", "2024-01-17")
	s.Book("C", "A", gen.Day("2024-01-18"), 1_000)
	s.Policy(nextVersion(weeks, "2", "down_after: 2", "down_after: 3", "    tiers:", "    replaced_by: {platinum: gold}\n    tiers:"), 2, gen.Day("2024-01-22"))
	s.through("2024-01-18", "2024-01-20")
	s.want("tier", "gold", "misses", "1")
	s.Close(gen.Day("2024-01-21"))
	s.want("alerts", "TIER_DOWNGRADED AUTO_RESOLVED WARNING")
	s.Close(gen.Day("2024-01-22"))
	s.want("alerts", "GRACE_LAST_MONTH AUTO_RESOLVED WARNING")
	return s.c
}

// cooledDown: a miss of January is foretold on the 4th and paid for on the 6th, the news of it
// ends with the CLOSE of that day. Rules without a cooldown give way to some with one of 20
// days on the 12th: the miss that comes again on the 14th is told, the one of the 24th is not,
// for the second has ended on the 20th.
func cooledDown() *Case {
	now := byFlow("balance", "assess: month", "from: 10.00, watch_after: 1, down_after: 3")
	s := start("a cooldown that other rules bring", "R192", now, "2024-01-01")
	s.Balance("C", "A", gen.Day("2023-12-31"), 1_500)
	s.Close(gen.Day("2024-01-01"))
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 0, 0)
	s.Policy(nextVersion(now, "2")+"alerts:\n  MISS_PROJECTED: {cooldown: 20d}\n", 2, gen.Day("2024-01-12"))
	move := func(on string, n int64) {
		s.Tick(gen.Day(on))
		s.Book("C", "A", gen.Day(on), n)
		s.Close(gen.Day(on))
	}
	s.through("2024-01-02", "2024-01-03")
	move("2024-01-04", -1_000)
	s.want("alerts", "MISS_PROJECTED OPEN WARNING")
	s.Close(gen.Day("2024-01-05"))
	move("2024-01-06", 1_000)
	s.want("alerts", "MISS_PROJECTED AUTO_RESOLVED WARNING")
	s.through("2024-01-07", "2024-01-13")
	move("2024-01-14", -1_000)
	s.want("alerts", "MISS_PROJECTED OPEN WARNING")
	s.through("2024-01-15", "2024-01-19")
	move("2024-01-20", 1_000)
	s.want("alerts", "MISS_PROJECTED AUTO_RESOLVED WARNING")
	s.through("2024-01-21", "2024-01-23")
	move("2024-01-24", -1_000)
	s.want("alerts", "")
	return s.c
}

// droppedScheme: the fall of January is told until the rules of 5 February, which drop its
// scheme.
func droppedScheme() *Case {
	now := byFlow("balance", "assess: month", "from: 10.00, watch_after: 1, down_after: 1")
	wealth := strings.TrimPrefix(now[strings.Index(now, "  card:"):], "  card:")
	s := start("the alerts of a scheme that is dropped", "R193", now+"  wealth:"+wealth, "2024-01-01")
	s.Balance("C", "A", gen.Day("2023-12-31"), 500)
	s.Close(gen.Day("2024-01-01"))
	s.Seed("C", "wealth", "gold", gen.Day("2023-01-01"), 0, 0)
	s.Policy(nextVersion(now, "2"), 2, gen.Day("2024-02-05"))
	s.through("2024-01-02", "2024-01-30")
	s.Close(gen.Day("2024-01-31"))
	s.want("changes", "ENTERED >mass 2024-02-01, DOWNGRADED gold>mass 2024-02-01")
	s.through("2024-02-01", "2024-02-03")
	s.Close(gen.Day("2024-02-04"))
	s.want("alerts", "TIER_DOWNGRADED AUTO_RESOLVED WARNING")
	s.Close(gen.Day("2024-02-05"))
	s.want("alerts", "")
	return s.c
}

// insertedBelow: January will cost platinum a miss. That the rules of 1 February, in the log
// since the 10th, put silver in between is no recovery: its CLOSE is that of the 1st.
func insertedBelow() *Case {
	now := byFlow("balance", "assess: month\n    assess_lag: 1d", "from: 10.00, watch_after: 1, down_after: 3") + "      - {name: platinum, from: 20.00, watch_after: 1, down_after: 3}\n"
	s := start("a tier inserted below while a miss is foretold", "R74, R91", now, "2024-01-01")
	s.Balance("C", "A", gen.Day("2023-12-31"), 1_500)
	s.Close(gen.Day("2024-01-01"))
	s.Seed("C", "card", "platinum", gen.Day("2024-01-01"), 0, 0)
	s.Close(gen.Day("2024-01-02"))
	s.want("alerts", "MISS_PROJECTED OPEN WARNING")
	s.through("2024-01-03", "2024-01-09")
	s.Policy(nextVersion(now, "2", "      - {name: gold", "      - {name: silver, from: 5.00, watch_after: 1, down_after: 3}\n      - {name: gold"), 2, gen.Day("2024-02-01"))
	s.Close(gen.Day("2024-01-10"))
	s.want("alerts", "")
	s.through("2024-01-11", "2024-01-31")
	s.Close(gen.Day("2024-02-01"))
	s.want("tier", "platinum", "misses", "1")
	return s.c
}

// missedAtTheEnd: the CLOSE of the 31st decides January and only then ends the scheme.
func missedAtTheEnd() *Case {
	s := start("missed before the scheme ends", "R74", byFlow("sum, window: 1d", "assess: month", "from: 5.00, watch_after: 1, down_after: 2"), "2024-01-01")
	s.Balance("C", "A", gen.Day("2023-12-31"), 0)
	s.Close(gen.Day("2024-01-01"))
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 0, 0)
	s.Policy(strings.NewReplacer("version: 1", "version: 2", "  card:", "  club:").Replace(
		byFlow("sum, window: 1d", "assess: month", "from: 5.00, watch_after: 1, down_after: 2")), 2, gen.Day("2024-02-01"))
	s.Close(gen.Day("2024-01-02"))
	s.want("alerts", "MISS_PROJECTED OPEN INFO", "falls_on", "")
	return s.c
}

// twoPeriodsOfADay: 4 January is long past as a day of the old rules, but January is
// the first month under the new ones, and missed without 40,000 since then.
func twoPeriodsOfADay() *Case {
	byDay := strings.NewReplacer("assess: month", "assess: day", "over: month", "over: 7d").Replace(ladder("", "", three))
	s := start("a day of two periods", "R127", byDay, "2024-01-01")
	s.Close(gen.Day("2023-12-31"))
	s.Balance("C", "A", gen.Day("2023-12-31"), yuan(60_000))
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 0, 0)
	s.through("2024-01-01", "2024-01-18")
	s.Policy(strings.Replace(ladder("", "", three), "version: 1", "version: 2", 1), 2, gen.Day("2024-01-20"))
	s.through("2024-01-19", "2024-02-04")
	s.want("tier", "gold", "misses", "0")
	s.Tick(gen.Day("2024-02-05"))
	s.Book("C", "A", gen.Day("2024-01-04"), yuan(-40_000))
	s.want("tier", "gold", "misses", "1", "changes", "CORRECTED gold>gold 2024-02-05")
	return s.c
}

// liftedByRulesToCome: gold comes with the rules of the 19th, and a week of the old
// ones, decided after that, is below it. Who has no tier to lose misses nothing.
func liftedByRulesToCome() *Case {
	s := start("lifted by rules to come", "R65, R91", byFlow("distinct, of: type, window: 9d", "assess: 7d\n    assess_lag: 2d", "from: 9"), "2024-01-01")
	s.Close(gen.Day("2024-01-01"))
	s.Balance("C", "A", gen.Day("2024-01-01"), 7_700)
	s.Seed("C", "card", "mass", gen.Day("2024-01-02"), 0, 0)
	s.through("2024-01-02", "2024-01-15")
	next := strings.Replace(byFlow("balance", "assess: 7d\n    upgrade: immediate", "from: 50.00, watch_after: 2, down_after: 3"), "version: 1", "version: 2", 1)
	s.Policy(next, 2, gen.Day("2024-01-19"))
	s.through("2024-01-16", "2024-01-18")
	s.want("tier", "gold", "changes", "UPGRADED mass>gold 2024-01-19", "alerts", "TIER_UPGRADED OPEN INFO")
	return s.c
}

// nearByTheRulesInForce: the average of ten days is 1,920 of 3,500 on the 6th and would
// be 3,200 on the 10th, the last day of the first week under rules to come.
func nearByTheRulesInForce() *Case {
	s := start("near by the rules in force", "R55",
		byFlow("adb, over: 10d", "assess: event", "from: 35.00, watch_after: 1, down_after: 3"), "2023-12-31")
	s.Close(gen.Day("2023-12-31"))
	s.Tick(gen.Day("2024-01-01"))
	s.Open("C", "A", pb.AccountType_DEMAND, gen.Base, gen.Day("2023-11-22"))
	s.Book("C", "A", gen.Day("2024-01-01"), 3_200)
	s.through("2024-01-01", "2024-01-03")
	next := strings.Replace(byFlow("sum, window: 22d", "assess: 7d", "from: 50.00, watch_after: 1, down_after: 1"), "version: 1", "version: 2", 1)
	s.Policy(next, 2, gen.Day("2024-01-07"))
	s.through("2024-01-04", "2024-01-06")
	s.want("tier", "mass", "alerts", "")
	return s.c
}

// goneBeforeItsLag: the week through the 10th would be decided at the CLOSE of the 11th,
// from which on there is no such scheme.
func goneBeforeItsLag() *Case {
	s := start("a scheme ends before a period is decided", "semantics 6: activations already in the log are included",
		byFlow("count, window: 1d", "assess: 7d\n    assess_lag: 1d", "from: 8, watch_after: 1, down_after: 1"), "2024-01-05")
	s.Close(gen.Day("2024-01-05"))
	s.Tick(gen.Day("2024-01-06"))
	s.Open("C", "A", pb.AccountType_DEMAND, gen.Base, gen.Day("2023-11-27"))
	s.Seed("C", "card", "gold", gen.Day("2024-01-06"), 0, 0)
	s.Book("C", "A", gen.Day("2024-01-06"), 100)
	s.through("2024-01-06", "2024-01-07")
	s.want("falls_on", "2024-01-12", "alerts", "")
	s.Policy(strings.NewReplacer("version: 1", "version: 2", "  card:", "  club:").Replace(
		byFlow("count, window: 1d", "assess: 7d", "from: 8, watch_after: 1, down_after: 1")), 2, gen.Day("2024-01-11"))
	s.Close(gen.Day("2024-01-08"))
	s.want("falls_on", "", "alerts", "VALUE_DOWNGRADE_PROJECTED AUTO_RESOLVED CRITICAL")
	return s.c
}

// anotherRankOfTheTier: under the new rules platinum is the second tier and no longer
// the third, which nobody need be told.
func anotherRankOfTheTier() *Case {
	s := start("another rank of the same tier", "R50", ladder("", "", three), "2024-01-01")
	s.Balance("C", "A", gen.Day("2023-12-31"), yuan(10_000))
	s.Close(gen.Day("2024-01-01"))
	s.Seed("C", "card", "platinum", gen.Day("2023-01-01"), 0, 0)
	gold := "      - {name: gold, from: 50_000, " + three + "}\n"
	next := strings.NewReplacer("version: 1", "version: 2", gold, "", "    tiers:", "    replaced_by: {gold: mass}\n    tiers:").Replace(ladder("", "", three))
	s.Policy(next, 2, gen.Day("2024-01-06"))
	s.Close(gen.Day("2024-01-02"))
	s.want("alerts", "MISS_PROJECTED OPEN WARNING")
	s.through("2024-01-03", "2024-01-05")
	s.Tick(gen.Day("2024-01-06"))
	s.Book("C", "A", gen.Day("2024-01-06"), yuan(1))
	s.want("alerts", "")
	s.Close(gen.Day("2024-01-06"))
	s.want("alerts", "", "tier", "platinum")
	return s.c
}

// decidedByEventsOnce: the event of the 4th was assessed as it came; the rules of the
// 7th, which assess by ten days, keep nothing of it.
func decidedByEventsOnce() *Case {
	s := start("decided by events under older rules", "R111", byFlow("balance", "assess: event", "from: 10.00, watch_after: 1, down_after: 3"), "2024-01-01")
	s.Balance("C", "A", gen.Day("2023-12-31"), 0)
	s.Close(gen.Day("2024-01-01"))
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 0, 0)
	s.Tick(gen.Day("2024-01-04"))
	s.Book("C", "A", gen.Day("2024-01-04"), 500)
	s.want("misses", "1")
	s.Policy(strings.Replace(byFlow("balance", "assess: 10d", "from: 10.00, watch_after: 1, down_after: 3"), "version: 1", "version: 2", 1), 2, gen.Day("2024-01-05"))
	s.Close(gen.Day("2024-01-04"))
	s.want("misses", "2")
	s.Tick(gen.Day("2024-01-05"))
	s.Book("C", "A", gen.Day("2024-01-04"), 600)
	s.want("misses", "2", "changes", "")
	return s.c
}
