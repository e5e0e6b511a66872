package cases

import (
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
)

// Between are of corrections, and of what was decided between the periods that they run
// again: at events, by lifts, by entries at once.
func Between() []*Case {
	return []*Case{decidedByEventsBetween(), liftedBehindSeveralPeriods()}
}

// untilPlatinum are rules by the balance: gold from 100.00, platinum from 500.00, each lost
// by one miss.
func untilPlatinum(assess string) string {
	return byFlow("balance", assess, "from: 100.00, down_after: 1") + "      - {name: platinum, from: 500.00, down_after: 1}\n"
}

// nextVersion is a later version of rules, changed by pairs of texts.
func nextVersion(text, version string, pairs ...string) string {
	return strings.NewReplacer(append(pairs, "version: 1", "version: "+version)...).Replace(text)
}

// decidedByEventsBetween: 50.00 at the event of 2 February cost gold by the rules of then.
// That there were 50.00 from 10 January on already, told under the rules of January again,
// is no reason to give it back.
func decidedByEventsBetween() *Case {
	months := byFlow("balance", "assess: month\n    restate: 40d", "from: 100.00, down_after: 3")
	s := start("decided by events between two rules by months", "R199: what was decided before rules by events is not decided again", months, "2025-01-01")
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), 15_000)
	s.Policy(nextVersion(months, "2", "month\n    restate: 40d", "event", "down_after: 3", "down_after: 1"), 2, gen.Day("2025-02-01"))
	s.Policy(nextVersion(months, "3"), 3, gen.Day("2025-02-05"))
	s.through("2025-01-01", "2025-02-01")
	s.Tick(gen.Day("2025-02-02"))
	s.Book("C", "A", gen.Day("2025-02-02"), -10_000)
	s.want("tier", "mass", "changes", "DOWNGRADED gold>mass 2025-02-02")
	s.through("2025-02-02", "2025-02-05")
	s.Tick(gen.Day("2025-02-06"))
	s.Book("C", "A", gen.Day("2025-01-10"), -10_000)
	s.want("tier", "mass", "misses", "0", "changes", "")
	return s.c
}

// liftedBehindSeveralPeriods: the CLOSE of 11 January decides three days: the 9th, which
// waits for its lag, and the 10th behind it, and itself. 500.00 of the 12th give platinum
// with a guarantee of six months. On 19 February the 9th is let go of, the 11th is not: that
// it had 50.00 is told on the 20th, and cost him gold for a day.
func liftedBehindSeveralPeriods() *Case {
	days := untilPlatinum("assess: day\n    assess_lag: 2d\n    upgrade: immediate")
	s := start("a lift behind several periods of one CLOSE", "R181: it is known as long as the last of them", days, "2025-01-01")
	s.Seed("C", "card", "mass", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), 15_000)
	s.Policy(nextVersion(days, "2", "assess_lag: 2d", "restate: 40d\n    guarantee: {months: 6, misses: ignored}"), 2, gen.Day("2025-01-10"))
	s.through("2025-01-01", "2025-01-11")
	s.want("tier", "gold")
	s.Tick(gen.Day("2025-01-12"))
	s.Book("C", "A", gen.Day("2025-01-12"), 50_000)
	s.want("changes", "UPGRADED gold>platinum 2025-01-12")
	s.Book("C", "A", gen.Day("2025-01-12"), -50_000)
	s.through("2025-01-12", "2025-02-19")
	s.Tick(gen.Day("2025-02-20"))
	s.Book("C", "A", gen.Day("2025-01-11"), -10_000)
	s.want("tier", "platinum", "since", "2025-01-12", "changes", "")
	return s.c
}
