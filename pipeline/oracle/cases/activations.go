package cases

import (
	"strconv"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
)

// Activations are of several versions of a policy that come into force one behind the
// other.
func Activations() []*Case {
	return []*Case{
		overtaken(), goneByTheWay(), toldByTheWay(), twoWithinALag("2025-02-01"), twoWithinALag("2025-02-02"), aDayOfItsOwn(), aDayThatWaitsItsTurn(),
		askedForTheBalance(), foreseenInOrder(), eventWhileAMonthWaits(),
		decidedOverADayThatIsSkipped("0d", "1"), decidedOverADayThatIsSkipped("2d", "0"), liftedByTheWay(), daysThatWaitBehindAQuietTime(), noTierToMissWhenItIsDecided(),
	}
}

// versioned is a policy's text as a version.
func versioned(policy string, n int) string {
	return strings.Replace(policy, "version: 1", "version: "+strconv.Itoa(n), 1)
}

// overtaken: version 2, that asks three misses of gold, waits for 1 July when version 3,
// that asks one, names 5 June. Both come on 1 July: June is decided once, by version 1,
// that asks two, and July by version 3.
func overtaken() *Case {
	asks := func(misses string) string { return ladder("", "", "watch_after: 1, down_after: "+misses) }
	s := start("a version with an earlier day than one that waits", "R178", asks("2"), "2025-06-01")
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2025-05-31"), yuan(5_000))
	s.through("2025-06-01", "2025-06-02")
	s.want("falls_on", "2025-08-01")
	s.Policy(versioned(asks("3"), 2), 2, gen.Day("2025-07-01"))
	s.Close(gen.Day("2025-06-03"))
	s.want("falls_on", "2025-09-01")
	s.Policy(versioned(asks("1"), 3), 3, gen.Day("2025-06-05"))
	s.through("2025-06-04", "2025-06-10")
	s.want("falls_on", "2025-08-01")
	s.through("2025-06-11", "2025-06-30")
	s.want("tier", "gold", "misses", "1", "changes", "WATCH gold>gold 2025-07-01")
	s.through("2025-07-01", "2025-07-30")
	s.want("tier", "gold", "misses", "1", "falls_on", "2025-08-01")
	s.Close(gen.Day("2025-07-31"))
	s.want("tier", "mass", "changes", "DOWNGRADED gold>mass 2025-08-01")
	return s.c
}

// renamed is a version that says what has become of tiers.
func renamed(policy, by string, n int) string {
	return strings.Replace(versioned(policy, n), "    tiers:", "    replaced_by: {"+by+"}\n    tiers:", 1)
}

// goneByTheWay: version 2 makes platinum gold, version 3 of the same day need not say so
// again. January waits a day: worth platinum by version 1, it is worth gold when version 3
// decides it. The 10,000 more of 2 February for January change nothing of that.
func goneByTheWay() *Case {
	first := ladder("", "assess_lag: 1d", "watch_after: 1, down_after: 1")
	two := first[:strings.Index(first, "      - {name: platinum")]
	s := start("a tier that was replaced on the way", "R179", first, "2025-01-01")
	s.Seed("C", "card", "platinum", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(600_000))
	s.through("2025-01-01", "2025-01-15")
	s.Policy(renamed(two, "platinum: gold", 2), 2, gen.Day("2025-02-01"))
	s.Policy(versioned(two, 3), 3, gen.Day("2025-02-01"))
	s.Close(gen.Day("2025-01-16"))
	s.want("tier", "platinum", "falls_on", "")
	s.through("2025-01-17", "2025-01-31")
	s.want("tier", "gold", "falls_on", "", "changes", "REMAPPED platinum>gold 2025-02-01")
	s.Close(gen.Day("2025-02-01"))
	s.want("tier", "gold", "misses", "0", "changes", "")
	s.Tick(gen.Day("2025-02-02"))
	s.Book("C", "A", gen.Day("2025-01-01"), yuan(10_000))
	s.want("tier", "gold", "misses", "0", "changes", "")
	return s.c
}

// toldByTheWay: by rules of 20 January, gold is silver and platinum is top, as version 2
// says, and version 3 of the same day need not. Black falls to silver then: until they are
// in force that is told as gold, for platinum becomes a higher tier.
func toldByTheWay() *Case {
	const one = "watch_after: 1, down_after: 1"
	first := ladder("", "", one) + "      - {name: black, from: 5_000_000, " + one + "}\n"
	next := strings.NewReplacer("name: gold", "name: silver", "name: platinum", "name: top").Replace(first)
	s := start("a fall to a tier that was renamed on the way", "R139, R179", first, "2025-01-01")
	s.Seed("C", "card", "black", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(60_000))
	s.through("2025-01-01", "2025-01-15")
	s.Policy(renamed(next, "gold: silver, platinum: top", 2), 2, gen.Day("2025-01-20"))
	s.Policy(versioned(next, 3), 3, gen.Day("2025-01-20"))
	s.Close(gen.Day("2025-01-16"))
	s.want("tier", "black", "falls_on", "2025-02-01", "lands_on", "gold")
	s.through("2025-01-17", "2025-01-31")
	s.want("tier", "silver", "changes", "DOWNGRADED black>silver 2025-02-01")
	return s.c
}

// twoWithinALag: January, a miss, waits two days, and two versions come until then. The
// last of them decides it, and asks one miss; that is foreseen from the day it is in the
// log, also on the first of February, when the other is in force.
func twoWithinALag(day string) *Case {
	asks := func(misses string) string {
		return ladder("", "assess_lag: 2d", "watch_after: 1, down_after: "+misses)
	}
	s := start("two versions while a period waits, the second of "+day, "R91, R178", asks("3"), "2025-01-01")
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(5_000))
	s.through("2025-01-01", "2025-01-15")
	s.Policy(versioned(asks("2"), 2), 2, gen.Day("2025-02-01"))
	s.want("falls_on", "2025-03-03")
	s.Policy(versioned(asks("1"), 3), 3, gen.Day(day))
	s.want("falls_on", "2025-02-03")
	s.through("2025-01-16", "2025-01-31")
	s.want("tier", "gold", "misses", "0", "falls_on", "2025-02-03")
	s.through("2025-02-01", "2025-02-02")
	s.want("tier", "mass", "changes", "DOWNGRADED gold>mass 2025-02-03")
	return s.c
}

// daysBetween is a log with version 2, which assesses by the day, in force on one day alone,
// between two that assess by the month. Every period is a miss, and three cost gold.
func daysBetween(name, day, next, lag1, lag2 string) *script {
	by := func(assess string) string {
		return byFlow("balance", "assess: "+assess, "from: 50_000, watch_after: 1, down_after: 3")
	}
	s := start(name, "R91", by("month\n    assess_lag: "+lag1), "2025-01-01")
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(5_000))
	s.through("2025-01-01", "2025-01-15")
	s.Policy(versioned(by("day\n    assess_lag: "+lag2), 2), 2, gen.Day(day))
	s.Policy(versioned(by("month"), 3), 3, gen.Day(next))
	return s
}

// aDayOfItsOwn: January is decided on 4 February, when version 3 has come; 3 February, the
// day of version 2, four days later by its own lag, and then February.
func aDayOfItsOwn() *Case {
	s := daysBetween("a day between versions is assessed", "2025-02-03", "2025-02-04", "4d", "5d")
	s.want("falls_on", "2025-03-01")
	s.through("2025-01-16", "2025-02-04")
	s.want("misses", "1", "falls_on", "2025-03-01")
	s.through("2025-02-05", "2025-02-07")
	s.want("misses", "1")
	s.Close(gen.Day("2025-02-08"))
	s.want("misses", "2", "falls_on", "2025-03-01")
	s.through("2025-02-09", "2025-02-28")
	s.want("tier", "mass", "changes", "DOWNGRADED gold>mass 2025-03-01")
	return s.c
}

// aDayThatWaitsItsTurn: 1 February, the day of version 2, could be decided on the 2nd, but
// waits for January until the 5th.
func aDayThatWaitsItsTurn() *Case {
	s := daysBetween("a day between versions waits for the month before", "2025-02-01", "2025-02-02", "5d", "1d")
	s.want("falls_on", "2025-03-01")
	s.through("2025-01-16", "2025-02-04")
	s.want("misses", "0", "falls_on", "2025-03-01")
	s.Close(gen.Day("2025-02-05"))
	s.want("misses", "2", "falls_on", "2025-03-01")
	return s.c
}

// askedForTheBalance: January, 55,000 of which came on its last day, is no gold; the rules
// of February, which decide it, let platinum land by the balance: 60,000 are gold.
func askedForTheBalance() *Case {
	const one = "watch_after: 1, down_after: 1"
	by := func(lands string) string { return ladder("", "assess_lag: 2d", one+lands) }
	s := start("rules to come let the balance say where a fall lands", "R91", by(""), "2025-01-01")
	s.Seed("C", "card", "platinum", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(5_000))
	s.through("2025-01-01", "2025-01-15")
	s.Policy(versioned(by(", lands_on: by_balance"), 2), 2, gen.Day("2025-02-01"))
	s.through("2025-01-16", "2025-01-30")
	s.want("falls_on", "2025-02-03", "lands_on", "mass")
	s.Tick(gen.Day("2025-01-31"))
	s.Book("C", "A", gen.Day("2025-01-31"), yuan(55_000))
	s.want("falls_on", "2025-02-03", "lands_on", "gold")
	s.through("2025-01-31", "2025-02-02")
	s.want("tier", "gold", "changes", "DOWNGRADED platinum>gold 2025-02-03")
	return s.c
}

// foreseenInOrder: rules of February assess by the day, at once, but the first of them waits
// for January until the 5th. The second miss is that day's, and costs gold then.
func foreseenInOrder() *Case {
	by := func(assess string) string {
		return byFlow("balance", "assess: "+assess, "from: 50_000, watch_after: 1, down_after: 2")
	}
	s := start("a day that is to wait for the month before", "R91", by("month\n    assess_lag: 5d"), "2025-01-01")
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(5_000))
	s.through("2025-01-01", "2025-01-15")
	s.Policy(versioned(by("day"), 2), 2, gen.Day("2025-02-01"))
	s.want("falls_on", "2025-02-06")
	s.through("2025-01-16", "2025-02-04")
	s.want("tier", "gold", "misses", "0", "falls_on", "2025-02-06")
	s.Close(gen.Day("2025-02-05"))
	s.want("tier", "mass", "since", "2025-02-06")
	return s.c
}

// eventWhileAMonthWaits: rules of February assess at events, and January, a miss, waits for
// the CLOSE of the 2nd. The 100,000 of the 1st keep gold at the event; it is January that
// costs it, for one miss is enough, and the next CLOSE gives it back.
func eventWhileAMonthWaits() *Case {
	by := func(assess string) string {
		return byFlow("balance", "assess: "+assess, "from: 50_000, watch_after: 1, down_after: 1")
	}
	s := start("an event while a month waits for its lag", "R91", by("month\n    assess_lag: 2d"), "2025-01-01")
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(5_000))
	s.through("2025-01-01", "2025-01-15")
	s.Policy(versioned(by("event"), 2), 2, gen.Day("2025-02-01"))
	s.through("2025-01-16", "2025-01-31")
	s.want("tier", "gold", "misses", "0", "falls_on", "2025-02-03")
	s.Book("C", "A", gen.Day("2025-02-01"), yuan(100_000))
	s.want("tier", "gold", "misses", "0", "falls_on", "2025-02-03", "changes", "")
	s.Close(gen.Day("2025-02-01"))
	s.want("tier", "gold", "falls_on", "2025-02-03", "changes", "")
	s.Close(gen.Day("2025-02-02"))
	s.want("changes", "DOWNGRADED gold>mass 2025-02-03, UPGRADED mass>gold 2025-02-03")
	s.Close(gen.Day("2025-02-03"))
	s.want("tier", "gold", "misses", "0", "changes", "")
	return s.c
}

// decidedOverADayThatIsSkipped: a CLOSE of 31 January skips the 20th, the day before version
// 2, which asks the same. January is one miss, whoever decides it: that CLOSE or, with a
// lag, one behind it.
func decidedOverADayThatIsSkipped(lag, misses string) *Case {
	months := ladder("", "assess_lag: "+lag, three)
	s := start("a CLOSE skips the day before new rules, lag "+lag, "R148", months, "2025-01-01")
	s.c.Skips = true
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(5_000))
	s.through("2025-01-01", "2025-01-15")
	s.Policy(versioned(months, 2), 2, gen.Day("2025-01-21"))
	s.Close(gen.Day("2025-01-16"))
	s.Close(gen.Day("2025-01-31"))
	s.want("misses", misses)
	s.through("2025-02-01", "2025-02-02")
	s.want("tier", "gold", "misses", "1")
	s.through("2025-02-03", "2025-02-27")
	s.want("tier", "gold", "misses", "1")
	return s.c
}

// liftedByTheWay: version 2 finds the 20.00 of the 10th in its thirty days: they are
// platinum at once, and clear gold's miss of before. Version 3 comes with the same CLOSE,
// and misses January and February.
func liftedByTheWay() *Case {
	const tiers = "from: 10.00, watch_after: 1, down_after: 2}\n      - {name: platinum, from: 20.00, watch_after: 1, down_after: 2"
	today := byFlow("sum, window: 1d", "assess: month", tiers)
	s := start("lifted by rules that others replace at once", "R76, R178, R179", today, "2025-01-01")
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 1, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), 0)
	s.through("2025-01-01", "2025-01-09")
	s.Tick(gen.Day("2025-01-10"))
	s.Book("C", "A", gen.Day("2025-01-10"), 2_000)
	s.through("2025-01-10", "2025-01-14")
	s.want("falls_on", "2025-02-01")
	between := byFlow("sum, window: 30d", "assess: month\n    upgrade: immediate", tiers)
	s.Policy(versioned(between, 2), 2, gen.Day("2025-01-20"))
	s.Policy(versioned(today, 3), 3, gen.Day("2025-01-20"))
	s.Close(gen.Day("2025-01-15"))
	s.want("tier", "gold", "falls_on", "2025-03-01")
	s.through("2025-01-16", "2025-01-19")
	s.want("tier", "platinum", "misses", "0", "changes", "UPGRADED gold>platinum 2025-01-20", "falls_on", "2025-03-01")
	s.through("2025-01-20", "2025-02-28")
	s.want("tier", "mass", "changes", "DOWNGRADED platinum>mass 2025-03-01")
	return s.c
}

// daysThatWaitBehindAQuietTime: nothing changes for a month, and every day is gold. The 30th
// and 31st wait two days each when the rules of 1 February come, which have no lag: the 1st,
// a miss by them, waits for the 31st, which the CLOSE of the 2nd decides.
func daysThatWaitBehindAQuietTime() *Case {
	by := func(assess, gold string) string {
		return byFlow("sum, window: 60d", assess, "from: "+gold+", watch_after: 1, down_after: 1")
	}
	s := start("days that wait for their lag behind a quiet time", "R91, semantics 6", by("assess: day\n    assess_lag: 2d", "50_000"), "2025-01-01")
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Book("C", "A", gen.Day("2025-01-01"), yuan(60_000))
	s.Policy(versioned(by("assess: day", "100_000"), 2), 2, gen.Day("2025-02-01"))
	s.through("2025-01-01", "2025-01-05")
	s.want("tier", "gold", "falls_on", "2025-02-03")
	s.through("2025-01-06", "2025-02-01")
	s.want("tier", "gold", "changes", "", "falls_on", "2025-02-03")
	s.Close(gen.Day("2025-02-02"))
	s.want("tier", "mass", "changes", "DOWNGRADED gold>mass 2025-02-03")
	return s.c
}

// noTierToMissWhenItIsDecided: January ends short of gold, but the CLOSE of 2 February that
// decides it does so by rules in which gold is mass.
func noTierToMissWhenItIsDecided() *Case {
	const three = "watch_after: 1, down_after: 3"
	first := ladder("", "assess_lag: 2d", three)
	next := strings.Replace(first, "      - {name: gold, from: 50_000, "+three+"}\n", "", 1)
	s := start("no tier to miss when the month is decided", "R91, R145", first, "2025-01-01")
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(5_000))
	s.Policy(renamed(next, "gold: mass", 2), 2, gen.Day("2025-02-02"))
	s.Close(gen.Day("2025-01-01"))
	s.want("tier", "gold", "falls_on", "", "alerts", "")
	s.through("2025-01-02", "2025-02-01")
	s.want("tier", "mass", "misses", "0", "changes", "REMAPPED gold>mass 2025-02-02", "alerts", "")
	return s.c
}
