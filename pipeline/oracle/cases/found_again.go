package cases

import (
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// FoundAgain are those of a longer search.
func FoundAgain() []*Case {
	return []*Case{liftedOutOfTheFall(), notLiftedInAdvance(), heldByAHigherTier(), askedForNothing(), fallTakenBack(), liftedBehindAHold(), missedAtTheEnd(), silentByWhatIsForgotten()}
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

// withActivity is a policy by balance with a count of active days beside it.
func withActivity(gold, platinum string) string {
	months := ", watch_after: 1, down_after: 2"
	return strings.Replace(byFlow("balance", "assess: month", gold+months), "schemes:", "  active: {kind: active_days, window: 60d}\nschemes:", 1) +
		"      - {name: platinum, " + platinum + months + "}\n"
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
	s.want("tier", "gold", "falls_on", "2024-03-01")
	s.through("2024-01-03", "2024-01-11")
	s.want("tier", "platinum", "falls_on", "2024-03-01")
	s.through("2024-01-12", "2024-02-29")
	s.want("tier", "mass", "changes", "DOWNGRADED platinum>mass 2024-03-01")
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

// silentByWhatIsForgotten: at the end of January the withdrawal was 395 days ago, one less
// than gold asks for. On 7 February, when it is forgotten, January is not decided again.
func silentByWhatIsForgotten() *Case {
	s := start("a day since that is forgotten", "R174: 396 days leave 4 to restate",
		byFlow("recency, where: {channel: ATM}", "assess: month", "from: 396"), "2024-01-01")
	s.Close(gen.Day("2024-01-01"))
	s.Book("C", "A", gen.Day("2024-01-02"), 100, func(t *pb.Transaction) { t.Channel = pb.Channel_ATM })
	s.through("2024-01-02", "2025-02-05")
	s.Book("C", "A", gen.Day("2025-02-06"), 100)
	s.Close(gen.Day("2025-02-06"))
	s.want("tier", "mass")
	s.Book("C", "A", gen.Day("2025-01-20"), 100)
	s.want("tier", "mass", "changes", "")
	s.through("2025-02-07", "2025-02-28")
	s.want("tier", "gold", "changes", "UPGRADED mass>gold 2025-03-01")
	return s.c
}
