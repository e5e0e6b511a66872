package cases

import (
	"fmt"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Corrected are of late bookings that change what earlier rules decided (R176, R177).
func Corrected() []*Case {
	return []*Case{
		correctedTwice(-400_000, -190_000), correctedTwice(-590_000), guaranteeOfTheLift(), liftedToATierThatIsNone(1), liftedToATierThatIsNone(2),
		newUnderALowerTier(), enteredBehindASkippedDay(),
	}
}

// withoutPlatinum is version 2 of a ladder, in which platinum has become gold.
func withoutPlatinum(ladder string) string {
	next := nextRules(ladder[:strings.Index(ladder, "      - {name: platinum")], false)
	return strings.Replace(next, "    tiers:", "    replaced_by: {platinum: gold}\n    tiers:", 1)
}

// correctedTwice: 600,000 made him platinum in January, 5,000 were a miss in February, which
// platinum may have by the rules of then. Those of March know platinum as gold. Of 200,000 in
// January, which was gold, nothing is to be seen; 10,000 cost him gold by the rules of
// then, told at once or in two steps.
func correctedTwice(steps ...int64) *Case {
	name := "a correction of two tiers that are one now"
	if len(steps) > 1 {
		name += ", in two steps"
	}
	months := strings.Replace(ladder("", "restate: 90d", "down_after: 1"), "500_000, down_after: 1", "500_000, down_after: 3", 1)
	s := start(name, "R176, R177: what is not told does not count", months, "2025-01-01")
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(600_000))
	s.through("2025-01-01", "2025-01-31")
	s.want("tier", "platinum", "since", "2025-02-01")
	s.Book("C", "A", gen.Day("2025-02-01"), yuan(-595_000))
	s.through("2025-02-01", "2025-02-15")
	s.Policy(withoutPlatinum(months), 2, gen.Day("2025-03-01"))
	s.through("2025-02-16", "2025-03-01")
	s.Tick(gen.Day("2025-03-02"))
	for i, n := range steps {
		s.want("tier", "gold", "since", "2025-02-01", "misses", "1")
		s.Book("C", "A", gen.Day("2025-01-01"), yuan(n))
		if i+1 < len(steps) {
			s.want("changes", "")
		}
	}
	s.want("tier", "mass", "misses", "0", "changes", "CORRECTED gold>mass 2025-02-01")
	return s.c
}

// guaranteeOfTheLift: the CLOSE of 1 February decides that January was gold, and lifts him
// to platinum, which 14,100,000 of that day have secured; they leave again. That January
// was not gold is told later: the lift comes again, with its guarantee of six months, so
// that August is the first miss.
func guaranteeOfTheLift() *Case {
	months := ladder("", "restate: 90d\n    assess_lag: 1d\n    guarantee: {months: 6, misses: ignored}\n    upgrade: at_close", "down_after: 1")
	s := start("a lift at the CLOSE of a period that is corrected", "R177: its guarantee is its own", months, "2025-01-01")
	s.Seed("C", "card", "mass", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(60_000))
	s.Policy(strings.Replace(nextRules(months, false), "at_close", "when_secured", 1), 2, gen.Day("2025-02-01"))
	s.through("2025-01-01", "2025-01-31")
	s.Book("C", "A", gen.Day("2025-02-01"), yuan(14_100_000))
	s.Close(gen.Day("2025-02-01"))
	s.want("tier", "platinum", "changes", "UPGRADED mass>gold 2025-02-02, UPGRADED gold>platinum 2025-02-02")
	s.Close(gen.Day("2025-02-02"))
	s.Book("C", "A", gen.Day("2025-02-03"), yuan(-14_100_000))
	s.Close(gen.Day("2025-02-03"))
	s.Tick(gen.Day("2025-02-04"))
	s.want("falls_on", "2025-09-02")
	s.Book("C", "A", gen.Day("2025-01-01"), yuan(-40_000))
	s.want("tier", "platinum", "since", "2025-02-02", "falls_on", "2025-09-02", "changes", "")
	return s.c
}

// liftedToATierThatIsNone: gold is lifted to platinum on 11 February, which the rules of the
// 15th know as gold. January, told late, cost him gold for these ten days, or was a miss
// that the lift cleared: he is gold since the lift, as before.
func liftedToATierThatIsNone(downAfter int) *Case {
	months := ladder("", "restate: 90d\n    upgrade: when_secured", fmt.Sprint("down_after: ", downAfter))
	s := start(fmt.Sprint("a lift to a tier that has become the one below, behind a miss of ", downAfter), "R177: the lift comes again", months, "2025-01-01")
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(60_000))
	s.through("2025-01-01", "2025-02-09")
	s.Book("C", "A", gen.Day("2025-02-10"), yuan(20_000_000))
	s.Policy(strings.Replace(withoutPlatinum(months), "when_secured", "at_close", 1), 2, gen.Day("2025-02-15"))
	s.through("2025-02-10", "2025-02-15")
	s.want("tier", "gold", "since", "2025-02-11")
	s.Tick(gen.Day("2025-02-16"))
	s.Book("C", "A", gen.Day("2025-01-01"), yuan(-40_000))
	s.want("tier", "gold", "since", "2025-02-11", "misses", "0", "changes", "")
	return s.c
}

// newUnderALowerTier: of January not all days are known, so it gives 20,000 no tier. The
// rules of 3 February have another tier below the lowest. 200,000 of January, told late,
// make him gold; he had no tier, which is told as the lowest there is now.
func newUnderALowerTier() *Case {
	months := ladder("", "restate: 60d", "down_after: 1")
	s := start("a first tier behind rules with a lower one", "R89: NEW is no tier", months, "2025-01-01")
	s.through("2025-01-01", "2025-01-10")
	s.Balance("C", "A", gen.Day("2025-01-10"), yuan(20_000))
	s.through("2025-01-11", "2025-01-15")
	s.Policy(strings.Replace(nextRules(months, false), "{name: mass}", "{name: basic}\n      - {name: mass, from: 10_000}", 1), 2, gen.Day("2025-02-03"))
	s.through("2025-01-16", "2025-02-04")
	s.want("standing", "NEW")
	s.Tick(gen.Day("2025-02-05"))
	s.Book("C", "A", gen.Day("2025-01-12"), yuan(200_000))
	s.want("tier", "gold", "since", "2025-02-01", "changes", "CORRECTED >gold 2025-02-01")
	return s.c
}

// enteredBehindASkippedDay: 24.00 of February, told late, gave gold, and are taken back. The
// CLOSE of 31 March skips the 20th, the day before version 2, which has another metric in
// front. With account B, known from 25 March on, March has unknown days and gives no tier
// by itself. The 24.00 of that day give gold at once, by the rules of either version.
func enteredBehindASkippedDay() *Case {
	week := byFlow("max, window: 7d", "assess: month\n    restate: 60d\n    entry: at_once", "from: 10.00, watch_after: 1, down_after: 2")
	s := start("entered at once behind a skipped day, corrected", "R130, R148", week, "2025-02-04")
	s.c.Skips = true
	s.Close(gen.Day("2025-02-03"))
	s.Balance("C", "A", gen.Day("2025-02-03"), 100)
	s.through("2025-02-04", "2025-02-28")
	s.want("standing", "NEW")
	s.Tick(gen.Day("2025-03-01"))
	s.Book("C", "A", gen.Day("2025-02-24"), 2_400, gen.ID("x"))
	s.want("tier", "gold", "since", "2025-03-01")
	s.through("2025-03-01", "2025-03-15")
	s.Policy(strings.Replace(nextRules(week, false), "metrics:", "metrics:\n  late: {kind: dpd}", 1), 2, gen.Day("2025-03-21"))
	s.Tick(gen.Day("2025-03-25"))
	s.Book("C", "B", gen.Day("2025-03-25"), 2_400, gen.After(2_500))
	s.Close(gen.Day("2025-03-31"))
	s.want("tier", "gold", "since", "2025-03-01")
	s.Tick(gen.Day("2025-04-01"))
	s.Book("C", "A", gen.Day("2025-02-24"), 2_400, gen.ID("x"), func(t *pb.Transaction) { t.Status = pb.TxnStatus_REVERSED })
	s.want("tier", "gold", "since", "2025-03-26", "changes", "")
	return s.c
}
