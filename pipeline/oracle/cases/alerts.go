package cases

import (
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Alerts are of when an alert is told, told again or left out.
func Alerts() []*Case {
	return []*Case{
		laterOutflow(), bookedBack(), valuedLater(), newestInTime(), claimedByAGraver(), cooledByItsOwnWindow(),
		leavesByTheSecondVersion("PENDING", pb.TxnStatus_PENDING), leavesByTheSecondVersion("FAILED", pb.TxnStatus_FAILED),
		leavesByTheSecondVersion("REVERSED", pb.TxnStatus_REVERSED), leftByTheFirstVersion(),
	}
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

// leavesByTheSecondVersion: the first version of a payment moved nothing, the second does.
func leavesByTheSecondVersion(was string, status pb.TxnStatus) *Case {
	s := start("an outflow by the second version, "+was+" before", "R53, R9: the money leaves with what is POSTED", ladder("", "", three), "2024-01-01")
	s.Balance("C", "A", gen.Day("2023-12-31"), yuan(600_000))
	s.Close(gen.Day("2024-01-01"))
	s.Seed("C", "card", "mass", gen.Day("2023-01-01"), 0, 0)
	pay := func(version uint32, status pb.TxnStatus) {
		s.Book("C", "A", gen.Day("2024-01-02"), yuan(-500_000), func(t *pb.Transaction) { t.TxnId, t.Version, t.Status = "pay", version, status })
	}
	pay(1, status)
	s.want("alerts", "")
	pay(2, pb.TxnStatus_POSTED)
	s.want("alerts", "LARGE_OUTFLOW OPEN CRITICAL")
	return s.c
}

// leftByTheFirstVersion: a correction of what has left already is no outflow of now.
func leftByTheFirstVersion() *Case {
	s := start("an outflow that is corrected", "R53: it was told when it left", ladder("", "", three)+"alerts:\n  LARGE_OUTFLOW: {share: 60%}\n", "2024-01-01")
	s.Balance("C", "A", gen.Day("2023-12-31"), yuan(600_000))
	s.Close(gen.Day("2024-01-01"))
	s.Seed("C", "card", "mass", gen.Day("2023-01-01"), 0, 0)
	for i, n := range []int64{-300_000, -500_000} {
		s.Book("C", "A", gen.Day("2024-01-02"), yuan(n), func(t *pb.Transaction) { t.TxnId, t.Version = "pay", uint32(i+1) })
		s.want("alerts", "")
	}
	return s.c
}

// valuedLater: the first that is heard of an account is a twentieth that leaves it on the
// 2nd, with value of the 5th.
func valuedLater() *Case {
	s := start("an outflow of an account first heard of, valued later", "R53, R72: the assets are what is booked", ladder("", "", three), "2024-01-01")
	s.Close(gen.Day("2024-01-01"))
	s.Tick(gen.Day("2024-01-02"))
	s.Seed("C", "card", "mass", gen.Day("2023-01-01"), 0, 0)
	s.Book("C", "A", gen.Day("2024-01-02"), yuan(-50_000), gen.Valued(gen.Day("2024-01-05")), gen.After(yuan(950_000)))
	s.want("alerts", "")
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
