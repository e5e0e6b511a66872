package cases

import (
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// FoundLater are more of them.
func FoundLater() []*Case {
	return []*Case{kindsBehindALag(), atOnceByWhatIsKnown(), chainedWithoutTomorrow(), laterOutflow(), bookedBack(), newestInTime(), twoPeriodsOfADay(), roundedBelowZero(), agreedBalance(), liftedByRulesToCome(), claimedByAGraver(), nearByTheRulesInForce(), cooledByItsOwnWindow(), leavesBeforeTheFall(), openedOnTheFirst(), enteredAtOnceAgain(), balanceOfALeaver(), goneBeforeItsLag(), anotherRankOfTheTier(), liftedBehindAnEvent(), facedBeforeAnyClose(), decidedByEventsOnce(), foreseenBehindAGuarantee(), healedTwiceADay()}
}

// byFlow is a policy with one scheme, card, by a metric without average.
func byFlow(metric, assess, gold string) string {
	return strings.NewReplacer("@metric", metric, "@assess", assess, "@gold", gold).Replace(`policy: test
version: 1
classes:
  deposits: {types: [DEMAND, TIME, NOTICE]}
metrics:
  lead: {kind: @metric}
schemes:
  card:
    by: lead
    @assess
    tiers:
      - {name: mass}
      - {name: gold, @gold}
`)
}

// unordered tells a balance by a source without order in the day.
func unordered(n, tolerance int64) func(*pb.Transaction) {
	return func(t *pb.Transaction) {
		t.BalanceAfter, t.BalanceKnown, t.BalanceTrust, t.BalanceTolerance = n, true, pb.BalanceTrust_BALANCE_TRUST_DAY, tolerance
	}
}

// kindsBehindALag: while the 15th still waits for its assessment, the event of the
// 16th counts for the four days from then on: the 20th is the first without one.
func kindsBehindALag() *Case {
	s := start("a day that waits, and an event since", "semantics 6: the tier changes on exactly the projected day",
		byFlow("distinct, of: account, window: 4d", "assess: day\n    assess_lag: 1d", "from: 1, watch_after: 1, down_after: 1"), "2024-11-12")
	s.Close(gen.Day("2024-11-12"))
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Book("C", "A", gen.Day("2024-11-13"), 100)
	s.through("2024-11-13", "2024-11-15")
	s.Tick(gen.Day("2024-11-16"))
	s.Book("C", "A", gen.Day("2024-11-16"), 100)
	s.want("falls_on", "2024-11-22")
	s.through("2024-11-16", "2024-11-20")
	s.want("tier", "gold")
	s.Close(gen.Day("2024-11-21"))
	s.want("tier", "mass", "changes", "DOWNGRADED gold>mass 2024-11-22")
	return s.c
}

// atOnceByWhatIsKnown: his second account is known from tomorrow on; that he has been
// silent is known today.
func atOnceByWhatIsKnown() *Case {
	s := start("at once by what is known", "R27: what is known suffices to lift a NEW customer above the lowest tier",
		byFlow("recency", "assess: quarter\n    entry: at_once", "from: 1"), "2024-01-01")
	s.Balance("C", "A", gen.Day("2023-12-31"), 0)
	s.Book("C", "B", gen.Day("2024-01-02"), 100, gen.After(200))
	s.Close(gen.Day("2024-01-01"))
	s.want("tier", "gold", "changes", "ENTERED >gold 2024-01-02")
	return s.c
}

// chainedWithoutTomorrow: 13 May is the first day that was told, so the account is
// known from it on (27.00 + 32.00 - 26.00, two days); what tomorrow's booking moves on
// the 12th is part of days that are not known.
func chainedWithoutTomorrow() *Case {
	s := start("a first day is chained without tomorrow", "R81: the first event's value day is the earliest of that day",
		ladder("", "", three), "2024-05-13")
	s.Close(gen.Day("2024-05-13"))
	s.Tick(gen.Day("2024-05-14"))
	s.Book("C", "A", gen.Day("2024-05-13"), 3200, unordered(5900, 0))
	s.Book("C", "A", gen.Day("2024-05-15"), -2600, unordered(3300, 0), gen.Valued(gen.Day("2024-05-12")))
	s.Close(gen.Day("2024-05-14"))
	s.want("sum", "6600")
	return s.c
}

// laterOutflow: a fifth of the assets leaves, and two weeks later most of the rest.
// The bank wants to hear of outflows every 19 days at most.
func laterOutflow() *Case {
	s := start("another outflow within cooldown", "R52, R72, R126",
		ladder("", "", three)+"alerts:\n  LARGE_OUTFLOW: {share: 20%, cooldown: 19d}\n", "2024-01-01")
	s.Balance("C", "A", gen.Day("2023-12-31"), yuan(60_000))
	s.Close(gen.Day("2024-01-01"))
	s.Seed("C", "card", "mass", gen.Day("2023-01-01"), 0, 0)
	s.Book("C", "A", gen.Day("2024-01-02"), yuan(-12_000))
	s.want("alerts", "LARGE_OUTFLOW OPEN WARNING")
	s.through("2024-01-02", "2024-01-14")
	s.Book("C", "A", gen.Day("2024-01-15"), yuan(-40_000))
	s.want("alerts", "")
	s.through("2024-01-15", "2024-01-20")
	s.Book("C", "A", gen.Day("2024-01-21"), yuan(-8_000))
	s.want("alerts", "LARGE_OUTFLOW OPEN CRITICAL")
	return s.c
}

// bookedBack: four fifths of the assets leave on the 10th, and the bank books that on
// the 4th.
func bookedBack() *Case {
	s := start("an outflow that is booked back", "R53, R168: 24 hours by event time", ladder("", "", three), "2024-01-31")
	s.Balance("C", "A", gen.Day("2024-01-30"), yuan(500_000))
	s.through("2024-01-31", "2024-02-09")
	s.Seed("C", "card", "mass", gen.Day("2023-01-01"), 0, 0)
	s.Tick(gen.Day("2024-02-10"))
	s.Book("C", "A", gen.Day("2024-02-10"), yuan(-400_000), func(t *pb.Transaction) { t.BusinessDay -= 6 })
	s.want("alerts", "LARGE_OUTFLOW OPEN CRITICAL")
	return s.c
}

// newestInTime: late in the evening of the 2nd eight bookings are of the 3rd already, and
// a ninth, the last in time, is still of the 2nd: at it there are nine in 24 hours.
func newestInTime() *Case {
	s := start("the newest in time is not the last by business day", "R168: windows of hours reach up to the newest event",
		byFlow("count, window: 24h", "assess: event", "from: 9"), "2024-01-01")
	s.Close(gen.Day("2024-01-01"))
	s.Seed("C", "card", "mass", gen.Day("2023-01-01"), 0, 0)
	s.Tick(gen.Day("2024-01-02"))
	const evening = 22*3600 + 31*60
	at := func(second int64) func(*pb.Transaction) {
		return func(t *pb.Transaction) { t.EventTime = int64(gen.Day("2024-01-02"))*86400 + second }
	}
	for i := range int64(8) {
		s.Book("C", "A", gen.Day("2024-01-03"), 100, at(evening+60*i))
	}
	s.want("tier", "mass")
	s.Book("C", "A", gen.Day("2024-01-02"), 100, at(evening+3600))
	s.want("tier", "gold")
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

// roundedBelowZero: half of an overdraft of 28.03.
func roundedBelowZero() *Case {
	half := strings.Replace(ladder("rounding: 2dp_half_up", "", three), "NOTICE]", "NOTICE], weight: 50%, floor: none", 1)
	s := start("half up below zero", "R128", half, "2024-01-31")
	s.Balance("C", "A", gen.Day("2024-01-31"), -2803)
	s.Close(gen.Day("2024-01-31"))
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 0, 0)
	s.Close(gen.Day("2024-02-01"))
	s.want("estimate", "-1402")
	return s.c
}

// agreedBalance: what came late of November made the week through 3 January known, but
// is too old to restate it. A balance that agrees with the book is no news of it.
func agreedBalance() *Case {
	s := start("a balance that agrees restates nothing", "semantics 5: older corrections change metrics only",
		byFlow("sum, window: 1d", "assess: 7d", "from: 5.00, watch_after: 1, down_after: 1"), "2024-01-01")
	s.Close(gen.Day("2024-01-01"))
	s.Balance("C", "A", gen.Day("2024-01-01"), 100)
	s.Seed("C", "card", "gold", gen.Day("2024-01-02"), 0, 0)
	s.through("2024-01-02", "2024-01-03")
	s.Tick(gen.Day("2024-01-04"))
	s.Book("C", "A", gen.Day("2023-11-30"), 3400)
	s.Balance("C", "A", gen.Day("2024-01-03"), 100)
	s.want("tier", "gold", "changes", "")
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

// claimedByAGraver: the fall of tomorrow waits four minutes to be told; until then the
// watch that is open tells the second miss.
func claimedByAGraver() *Case {
	s := start("a graver risk waits for hold", "R129",
		byFlow("sum, window: 1d", "assess: event", "from: 5.00, watch_after: 1, down_after: 3")+
			"alerts:\n  VALUE_DOWNGRADE_PROJECTED: {within: 0d, hold: 4m}\n", "2023-12-31")
	s.Close(gen.Day("2023-12-31"))
	s.Tick(gen.Day("2024-01-01"))
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 1, 0)
	s.want("alerts", "WATCH_ENTERED OPEN INFO")
	s.Book("C", "A", gen.Day("2024-01-01"), 100)
	s.want("alerts", "WATCH_ENTERED OPEN WARNING")
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

// cooledByItsOwnWindow: the last miss but one has just been told and was over; told
// again, its fall is three weeks away, and that code hides what is further than a week.
func cooledByItsOwnWindow() *Case {
	weekly := strings.NewReplacer("assess: month", "assess: 7d", "over: month", "over: 7d").Replace(ladder("", "", "watch_after: 2, down_after: 2"))
	s := start("cooldown looks at the code's own window", "R52",
		weekly+"alerts:\n  GRACE_LAST_MONTH: {within: 7d, cooldown: 40d}\n", "2024-01-03")
	s.Balance("C", "A", gen.Day("2023-12-01"), yuan(60_000))
	s.Close(gen.Day("2024-01-03"))
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 1, 0)
	s.Close(gen.Day("2024-01-04"))
	s.want("alerts", "GRACE_LAST_MONTH OPEN WARNING")
	s.through("2024-01-05", "2024-01-10")
	s.want("misses", "0", "alerts", "GRACE_LAST_MONTH AUTO_RESOLVED WARNING")
	s.Tick(gen.Day("2024-01-11"))
	s.Seed("C", "card", "gold", gen.Day("2023-01-02"), 1, 0)
	s.Book("C", "A", gen.Day("2024-01-11"), yuan(-60_000), gen.Valued(gen.Day("2024-01-18")))
	s.Close(gen.Day("2024-01-11"))
	s.want("misses", "1", "falls_on", "2024-02-01", "alerts", "")
	return s.c
}

// leavesBeforeTheFall: the bank seeds a customer whose only account is closed; the next
// CLOSE lets him leave and decides nothing.
func leavesBeforeTheFall() *Case {
	s := start("leaves before the fall", "semantics 5: EXITED, no fall; 6: the same advance with no event",
		byFlow("sum, window: 1d", "assess: event", "from: 40.00, watch_after: 1, down_after: 2"), "2023-12-31")
	s.Close(gen.Day("2023-12-31"))
	s.Tick(gen.Day("2024-01-01"))
	s.Book("C", "A", gen.Day("2024-01-01"), 100)
	s.Add(&pb.LogRecord{Lifecycle: &pb.AccountLifecycle{
		CustomerId: "C", AccountId: "A", AccountType: pb.AccountType_DEMAND, Unit: gen.Base, ClosedDay: gen.Day("2024-01-01"), EventTime: 1,
		BusinessDay: gen.Day("2024-01-01"),
	}})
	s.Close(gen.Day("2024-01-01"))
	s.Tick(gen.Day("2024-01-02"))
	s.Seed("C", "card", "gold", gen.Day("2024-01-02"), 0, 0)
	s.Book("C", "A", gen.Day("2024-01-02"), -1000)
	s.want("standing", "ACTIVE", "misses", "1", "falls_on", "")
	s.Close(gen.Day("2024-01-02"))
	s.want("standing", "LEFT")
	return s.c
}

// openedOnTheFirst: 29 days of February from the first on, of 29 since the opening; a
// count of 30 is for those who were there before.
func openedOnTheFirst() *Case {
	s := start("opened on the first of a short month", "R38",
		ladder("day_count: 30, first_period: since_open", "", three), "2024-01-31")
	s.Close(gen.Day("2024-01-31"))
	s.Book("C", "A", gen.Day("2024-02-01"), yuan(50_000))
	s.through("2024-02-01", "2024-02-29")
	s.want("tier", "gold", "changes", "ENTERED >gold 2024-03-01")
	return s.c
}

// enteredAtOnceAgain: February has unknown days and gave no tier, the CLOSE of 1 March
// did. A booking of February that comes late gives gold, and with its undoing the
// entry of 1 March stands again.
func enteredAtOnceAgain() *Case {
	s := start("entered at once again", "R89, R130",
		byFlow("max, window: 7d", "assess: month\n    entry: at_once", "from: 10.00, watch_after: 1, down_after: 2"), "2025-02-04")
	s.Close(gen.Day("2025-02-03"))
	s.Balance("C", "A", gen.Day("2025-02-03"), 1_100)
	s.through("2025-02-04", "2025-03-01")
	s.want("tier", "mass", "changes", "ENTERED >mass 2025-03-02")
	s.Tick(gen.Day("2025-03-02"))
	s.Book("C", "A", gen.Day("2025-02-24"), 2_400, gen.ID("x"))
	s.want("tier", "gold", "changes", "CORRECTED mass>gold 2025-03-01")
	s.through("2025-03-02", "2025-03-04")
	s.Tick(gen.Day("2025-03-05"))
	s.Book("C", "A", gen.Day("2025-02-24"), 2_400, gen.ID("x"), func(t *pb.Transaction) { t.Status = pb.TxnStatus_REVERSED })
	s.want("standing", "ACTIVE", "tier", "mass", "changes", "CORRECTED gold>mass 2025-03-02")
	return s.c
}

// balanceOfALeaver: the bank goes on to tell the balance of who has left.
func balanceOfALeaver() *Case {
	s := start("the balance of a leaver", "R35, R131", ladder("", "", three), "2024-01-01")
	s.Balance("C", "A", gen.Day("2023-12-31"), yuan(60_000))
	s.Add(&pb.LogRecord{Profile: &pb.CustomerProfile{CustomerId: "C", EventTime: 1, Exited: true, BusinessDay: gen.Day("2024-01-01")}})
	s.want("standing", "LEFT")
	s.Close(gen.Day("2024-01-01"))
	s.Tick(gen.Day("2024-01-02"))
	s.Balance("C", "A", gen.Day("2024-01-01"), yuan(60_000))
	s.want("standing", "LEFT")
	s.Balance("C", "A", gen.Day("2024-01-01"), yuan(50_000))
	s.want("standing", "LEFT")
	s.Book("C", "A", gen.Day("2024-01-02"), yuan(10))
	s.want("standing", "NEW")
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

// liftedBehindAnEvent: the event of the 21st takes platinum, the CLOSE of the 20th, as
// of which he was silent, gives it again; so the fall to mass is a day further.
func liftedBehindAnEvent() *Case {
	policy := byFlow("recency", "assess: event\n    upgrade: immediate", "from: 2, watch_after: 1, down_after: 1, lands_on: by_balance") +
		"      - {name: platinum, from: 7, watch_after: 1, down_after: 1, lands_on: one_down}\n"
	s := start("lifted by a CLOSE behind an event", "semantics 1 and 6: a CLOSE decides as of its day", policy, "2024-01-01")
	s.Close(gen.Day("2023-12-31"))
	s.Book("C", "A", gen.Day("2024-01-01"), 100)
	s.Seed("C", "card", "platinum", gen.Day("2023-01-01"), 0, 0)
	s.through("2024-01-01", "2024-01-19")
	s.Tick(gen.Day("2024-01-20"))
	s.Book("C", "A", gen.Day("2024-01-21"), 100)
	s.want("tier", "gold", "falls_on", "2024-01-23")
	s.Close(gen.Day("2024-01-20"))
	s.want("tier", "platinum")
	s.through("2024-01-21", "2024-01-22")
	s.want("tier", "mass", "changes", "DOWNGRADED gold>mass 2024-01-23")
	return s.c
}

// facedBeforeAnyClose: an event of November, late before any CLOSE, is no reason to
// look at a quarter that nobody closes: the first one is that of the seed.
func facedBeforeAnyClose() *Case {
	quarterly := strings.NewReplacer("assess: month", "assess: quarter", "over: month", "over: quarter").Replace(ladder("", "", three))
	s := start("the first period is faced before any CLOSE", "R1, R2", quarterly, "2024-01-01")
	s.Seed("C", "card", "platinum", gen.Day("2023-01-01"), 0, 0)
	s.Book("C", "A", gen.Day("2023-11-27"), yuan(60_000))
	s.want("estimate", "6000000", "shortfall", "44000000")
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

// foreseenBehindAGuarantee: guaranteed through 2025, he misses the first three months
// of 2026; a year and a half ahead is within the horizon, for it begins at the end of
// the guarantee.
func foreseenBehindAGuarantee() *Case {
	s := start("a fall behind a guarantee", "R42", ladder("", "", three), "2024-06-01")
	s.Balance("C", "A", gen.Day("2024-05-31"), yuan(10_000))
	s.Close(gen.Day("2024-06-01"))
	s.Seed("C", "card", "gold", gen.Day("2024-06-01"), 0, gen.Day("2025-12-31"))
	s.Close(gen.Day("2024-06-02"))
	s.want("falls_on", "2026-04-01", "lands_on", "mass")
	return s.c
}

// healedTwiceADay: 23.00 missing before the booking of the 4th, 8.97 more once that is
// corrected; the 23.00 come later, and the balance told, 5.97, stands.
func healedTwiceADay() *Case {
	s := start("healed twice a day", "R16, R132", ladder("", "", three), "2024-01-01")
	s.Balance("C", "A", gen.Day("2024-01-01"), 0)
	s.through("2024-01-01", "2024-01-03")
	s.Tick(gen.Day("2024-01-04"))
	s.Book("C", "A", gen.Day("2024-01-04"), -1703, gen.ID("x"), gen.After(597))
	s.Book("C", "A", gen.Day("2024-01-04"), -2600, gen.ID("x"), gen.After(597), func(t *pb.Transaction) { t.Version = 2 })
	s.through("2024-01-04", "2024-01-06")
	s.Tick(gen.Day("2024-01-07"))
	s.Book("C", "A", gen.Day("2024-01-02"), 2300)
	s.Close(gen.Day("2024-01-07"))
	s.want("sum", "6988")
	return s.c
}
