package cases

import (
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Restated are of what comes late into periods that are decided, or too late for them.
func Restated() []*Case {
	return []*Case{
		newVersionOfAReversed(), olderThanRestate(), valuedBeforeRestate(), reversedAcrossRestate(),
		closedAnewAcrossRestate(), lateOnTheLastDay(), agreedBalance(), silentByWhatIsForgotten(),
	}
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
