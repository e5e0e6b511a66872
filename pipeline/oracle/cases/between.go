package cases

import (
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Between are of corrections, and of what was decided between the periods that they run
// again: at events, by lifts, by entries at once.
func Between() []*Case {
	return []*Case{
		decidedByEventsBetween(), liftedBehindSeveralPeriods(), liftedBeforeTheFirstClose(), liftedBeforeItsOwnClose(), enteredBehindALift(),
	}
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
	s := start("decided by events between two rules by months", "R186: what was decided before rules by events is not decided again", months, "2025-01-01")
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

// liftedOnceGold: of January not all days are known, so 10.00 give no tier. 95.00 of 12
// January (x), told on 1 February before its CLOSE, are gold.
func liftedOnceGold(name, why string) *script {
	s := start(name, why, untilPlatinum("assess: month\n    restate: 60d\n    entry: at_once\n    upgrade: immediate"), "2025-01-10")
	s.Close(gen.Day("2025-01-10"))
	s.Balance("C", "A", gen.Day("2025-01-10"), 1_000)
	s.through("2025-01-11", "2025-01-31")
	s.want("standing", "NEW")
	s.Tick(gen.Day("2025-02-01"))
	s.Book("C", "A", gen.Day("2025-01-12"), 9_500, gen.ID("x"))
	s.want("tier", "gold", "changes", "CORRECTED >gold 2025-02-01")
	return s
}

// takeBack reverses x.
func (s *script) takeBack() {
	s.Book("C", "A", gen.Day("2025-01-12"), 9_500, gen.ID("x"), func(t *pb.Transaction) { t.Status = pb.TxnStatus_REVERSED })
}

// liftedBeforeTheFirstClose: 500.00 of 2 February give platinum, while 1 February waits for
// its CLOSE. Without x he has no tier, and no CLOSE since that could give him one.
func liftedBeforeTheFirstClose() *Case {
	s := liftedOnceGold("lifted before any CLOSE since the entry that is taken back", "R89, R130: the first CLOSE since")
	s.Tick(gen.Day("2025-02-02"))
	s.Book("C", "A", gen.Day("2025-02-02"), 50_000)
	s.want("changes", "UPGRADED gold>platinum 2025-02-02")
	s.takeBack()
	s.want("standing", "NEW", "changes", "CORRECTED platinum> 2025-02-02")
	s.Close(gen.Day("2025-02-01"))
	s.want("tier", "mass", "changes", "ENTERED >mass 2025-02-02")
	return s.c
}

// liftedBeforeItsOwnClose: the same on 1 February.
func liftedBeforeItsOwnClose() *Case {
	s := liftedOnceGold("lifted on the day that waits for its CLOSE, and the entry taken back", "R89, R130: the first CLOSE since")
	s.Book("C", "A", gen.Day("2025-02-01"), 50_000)
	s.want("changes", "UPGRADED gold>platinum 2025-02-01")
	s.takeBack()
	s.want("standing", "NEW", "changes", "CORRECTED platinum> 2025-02-01")
	return s.c
}

// enteredBehindALift: the 500.00 leave on the same day. Account B, known from 3 February on,
// leaves February with unknown days, and 200.00 of the 4th are gold: without x that CLOSE is
// the first to give him a tier.
func enteredBehindALift() *Case {
	s := liftedOnceGold("entered at once behind a lift that is none", "R130: the first CLOSE since that gives him a tier")
	s.Book("C", "A", gen.Day("2025-02-01"), 50_000)
	s.want("changes", "UPGRADED gold>platinum 2025-02-01")
	s.Book("C", "A", gen.Day("2025-02-01"), -50_000)
	s.through("2025-02-01", "2025-02-02")
	s.Tick(gen.Day("2025-02-03"))
	s.Balance("C", "B", gen.Day("2025-02-02"), 0)
	s.Close(gen.Day("2025-02-03"))
	s.Book("C", "A", gen.Day("2025-02-04"), 20_000)
	s.Close(gen.Day("2025-02-04"))
	s.want("tier", "platinum", "since", "2025-02-01")
	s.Tick(gen.Day("2025-02-05"))
	s.takeBack()
	s.want("tier", "gold", "since", "2025-02-05", "changes", "CORRECTED platinum>gold 2025-02-05")
	return s.c
}
