package cases

import (
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
)

// Again are of versions that follow one another within days.
func Again() []*Case {
	return []*Case{foreseenBehindALongPeriod(), letGoByTheVersionBetween()}
}

// foreseenBehindALongPeriod: 50.00 miss the weeks that end on 24 and 31 January, and the day
// 5 February, the first of version 3: the third miss. Version 2, between them, has months,
// and the end of February is behind the horizon of 36 days.
func foreseenBehindALongPeriod() *Case {
	weeks := byFlow("balance", "assess: 7d", "from: 100.00, down_after: 3")
	s := start("a fall before the end of a month that rules to come cut short", "R42, R178", weeks, "2024-01-17")
	s.Balance("C", "A", gen.Day("2024-01-16"), 5_000)
	s.Close(gen.Day("2024-01-17"))
	s.Tick(gen.Day("2024-01-18"))
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 0, 0)
	s.Policy(strings.NewReplacer("version: 1", "version: 2", "7d", "month").Replace(weeks), 2, gen.Day("2024-02-01"))
	s.Policy(strings.NewReplacer("version: 1", "version: 3", "7d", "day").Replace(weeks), 3, gen.Day("2024-02-05"))
	s.Close(gen.Day("2024-01-18"))
	s.want("falls_on", "2024-02-06", "lands_on", "mass")
	s.through("2024-01-19", "2024-02-05")
	s.want("tier", "mass", "changes", "DOWNGRADED gold>mass 2024-02-06")
	return s.c
}

// letGoByTheVersionBetween: by the rules of versions 1 and 3, 10 January can still be
// corrected on 6 February. Version 2, between them, goes by months and keeps 14 periods:
// with the day that it decided it let go of the 10th.
func letGoByTheVersionBetween() *Case {
	days := byFlow("balance", "assess: day\n    assess_lag: 2d\n    restate: 40d", "from: 100.00, down_after: 9")
	s := start("periods that rules in between let go of", "semantics 5: a scheme keeps as many as its rules ask", days, "2025-01-01")
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), 15_000)
	s.Policy(strings.NewReplacer("version: 1", "version: 2", "assess: day", "assess: month").Replace(days), 2, gen.Day("2025-02-01"))
	s.Policy(strings.Replace(days, "version: 1", "version: 3", 1), 3, gen.Day("2025-02-03"))
	s.through("2025-01-01", "2025-02-05")
	s.Tick(gen.Day("2025-02-06"))
	s.Book("C", "A", gen.Day("2025-01-10"), -10_000)
	s.want("tier", "gold", "changes", "")
	return s.c
}
