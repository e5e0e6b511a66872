package cases

import (
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Again are of periods that are corrected a second time, and of versions that follow one
// another within days.
func Again() []*Case {
	return []*Case{liftedAtOnceAgain(), securedAgain(), guaranteeOfTheVersion(), enteredAndLiftedAgain(), foreseenBehindALongPeriod(), letGoByTheVersionBetween()}
}

// correctedAgain: January costs platinum, a lift of February gives it again. An amount of
// January, told late, says that he never fell, so that the lift is none; then it is taken
// back, and he has platinum since the lift as he was told.
func (s *script) correctedAgain(lift string, late int64) *Case {
	s.Close(gen.Day("2025-02-01"))
	s.want("tier", "platinum", "since", lift)
	s.Tick(gen.Day("2025-02-02"))
	s.Book("C", "A", gen.Day("2025-01-01"), late, gen.ID("x"))
	s.want("tier", "platinum", "since", "2024-01-01", "changes", "")
	s.Close(gen.Day("2025-02-02"))
	s.Tick(gen.Day("2025-02-03"))
	s.Book("C", "A", gen.Day("2025-01-01"), late, gen.ID("x"), func(t *pb.Transaction) { t.Status = pb.TxnStatus_REVERSED })
	s.want("tier", "platinum", "since", lift, "changes", "")
	return s.c
}

// liftedAtOnceAgain: 300.00 on 31 January are gold, 600.00 of 1 February platinum at once.
func liftedAtOnceAgain() *Case {
	s := start("a lift at an event, needless by one correction and needed by the next", "R177, R181: a lift that was given comes again",
		byFlow("balance", "assess: month\n    restate: 60d\n    upgrade: immediate", "from: 100.00, down_after: 1")+
			"      - {name: platinum, from: 500.00, down_after: 1}\n", "2025-01-01")
	s.Seed("C", "card", "platinum", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), 30_000)
	s.through("2025-01-01", "2025-01-31")
	s.want("tier", "gold", "changes", "DOWNGRADED platinum>gold 2025-02-01")
	s.Tick(gen.Day("2025-02-01"))
	s.Book("C", "A", gen.Day("2025-02-01"), 30_000)
	s.want("changes", "UPGRADED gold>platinum 2025-02-01")
	return s.correctedAgain("2025-02-01", 20_000)
}

// securedAgain: 400,000 a day in January are gold, 14,400,000 on 1 February secure platinum.
func securedAgain() *Case {
	s := start("a secured lift, needless by one correction and needed by the next", "R177, R181: a lift that was given comes again",
		ladder("", "restate: 60d\n    upgrade: when_secured", "down_after: 1"), "2025-01-01")
	s.Seed("C", "card", "platinum", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(400_000))
	s.through("2025-01-01", "2025-01-31")
	s.want("tier", "gold", "changes", "DOWNGRADED platinum>gold 2025-02-01")
	s.Tick(gen.Day("2025-02-01"))
	s.Book("C", "A", gen.Day("2025-02-01"), yuan(14_000_000))
	return s.correctedAgain("2025-02-02", yuan(100_000))
}

// guaranteeOfTheVersion: 60,000 are gold in January, 14,100,000 of 1 February secure platinum
// by version 2, which guarantees it for a month, not for six as version 1 does. That January
// was not gold is told later: March is the first miss, as before.
func guaranteeOfTheVersion() *Case {
	months := ladder("", "restate: 90d\n    guarantee: {months: 6, misses: ignored}\n    upgrade: at_close", "down_after: 1")
	s := start("a lift by rules with a guarantee of their own, behind a period that is corrected", "R177: a lift comes again by the rules of its day", months, "2025-01-01")
	s.Seed("C", "card", "mass", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(60_000))
	s.Policy(strings.NewReplacer("version: 1", "version: 2", "months: 6", "months: 1", "at_close", "when_secured").Replace(months), 2, gen.Day("2025-02-01"))
	s.through("2025-01-01", "2025-01-31")
	s.want("changes", "UPGRADED mass>gold 2025-02-01")
	s.Tick(gen.Day("2025-02-01"))
	s.Book("C", "A", gen.Day("2025-02-01"), yuan(14_100_000))
	s.Close(gen.Day("2025-02-01"))
	s.want("tier", "platinum", "since", "2025-02-02")
	s.Tick(gen.Day("2025-02-02"))
	s.Book("C", "A", gen.Day("2025-02-02"), yuan(-14_100_000))
	s.want("falls_on", "2025-04-01")
	s.Book("C", "A", gen.Day("2025-01-01"), yuan(-40_000))
	s.want("tier", "platinum", "since", "2025-02-02", "falls_on", "2025-04-01", "changes", "")
	return s.c
}

// enteredAndLiftedAgain: of January not all days are known, so 10,000 give no tier before the
// CLOSE of 1 February; 2,000,000 of the 5th secure gold. 80,000 of 12 January, told late,
// are gold for January already; then they are taken back.
func enteredAndLiftedAgain() *Case {
	s := start("entered at once and lifted, as before two corrections", "R130, R181",
		ladder("", "restate: 60d\n    entry: at_once\n    upgrade: when_secured", "down_after: 1"), "2025-01-10")
	s.c.HidesLift = true
	s.Close(gen.Day("2025-01-10"))
	s.Balance("C", "A", gen.Day("2025-01-10"), yuan(10_000))
	s.through("2025-01-11", "2025-02-04")
	s.want("tier", "mass", "since", "2025-02-02")
	s.Tick(gen.Day("2025-02-05"))
	s.Book("C", "A", gen.Day("2025-02-05"), yuan(2_000_000))
	s.Close(gen.Day("2025-02-05"))
	s.want("tier", "gold", "since", "2025-02-06")
	s.Tick(gen.Day("2025-02-06"))
	s.Book("C", "A", gen.Day("2025-01-12"), yuan(80_000), gen.ID("x"))
	s.want("tier", "gold", "since", "2025-02-01", "changes", "")
	s.Book("C", "A", gen.Day("2025-01-12"), yuan(80_000), gen.ID("x"), func(t *pb.Transaction) { t.Status = pb.TxnStatus_REVERSED })
	s.want("tier", "gold", "since", "2025-02-06", "changes", "")
	return s.c
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
