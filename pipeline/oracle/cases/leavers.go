package cases

import (
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Leavers are of customers who leave, and of what comes behind that.
func Leavers() []*Case {
	return []*Case{
		outflowOfALeaver(), pendingThatFails(), nearAndGone(), leavesBeforeTheFall(), balanceOfALeaver(),
	}
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
