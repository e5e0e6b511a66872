package cases

import (
	"strconv"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
)

// Numbered are small logs for rules that random logs reach seldom.
func Numbered() []*Case {
	return []*Case{
		waitsUnderItsOwnRules(), firstDayUnderNewRules(), enteredWithThePeriod(), openedByTheDeposit(),
		lineDrawn(true), lineDrawn(false), waitsBehindTheLine(), missesWiped(), oneTierNow(), decidedByTheRulesOfThen(three), decidedByTheRulesOfThen(""),
		askedByRulesToCome(), securedBehindACorrection(yuan(1_000_000)), securedBehindACorrection(yuan(20_000_000)),
	}
}

// waitsUnderItsOwnRules: January waits two days for its decision while the rules
// come to assess by the day, without lag; the first two days wait for it.
func waitsUnderItsOwnRules() *Case {
	s := start("a period waits under its own rules", "R91", ladder("", "assess_lag: 2d", three), "2024-01-01")
	s.Close(gen.Day("2023-12-31"))
	s.Balance("C", "A", gen.Day("2023-12-31"), yuan(60_000))
	s.Seed("C", "card", "platinum", gen.Day("2023-01-01"), 0, 0)
	s.through("2024-01-01", "2024-01-30")
	next := strings.NewReplacer("version: 1", "version: 2", "assess: month", "assess: day", "over: month", "over: 30d").Replace(ladder("", "", three))
	s.Policy(next, 2, gen.Day("2024-02-01"))
	s.Close(gen.Day("2024-01-31"))
	s.want("tier", "platinum", "misses", "0")
	s.Close(gen.Day("2024-02-01"))
	s.want("misses", "0")
	s.Close(gen.Day("2024-02-02"))
	s.want("tier", "gold", "misses", "0", "changes", "WATCH platinum>platinum 2024-02-03, DOWNGRADED platinum>gold 2024-02-03")
	return s.c
}

// firstDayUnderNewRules: what was a day of a month is no day of the new rules.
func firstDayUnderNewRules() *Case {
	s := start("no day before the new rules", "R91", ladder("", "", three), "2024-01-01")
	s.Close(gen.Day("2023-12-31"))
	s.Balance("C", "A", gen.Day("2023-12-31"), yuan(60_000))
	s.Seed("C", "card", "platinum", gen.Day("2023-01-01"), 0, 0)
	s.through("2024-01-01", "2024-01-22")
	next := strings.NewReplacer("version: 1", "version: 2", "assess: month", "assess: day", "over: month", "over: 7d").Replace(ladder("", "assess_lag: 1d", three))
	s.Policy(next, 2, gen.Day("2024-01-25"))
	s.through("2024-01-23", "2024-01-25")
	s.want("misses", "0")
	s.Close(gen.Day("2024-01-26"))
	s.want("misses", "1")
	return s.c
}

// enteredWithThePeriod: platinum by the average since the opening, effective in
// February; January, where he would have missed it, was not his.
func enteredWithThePeriod() *Case {
	s := start("entered at the period's last CLOSE", "R92", ladder("", "entry: at_once", three), "2024-01-30")
	s.Close(gen.Day("2024-01-30"))
	s.Book("C", "A", gen.Day("2024-01-31"), yuan(600_000))
	s.Close(gen.Day("2024-01-31"))
	s.want("tier", "platinum", "misses", "0", "changes", "ENTERED >platinum 2024-02-01")
	return s.c
}

// openedByTheDeposit: paid on 10 February, it counts 20 of the 20 days since then.
func openedByTheDeposit() *Case {
	s := start("opened by the deposit", "R93", ladder("first_period: since_open", "", three), "2024-01-31")
	s.Close(gen.Day("2024-01-31"))
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 0, 0)
	s.through("2024-02-01", "2024-02-09")
	s.want("top_up", "5000000")
	s.Book("C", "A", gen.Day("2024-02-10"), yuan(50_000))
	s.through("2024-02-10", "2024-02-29")
	s.want("tier", "gold", "misses", "0")
	return s.c
}

// nextRules is version 2 of a policy, perhaps one that resets misses.
func nextRules(policy string, resets bool) string {
	next := strings.Replace(policy, "version: 1", "version: 2", 1)
	if resets {
		next = strings.Replace(next, "    tiers:", "    reset_misses: true\n    tiers:", 1)
	}
	return next
}

// lineDrawn: January, 40,000 a day, costs gold, and on its last CLOSE other rules come
// into force. 20,000 of 1 January that come on 3 February make 60,000 a day of it: where
// the rules reset misses, that month is behind the line.
func lineDrawn(resets bool) *Case {
	name := "a miss before rules that keep misses"
	if resets {
		name = "a miss before rules that reset misses"
	}
	policy := ladder("", "restate: 10d", "watch_after: 1, down_after: 1")
	s := start(name, "semantics 5, R171", policy, "2025-01-01")
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(40_000))
	s.through("2025-01-01", "2025-01-15")
	s.Policy(nextRules(policy, resets), 2, gen.Day("2025-02-01"))
	s.through("2025-01-16", "2025-01-31")
	s.want("tier", "mass", "misses", "0", "sum", "124000000", "changes", "DOWNGRADED gold>mass 2025-02-01")
	s.through("2025-02-01", "2025-02-02")
	s.Tick(gen.Day("2025-02-03"))
	s.Book("C", "A", gen.Day("2025-01-01"), yuan(20_000))
	if resets {
		s.want("tier", "mass", "misses", "0", "changes", "")
	} else {
		s.want("tier", "gold", "misses", "0", "changes", "CORRECTED mass>gold 2024-01-01")
	}
	s.Close(gen.Day("2025-02-03"))
	s.want("sum", "18000000")
	return s.c
}

// waitsBehindTheLine: the same, but January waits two days for its decision, so it is
// decided under the rules that reset misses, and corrected.
func waitsBehindTheLine() *Case {
	policy := ladder("", "restate: 10d\n    assess_lag: 2d", "watch_after: 1, down_after: 1")
	s := start("a miss decided behind rules that reset misses", "R91, R171", policy, "2025-01-01")
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(40_000))
	s.through("2025-01-01", "2025-01-15")
	s.Policy(nextRules(policy, true), 2, gen.Day("2025-02-01"))
	s.through("2025-01-16", "2025-02-02")
	s.want("tier", "mass", "changes", "DOWNGRADED gold>mass 2025-02-03")
	s.Tick(gen.Day("2025-02-03"))
	s.Book("C", "A", gen.Day("2025-01-01"), yuan(20_000))
	s.want("tier", "gold", "changes", "CORRECTED mass>gold 2024-01-01")
	return s.c
}

// missesWiped: a day below gold is missed, the second costs it. Rules of the 7th, by which
// the first does, wipe the miss out: the open alert tells that as they come.
func missesWiped() *Case {
	days := byFlow("balance", "assess: 7d", "from: 10.00, watch_after: 1, down_after: 2")
	s := start("rules wipe out misses that an alert tells", "R94, R147", days, "2024-01-04")
	s.Balance("C", "A", gen.Day("2024-01-03"), 500)
	s.Close(gen.Day("2024-01-03"))
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 1, 0)
	s.Close(gen.Day("2024-01-04"))
	s.want("misses", "1", "alerts", "VALUE_DOWNGRADE_PROJECTED OPEN CRITICAL")
	s.Policy(nextRules(strings.Replace(days, "down_after: 2", "down_after: 1", 1), true), 2, gen.Day("2024-01-07"))
	s.Close(gen.Day("2024-01-05"))
	s.want("misses", "1", "alerts", "")
	s.Close(gen.Day("2024-01-06"))
	s.want("misses", "0", "alerts", "VALUE_DOWNGRADE_PROJECTED OPEN CRITICAL")
	s.Tick(gen.Day("2024-01-07"))
	s.Book("C", "A", gen.Day("2024-01-07"), 100)
	s.want("misses", "0", "alerts", "")
	s.Close(gen.Day("2024-01-07"))
	s.want("misses", "0")
	return s.c
}

// oneTierNow: 500,000 more of 10 January would have made him platinum in February; the
// rules of March know gold and platinum as one. He is gold since 2024 as before.
func oneTierNow() *Case {
	months := ladder("", "restate: 40d", three)
	s := start("a correction between tiers that are one now", "R176", months, "2025-01-01")
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(60_000))
	s.through("2025-01-01", "2025-02-15")
	next := nextRules(months[:strings.Index(months, "      - {name: platinum")], false)
	s.Policy(strings.Replace(next, "    tiers:", "    replaced_by: {platinum: gold}\n    tiers:", 1), 2, gen.Day("2025-03-01"))
	s.through("2025-02-16", "2025-03-01")
	s.want("tier", "gold", "misses", "0")
	s.Tick(gen.Day("2025-03-02"))
	s.Book("C", "A", gen.Day("2025-01-10"), yuan(700_000))
	s.want("tier", "gold", "since", "2024-01-01", "misses", "0", "changes", "")
	return s.c
}

// decidedByTheRulesOfThen: 40,000 less from 10 February on cost gold by the rules that
// decided February; those of March would have counted a miss. Nor does platinum, asked
// three misses then, speak for gold where the rules of March (next: "") know both as gold.
func decidedByTheRulesOfThen(next string) *Case {
	const one = "watch_after: 1, down_after: 1"
	then, name := ladder("", "restate: 40d", one), "a correction by the rules that decided"
	march := ladder("", "restate: 40d", next)
	if next == "" {
		name += ", of two tiers that are one now"
		then = strings.Replace(then, "500_000, "+one, "500_000, "+three, 1)
		march = strings.Replace(then[:strings.Index(then, "      - {name: platinum")], "    tiers:", "    replaced_by: {platinum: gold}\n    tiers:", 1)
	}
	s := start(name, "R177", then, "2025-01-01")
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(60_000))
	s.through("2025-01-01", "2025-02-15")
	s.Policy(nextRules(march, false), 2, gen.Day("2025-03-01"))
	s.through("2025-02-16", "2025-03-01")
	s.want("tier", "gold", "misses", "0")
	s.Tick(gen.Day("2025-03-02"))
	s.Book("C", "A", gen.Day("2025-02-10"), yuan(-40_000))
	s.want("tier", "mass", "since", "2025-03-01", "misses", "0", "changes", "CORRECTED gold>mass 2025-03-01")
	return s.c
}

// askedByRulesToCome: by rules of the 8th, in the period of the 4th to the 10th, what he
// owes would hold gold too. No deposit does, but the alert tells what is asked.
func askedByRulesToCome() *Case {
	days := byFlow("sum, window: 1d", "assess: 7d", "from: 5.00, watch_after: 1, down_after: 2")
	s := start("rules to come ask for a balance", "R50, R74", days, "2024-01-04")
	s.Balance("C", "A", gen.Day("2024-01-03"), 500)
	s.Close(gen.Day("2024-01-03"))
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 1, 0)
	s.Close(gen.Day("2024-01-04"))
	s.want("alerts", "VALUE_DOWNGRADE_PROJECTED OPEN CRITICAL", "falls_on", "2024-01-11")
	s.Policy(strings.NewReplacer("version: 1", "version: 2", "from: 5.00", "any: [{lead: 5.00}, {owed: 3.00}]",
		"metrics:", "  loans: {types: [LOAN, CARD_CREDIT], liability: true}\nmetrics:",
		"schemes:", "  owed: {kind: balance, classes: [loans]}\nschemes:").Replace(days), 2, gen.Day("2024-01-08"))
	s.Close(gen.Day("2024-01-05"))
	s.want("alerts", "VALUE_DOWNGRADE_PROJECTED OPEN CRITICAL", "falls_on", "2024-01-11")
	s.Close(gen.Day("2024-01-06"))
	s.want("alerts", "")
	return s.c
}

// securedBehindACorrection: money of 10 February secures that month. On the 16th 40,000 less
// in January cost gold, which he had: 1,000,000 had lifted nobody then, and do so with the
// next CLOSE. 20,000,000 had made him platinum on the 11th, and so they have.
func securedBehindACorrection(money int64) *Case {
	policy := ladder("", "restate: 40d\n    upgrade: when_secured", "watch_after: 1, down_after: 1")
	s := start("a correction behind "+strconv.FormatInt(money/100, 10)+" that secure the period", "R180", policy, "2025-01-01")
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(60_000))
	s.through("2025-01-01", "2025-02-09")
	s.Book("C", "A", gen.Day("2025-02-10"), money)
	s.Close(gen.Day("2025-02-10"))
	lifted := money > yuan(14_000_000)
	if lifted {
		s.want("tier", "platinum", "changes", "UPGRADED gold>platinum 2025-02-11")
	} else {
		s.want("tier", "gold", "changes", "")
	}
	s.through("2025-02-11", "2025-02-15")
	s.Tick(gen.Day("2025-02-16"))
	s.Book("C", "A", gen.Day("2025-01-01"), yuan(-40_000))
	if lifted {
		s.want("tier", "platinum", "since", "2025-02-11", "changes", "")
		return s.c
	}
	s.want("tier", "mass", "since", "2025-02-01", "changes", "CORRECTED gold>mass 2025-02-01")
	s.Close(gen.Day("2025-02-16"))
	s.want("tier", "gold", "since", "2025-02-17", "misses", "0", "changes", "UPGRADED mass>gold 2025-02-17")
	return s.c
}
