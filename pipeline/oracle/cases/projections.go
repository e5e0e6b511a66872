package cases

import (
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
)

// Projections are the cases about falls to come and what they cost.
func Projections() []*Case {
	return []*Case{platinumInJune(), holdAfter(), firstScript(), allOfTwo(), anyOfTwo(), byAHigherTier()}
}

// platinumInJune is the worked example of semantics 6 and 7.
func platinumInJune() *Case {
	s := start("platinum in June", "semantics 6 and 7: N = 30, T = 500,000; 20 days at 520,000, then 300,000", ladder("", "", three), "2025-03-31")
	s.Seed("C", "card", "platinum", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2025-03-31"), yuan(480_000))
	s.through("2025-03-31", "2025-05-31")
	s.want("misses", "2", "watch", "true", "falls_on", "2025-07-01")
	s.level("2025-06-01", 480_000, 520_000)
	s.through("2025-06-01", "2025-06-20")
	s.want("falls_on", "")
	s.level("2025-06-21", 520_000, 300_000)
	s.want("falls_on", "2025-07-01", "lands_on", "gold", "act_by", "2025-06-30", "misses", "2",
		"estimate", "44666667", "daily_needed", "46000000", "top_up", "16000000",
		"hold_after", "50000000", "at_risk", "30000000", "reachable", "true",
		"wait", "2025-06-26:32000000 2025-06-30:160000000")
	s.through("2025-06-21", "2025-06-23")
	s.want("top_up", "22857143")
	s.through("2025-06-24", "2025-06-25")
	s.want("top_up", "32000000", "daily_needed", "62000000")
	s.through("2025-06-26", "2025-06-29")
	s.want("top_up", "160000000")
	s.Close(gen.Day("2025-06-30"))
	s.want("tier", "gold", "changes", "DOWNGRADED platinum>gold 2025-07-01")
	return s.c
}

// holdAfter: divided by 30, February needs more than 500,000.
func holdAfter() *Case {
	s := start("hold after", "semantics 6: divided by 30, 535,714.29 in February for 500,000", ladder("day_count: 30", "", three), "2025-01-01")
	s.Seed("C", "card", "platinum", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(300_000))
	s.through("2025-01-01", "2025-01-10")
	s.want("hold_after", "53571429")
	return s.c
}

// firstScript is the script that docs/policy.md begins with.
func firstScript() *Case {
	s := start("first script", "docs/policy.md, five minutes: gold, 30,000 since 1 January", bohaiText, "2025-01-01")
	s.Seed("C", "card", "gold", gen.Day("2024-06-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2025-01-01"), yuan(30_000))
	s.through("2025-01-01", "2025-01-31")
	s.want("misses", "1", "watch", "true", "falls_on", "2025-04-01", "lands_on", "mass", "top_up", "2000000")
	return s.c
}

// All are the worked numbers, and the logs that once made a difference.
func All() []*Case {
	var out []*Case
	for _, list := range [][]*Case{
		Balances(), Tiers(), Projections(), Numbered(), Repeats(), Retold(), BookedBack(), Corrected(), Told(), Again(), Between(), Activations(),
		Entered(), Leavers(), Restated(), Healed(), UnderNewRules(), Ahead(), Alerts(), Rows(), Verdicts(),
	} {
		out = append(out, list...)
	}
	return out
}

// severalTerms is the ladder of which gold asks for more than one thing, with the balance
// of the day beside the average.
func severalTerms(gold string) string {
	return strings.NewReplacer("from: 50_000", gold, "aum: {kind: adb, over: month}", "aum: {kind: adb, over: month}\n  point: {kind: balance}\n  entries: {kind: count, window: 30d}").
		Replace(ladder("", "", three))
}

// allOfTwo: the average is far above what is asked, the balance of the day 100,000 short.
func allOfTwo() *Case {
	s := start("money for the second of two terms", "R187: all of them must hold",
		severalTerms("all: [{aum: 50_000}, {point: 300_000}]"), "2025-05-31")
	s.Balance("C", "A", gen.Day("2025-05-30"), yuan(200_000))
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.through("2025-05-31", "2025-06-20")
	s.want("top_up", "10000000", "reachable", "true", "shortfall", "10000000", "estimate", "20000000",
		"daily_needed", "30000000", "hold_after", "30000000", "at_risk", "20000000",
		"wait", "2025-06-26:10000000 2025-06-30:10000000")
	s.Book("C", "A", gen.Day("2025-06-21"), yuan(100_000)-1)
	s.want("top_up", "1", "reachable", "true")
	s.Book("C", "A", gen.Day("2025-06-21"), 1)
	s.want("top_up", "0", "reachable", "true", "falls_on", "")
	return s.c
}

// anyOfTwo: half of June has passed at 100,000, so that the average asks for 200,000 today
// and the balance of the day for 50,000, of which the average is in turn the cheaper way
// where it lacks little.
func anyOfTwo() *Case {
	s := start("money for the cheaper of two terms", "R187: one of them is enough",
		severalTerms("any: [{aum: 200_000}, {point: 150_000}]"), "2025-05-31")
	s.Balance("C", "A", gen.Day("2025-05-30"), yuan(100_000))
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.through("2025-05-31", "2025-06-15")
	s.want("top_up", "5000000", "reachable", "true", "shortfall", "5000000", "estimate", "10000000",
		"daily_needed", "15000000", "hold_after", "15000000", "wait", "2025-06-24:5000000 2025-06-30:5000000")
	s.Book("C", "A", gen.Day("2025-06-16"), yuan(50_000))
	s.want("top_up", "0", "reachable", "true", "falls_on", "")
	return s.c
}

// byAHigherTier: gold wants entries that nobody makes; platinum is the average alone.
func byAHigherTier() *Case {
	s := start("money for a higher tier", "R187: the period qualifies by a higher tier (R26)",
		severalTerms("all: [{aum: 50_000}, {entries: 5}]"), "2025-05-31")
	s.Balance("C", "A", gen.Day("2025-05-30"), yuan(300_000))
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.through("2025-05-31", "2025-06-15")
	s.want("top_up", "40000000", "reachable", "true")
	s.Book("C", "A", gen.Day("2025-06-16"), yuan(400_000))
	s.want("top_up", "0", "reachable", "true", "falls_on", "")
	return s.c
}
