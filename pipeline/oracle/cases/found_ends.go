package cases

import (
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// FoundAtTheEnds are of customers at the ends of their time with the bank: before any CLOSE,
// and behind their leaving.
func FoundAtTheEnds() []*Case {
	return []*Case{heldBeforeAnyClose(), seededBeforeAnyClose(), outflowOfALeaver(), pendingThatFails(), nearAndGone(), enteredOnASkippedDay()}
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

// outflowOfALeaver: the rest is booked out of his last account on the day on which it
// closes, behind its closing. The outflow told before ends with the day, as it would
// have without.
func outflowOfALeaver() *Case {
	s := start("an outflow from a closed account", "R35, R143", ladder("", "", three), "2024-01-01")
	s.Balance("C", "A", gen.Day("2023-12-31"), yuan(60_000))
	s.Close(gen.Day("2024-01-01"))
	s.Tick(gen.Day("2024-01-02"))
	s.Book("C", "A", gen.Day("2024-01-02"), yuan(-50_000))
	s.want("alerts", "LARGE_OUTFLOW OPEN CRITICAL")
	s.through("2024-01-02", "2024-01-03")
	s.Tick(gen.Day("2024-01-04"))
	s.Add(&pb.LogRecord{Lifecycle: &pb.AccountLifecycle{
		CustomerId: "C", AccountId: "A", AccountType: pb.AccountType_DEMAND, Unit: gen.Base, ClosedDay: gen.Day("2024-01-04"), EventTime: 1,
		BusinessDay: gen.Day("2024-01-04"),
	}})
	s.want("standing", "LEFT", "alerts", "")
	s.Book("C", "A", gen.Day("2024-01-04"), yuan(-10_000))
	s.want("standing", "LEFT", "alerts", "")
	s.Close(gen.Day("2024-01-04"))
	s.want("alerts", "LARGE_OUTFLOW AUTO_RESOLVED CRITICAL")
	return s.c
}

// pendingThatFails: an order that never moved money is given up after he has left. That
// brings nobody back, and who has not left misses nothing more by it.
func pendingThatFails() *Case {
	status := func(x pb.TxnStatus) func(*pb.Transaction) { return func(t *pb.Transaction) { t.Status = x } }
	s := start("a pending order fails", "R9, R35, R144",
		byFlow("balance", "assess: event", "from: 10.00, watch_after: 1, down_after: 9"), "2024-01-01")
	s.Balance("C", "A", gen.Day("2023-12-31"), 100)
	s.Close(gen.Day("2024-01-01"))
	s.Seed("C", "card", "gold", gen.Day("2023-01-01"), 0, 0)
	s.Tick(gen.Day("2024-01-02"))
	s.Book("C", "A", gen.Day("2024-01-02"), 500, gen.ID("x"), status(pb.TxnStatus_PENDING))
	s.Book("C", "A", gen.Day("2024-01-02"), 600, gen.ID("y"), status(pb.TxnStatus_PENDING))
	s.want("misses", "2")
	s.Book("C", "A", gen.Day("2024-01-02"), 500, gen.ID("x"), status(pb.TxnStatus_FAILED))
	s.want("misses", "2")
	s.Close(gen.Day("2024-01-02"))
	s.Add(&pb.LogRecord{Profile: &pb.CustomerProfile{CustomerId: "C", EventTime: 1, Exited: true, BusinessDay: gen.Day("2024-01-03")}})
	s.Book("C", "A", gen.Day("2024-01-02"), 600, gen.ID("y"), status(pb.TxnStatus_REVERSED))
	s.want("standing", "LEFT")
	return s.c
}

// nearAndGone: 46,000 of 50,000 is near, until he leaves.
func nearAndGone() *Case {
	s := start("near an upgrade, and gone", "R35, R143", ladder("", "", three), "2024-01-01")
	s.Balance("C", "A", gen.Day("2023-12-31"), yuan(46_000))
	s.Seed("C", "card", "mass", gen.Day("2023-01-01"), 0, 0)
	s.Close(gen.Day("2024-01-01"))
	s.want("alerts", "NEAR_UPGRADE OPEN INFO")
	s.Tick(gen.Day("2024-01-02"))
	s.Add(&pb.LogRecord{Profile: &pb.CustomerProfile{CustomerId: "C", EventTime: 1, Exited: true, BusinessDay: gen.Day("2024-01-02")}})
	s.want("standing", "LEFT", "alerts", "NEAR_UPGRADE AUTO_RESOLVED INFO")
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
