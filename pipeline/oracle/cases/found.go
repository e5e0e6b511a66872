package cases

import (
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Found are small logs on which two implementations once differed.
func Found() []*Case {
	return []*Case{
		atOnceWithoutEvent(), openedOnTheLastDay(), lateBeforeAnyClose(), newVersionOfAReversed(), olderThanRestate(),
		hoursAhead(), notNewByItsDeposit(), healKeptForOlder(), inferredHoldsLate(), lateOnTheLastDay(),
		lateDayOpens(), eventAhead(), enteredSince(), valuedBeforeRestate(), reversedAcrossRestate(), closedAnewAcrossRestate(),
	}
}

func atOnceWithoutEvent() *Case {
	s := start("at once, opening balance only", "R28, entry: the first CLOSE after the customer came",
		ladder("", "entry: at_once", three), "2024-02-08")
	s.Close(gen.Day("2024-02-08"))
	s.Balance("C", "A", gen.Day("2024-01-31"), yuan(60_000))
	s.Close(gen.Day("2024-02-09"))
	s.want("tier", "gold", "changes", "ENTERED >gold 2024-02-10")
	return s.c
}

func openedOnTheLastDay() *Case {
	s := start("opened, told on the last day", "R13: all days are known, so the month is assessed", ladder("", "", three), "2024-09-29")
	s.Close(gen.Day("2024-09-29"))
	s.Open("C", "A", pb.AccountType_DEMAND, gen.Base, gen.Day("2024-08-21"))
	s.Close(gen.Day("2024-09-30"))
	s.want("tier", "mass", "changes", "ENTERED >mass 2024-10-01")
	return s.c
}

func lateBeforeAnyClose() *Case {
	s := start("late before any close", "R1: the first CLOSE closes its own day only, December was never closed",
		ladder("", "", three), "2024-01-01")
	s.Open("C", "A", pb.AccountType_DEMAND, gen.Base, gen.Day("2023-11-22"))
	s.Book("C", "A", gen.Day("2023-12-31"), yuan(100))
	s.Close(gen.Day("2024-01-01"))
	s.want("standing", "NEW", "changes", "")
	return s.c
}

func newVersionOfAReversed() *Case {
	s := start("new version of a reversed booking", "semantics 2: the old content is taken out, the new put in",
		ladder("", "", three), "2024-01-01")
	s.Close(gen.Day("2024-01-01"))
	day := gen.Day("2024-01-02")
	s.Book("C", "A", day, yuan(60_000), gen.ID("x"))
	s.Book("C", "A", day, yuan(60_000), gen.ID("x"), func(t *pb.Transaction) { t.Status = pb.TxnStatus_REVERSED })
	s.Book("C", "A", day, yuan(60_000), gen.ID("x"), func(t *pb.Transaction) { t.Version = 2 })
	s.Close(day)
	s.want("sum", "6000000")
	return s.c
}

func olderThanRestate() *Case {
	s := start("older than restate", "semantics 5: a correction of a period that ended more than `restate` ago changes metrics only",
		ladder("", "", three), "2023-12-31")
	s.Close(gen.Day("2023-12-31"))
	s.Balance("C", "A", gen.Day("2023-12-31"), yuan(60_000))
	s.through("2024-01-01", "2024-03-05")
	s.want("tier", "gold", "misses", "0")
	s.Book("C", "A", gen.Day("2024-01-20"), yuan(-40_000))
	s.want("tier", "gold", "misses", "0", "changes", "")
	return s.c
}

// valuedBeforeRestate: what comes late is of 30 January, and of a value day in a period
// that is not restated any more. Inflow goes by business days.
func valuedBeforeRestate() *Case {
	s := start("restated by the business day, its value day being older", "R164",
		byFlow("sum, window: 31d", "assess: month", "from: 100, watch_after: 1, down_after: 3"), "2023-12-31")
	s.Close(gen.Day("2023-12-31"))
	s.Balance("C", "A", gen.Day("2023-12-31"), 0)
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 0, 0)
	s.through("2024-01-01", "2024-02-02")
	s.want("tier", "gold", "misses", "1")
	s.Book("C", "A", gen.Day("2024-01-30"), yuan(200), gen.Valued(gen.Day("2023-12-28")))
	s.want("tier", "gold", "misses", "0", "watch", "false", "changes", "CORRECTED gold>gold 2024-02-03")
	return s.c
}

// reversedAcrossRestate: 40,000 from the wrong debit of 28 December to 19 January, then
// 70,000: 51,612.90 in January.
func reversedAcrossRestate() *Case {
	s := start("restated by the value day of a reversal, its original being older", "R164; semantics 3: the balance moves on the reversal's value day",
		ladder("", "", three), "2023-12-27")
	s.Close(gen.Day("2023-12-27"))
	s.Balance("C", "A", gen.Day("2023-12-27"), yuan(70_000))
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 0, 0)
	s.Book("C", "A", gen.Day("2023-12-28"), -yuan(30_000), gen.ID("wrong"))
	s.through("2023-12-28", "2024-02-04")
	s.want("tier", "gold", "misses", "1")
	s.Book("C", "A", gen.Day("2024-02-05"), yuan(30_000), gen.Reverses("wrong", pb.ReversalKind_FULL), gen.Valued(gen.Day("2024-01-20")))
	s.want("tier", "gold", "misses", "0", "watch", "false", "changes", "CORRECTED gold>gold 2024-02-05")
	return s.c
}

// closedAnewAcrossRestate: the account that was closed on 28 December was closed on 30
// January: 29 days of 60,000 more, 56,129.03 in January.
func closedAnewAcrossRestate() *Case {
	s := start("restated by the later of two closing days", "R164, R88", ladder("", "", three), "2023-12-27")
	closed := func(on, told string) {
		s.Add(&pb.LogRecord{Lifecycle: &pb.AccountLifecycle{
			CustomerId: "C", AccountId: "A", AccountType: pb.AccountType_DEMAND, Unit: gen.Base, ClosedDay: gen.Day(on),
			EventTime: int64(gen.Day(told)) * 86400, BusinessDay: gen.Day(told),
		}})
	}
	s.Close(gen.Day("2023-12-27"))
	s.Balance("C", "A", gen.Day("2023-12-27"), yuan(60_000))
	s.Balance("C", "B", gen.Day("2023-12-27"), yuan(1))
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 0, 0)
	closed("2023-12-28", "2023-12-28")
	s.through("2023-12-28", "2024-02-02")
	s.want("tier", "gold", "misses", "1")
	closed("2024-01-30", "2024-02-03")
	s.want("tier", "gold", "misses", "0", "watch", "false", "changes", "CORRECTED gold>gold 2024-02-03")
	return s.c
}

const hours = `policy: test
version: 1
classes:
  deposits: {types: [DEMAND, TIME, NOTICE]}
metrics:
  inflow: {kind: sum, window: 54h}
schemes:
  card:
    by: inflow
    assess: day
    tiers:
      - {name: mass}
      - {name: gold, from: 5.00, watch_after: 1, down_after: 3}
`

const byEvent = `policy: test
version: 1
classes:
  deposits: {types: [DEMAND, TIME, NOTICE]}
metrics:
  point: {kind: balance}
schemes:
  card:
    by: point
    assess: event
    tiers:
      - {name: mass}
      - {name: gold, from: 500.00, watch_after: 1, down_after: 3}
`

// eventAhead: the event is assessed on its own day, and the CLOSE of the day before
// it then assesses nothing: what money asks is asked for the event's day.
func eventAhead() *Case {
	s := start("an event ahead of a CLOSE is assessed on its day",
		"semantics 1 and 5: a customer's day is his newest event's, and assess: event makes it the period", byEvent, "2024-01-30")
	s.Close(gen.Day("2024-01-30"))
	s.Seed("C", "card", "gold", gen.Day("2023-12-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-01-30"), yuan(600))
	s.Tick(gen.Day("2024-01-31"))
	s.Book("C", "A", gen.Day("2024-02-01"), yuan(-300))
	s.want("misses", "1", "falls_on", "2024-02-03", "top_up", "20000", "estimate", "30000", "shortfall", "20000", "reachable", "true")
	s.Close(gen.Day("2024-01-31"))
	s.want("misses", "1", "falls_on", "2024-02-03", "top_up", "20000", "shortfall", "20000")
	return s.c
}

// hoursAhead: 6.00 at noon of 8 March is within 54 hours of the cuts of the 8th
// and the 9th; three misses from the 10th make the fall of the 13th.
func hoursAhead() *Case {
	s := start("hour windows ahead", "semantics 6: the tier changes on exactly the projected day; R58", hours, "2024-03-01")
	s.Close(gen.Day("2024-03-01"))
	s.Balance("C", "A", gen.Day("2024-03-01"), 0)
	s.through("2024-03-02", "2024-03-07")
	s.Book("C", "A", gen.Day("2024-03-08"), 600)
	s.Close(gen.Day("2024-03-08"))
	s.want("tier", "gold", "falls_on", "2024-03-13")
	s.through("2024-03-09", "2024-03-11")
	s.want("tier", "gold", "falls_on", "2024-03-13", "misses", "2")
	s.Close(gen.Day("2024-03-12"))
	s.want("tier", "mass", "changes", "DOWNGRADED gold>mass 2024-03-13")
	return s.c
}

// notNewByItsDeposit: an opening position shows that the customer was there
// before, so his first deposit does not open him.
func notNewByItsDeposit() *Case {
	s := start("an old customer's first event", "semantics 6: one unit less than top_up does not clear; R38",
		ladder("first_period: since_open", "", three), "2023-12-31")
	s.Close(gen.Day("2023-12-31"))
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2023-12-31"), 0)
	s.through("2024-01-01", "2024-01-20")
	s.want("top_up", "14090910")
	s.Book("C", "A", gen.Day("2024-01-21"), 14090909)
	s.through("2024-01-21", "2024-01-31")
	s.want("misses", "1")
	return s.c
}

// healKeptForOlder: what was booked before the opening position is part of it.
func healKeptForOlder() *Case {
	s := start("a heal is kept for an older event", "R57 before R16: an event booked before the opening balance changes the days before it only",
		ladder("", "", three), "2023-12-31")
	s.Close(gen.Day("2023-12-31"))
	s.Balance("C", "A", gen.Day("2023-12-31"), yuan(1000))
	s.Book("C", "A", gen.Day("2024-01-01"), yuan(100), gen.After(yuan(100)))
	s.Book("C", "A", gen.Day("2023-12-22"), yuan(-1000))
	s.Close(gen.Day("2024-01-01"))
	s.want("sum", "10000")
	return s.c
}

// inferredHoldsLate: what was inferred before the first event holds a late one.
func inferredHoldsLate() *Case {
	s := start("an inferred balance holds a late event", "R57 with a known opening day (R13)", ladder("", "", three), "2023-12-31")
	s.Close(gen.Day("2023-12-31"))
	s.Open("C", "A", pb.AccountType_DEMAND, gen.Base, gen.Day("2023-12-15"))
	s.Book("C", "A", gen.Day("2024-01-01"), yuan(100), gen.After(yuan(3200)))
	s.Book("C", "A", gen.Day("2023-12-20"), yuan(3100))
	s.Close(gen.Day("2024-01-01"))
	s.want("sum", "320000")
	return s.c
}

// lateOnTheLastDay: a late record does not make the CLOSE look at its own day.
func lateOnTheLastDay() *Case {
	s := start("late record on the last day", "R28: the period is decided at the CLOSE of its last day",
		ladder("", "", three), "2024-02-01")
	s.Close(gen.Day("2024-01-31"))
	s.Balance("C", "A", gen.Day("2024-01-31"), yuan(60_000))
	s.through("2024-02-01", "2024-02-28")
	s.Tick(gen.Day("2024-02-29"))
	s.Book("C", "A", gen.Day("2024-02-28"), yuan(100))
	s.Close(gen.Day("2024-02-29"))
	s.want("tier", "gold", "changes", "ENTERED >gold 2024-03-01")
	return s.c
}

// lateDayOpens: the balance of a closed day is the first that the account tells, so
// it opens the account with 10 (unknown before); what the open day tells beyond it is
// a heal of 10, explained later: 40, 40, 150, then 40, 50, 150, 150.
func lateDayOpens() *Case {
	s := start("a late day opens an account without order", "R87", ladder("", "", three), "2024-01-01")
	s.Close(gen.Day("2024-01-01"))
	s.Close(gen.Day("2024-01-02"))
	s.Close(gen.Day("2024-01-03"))
	s.Tick(gen.Day("2024-01-04"))
	s.Book("C", "A", gen.Day("2024-01-02"), 30, unordered(40, 0))
	s.Book("C", "A", gen.Day("2024-01-04"), 100, unordered(150, 0))
	s.Close(gen.Day("2024-01-04"))
	s.want("sum", "230", "dead", "")
	s.Book("C", "A", gen.Day("2024-01-03"), 10)
	s.Close(gen.Day("2024-01-05"))
	s.want("sum", "390")
	return s.c
}

// enteredSince: January has unknown days and gives no tier, the CLOSE of 1 February
// does. What is learned later of January still gives none, and takes none away.
func enteredSince() *Case {
	s := start("restated before an entry at once", "semantics 5: the machine runs again from the period, and all that was decided since",
		ladder("", "entry: at_once", three+", lands_on: by_balance"), "2024-01-10")
	s.Close(gen.Day("2024-01-10"))
	s.Balance("C", "A", gen.Day("2024-01-10"), yuan(1_000))
	s.through("2024-01-11", "2024-01-31")
	s.want("standing", "NEW")
	s.through("2024-02-01", "2024-02-04")
	s.want("standing", "ACTIVE", "tier", "mass")
	s.Book("C", "A", gen.Day("2024-01-20"), yuan(59_000))
	s.want("standing", "ACTIVE", "tier", "mass", "changes", "")
	return s.c
}
