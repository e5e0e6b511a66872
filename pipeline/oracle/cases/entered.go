package cases

import (
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Entered are of customers who come: what opens them, their first periods, and what is
// decided of them before any CLOSE.
func Entered() []*Case {
	return []*Case{
		atOnceWithoutEvent(), atOnceByWhatIsKnown(), openedOnTheLastDay(), openedOnTheFirst(),
		notNewByItsDeposit(), enteredOnASkippedDay(), enteredSince(), enteredAtOnceAgain(), enteredAndSecured(),
		lateBeforeAnyClose(), heldBeforeAnyClose(), seededBeforeAnyClose(), facedBeforeAnyClose(),
	}
}

// enteredAndSecured: 500,000 of the days before he came have secured the month for gold;
// since he came he has 10,000.
func enteredAndSecured() *Case {
	s := start("entered at once and lifted by the same CLOSE", "R29: every CLOSE of an open period; R68",
		ladder("", "entry: at_once\n    upgrade: when_secured", three), "2024-01-01")
	s.through("2024-01-01", "2024-01-15")
	s.Tick(gen.Day("2024-01-16"))
	s.Balance("C", "A", gen.Day("2023-12-31"), yuan(500_000))
	s.Book("C", "A", gen.Day("2024-01-16"), yuan(-490_000))
	s.Close(gen.Day("2024-01-16"))
	s.want("tier", "gold", "changes", "ENTERED >mass 2024-01-17, UPGRADED mass>gold 2024-01-17")
	return s.c
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

func openedOnTheLastDay() *Case {
	s := start("opened, told on the last day", "R13: all days are known, so the month is assessed", ladder("", "", three), "2024-09-29")
	s.Close(gen.Day("2024-09-29"))
	s.Open("C", "A", pb.AccountType_DEMAND, gen.Base, gen.Day("2024-08-21"))
	s.Close(gen.Day("2024-09-30"))
	s.want("tier", "mass", "changes", "ENTERED >mass 2024-10-01")
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

// enteredOnASkippedDay: he came on the 2nd, with a booking of the 3rd. Had the 2nd been
// closed by itself, that CLOSE would have given him a tier: the one that skips it does.
func enteredOnASkippedDay() *Case {
	s := start("entered at once on a skipped day", "R1", byFlow("sum, window: 1d", "assess: 7d\n    entry: at_once", "from: 5.00"), "2024-01-01")
	s.Close(gen.Day("2024-01-01"))
	s.Tick(gen.Day("2024-01-02"))
	s.Book("C", "A", gen.Day("2024-01-03"), 100)
	s.Close(gen.Day("2024-01-03"))
	s.want("tier", "mass", "changes", "ENTERED >mass 2024-01-03")
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

func lateBeforeAnyClose() *Case {
	s := start("late before any close", "R1: the first CLOSE closes its own day only, December was never closed",
		ladder("", "", three), "2024-01-01")
	s.Open("C", "A", pb.AccountType_DEMAND, gen.Base, gen.Day("2023-11-22"))
	s.Book("C", "A", gen.Day("2023-12-31"), yuan(100))
	s.Close(gen.Day("2024-01-01"))
	s.want("standing", "NEW", "changes", "")
	return s.c
}

// beforeAnyClose is a customer of 1 January whose newest event is of 31 December.
func beforeAnyClose(name, why, gold string) *script {
	rolling := strings.Replace(ladder("", "", gold), "over: month", "over: 3 months", 1)
	s := start(name, why, rolling, "2024-01-01")
	s.Open("C", "A", pb.AccountType_DEMAND, gen.Base, gen.Day("2023-09-01"))
	s.Book("C", "A", gen.Day("2023-12-31"), yuan(10_000))
	return s
}

// heldBeforeAnyClose: January is the first month that anybody closes for him, and what
// is missing of 50,000 over its three months (92 days, 10,000 on 32 of them) is asked
// for from his day on: (4,600,000 - 320,000)/32.
func heldBeforeAnyClose() *Case {
	s := beforeAnyClose("held before any CLOSE", "R142", three)
	s.Override("C", "card", "gold", gen.Day("2024-01-01"), gen.Day("2024-01-13"))
	s.want("tier", "gold", "top_up", "13375000", "daily_needed", "14375000")
	return s.c
}

// seededBeforeAnyClose: no December is closed, so the first miss is January's.
func seededBeforeAnyClose() *Case {
	s := beforeAnyClose("seeded before any CLOSE", "R142", "watch_after: 1, down_after: 1")
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 0, 0)
	s.want("falls_on", "2024-02-01", "top_up", "13375000")
	s.through("2024-01-01", "2024-01-31")
	s.want("tier", "mass", "changes", "DOWNGRADED gold>mass 2024-02-01")
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
