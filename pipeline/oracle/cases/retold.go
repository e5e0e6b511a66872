package cases

import (
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Retold are of what two records tell of one thing.
func Retold() []*Case {
	return []*Case{balanceBeforeTheClose(), openedLongBefore(), leftOutOfAProfile(), openedBehindBookings(false), openedBehindBookings(true), openedBeforeAChain()}
}

// balanceBeforeTheClose: 30.00 of the 2nd were lost. The balance of its end comes before
// its CLOSE, and heals them: 140.00, of which the booking of the day has told as well.
func balanceBeforeTheClose() *Case {
	s := start("a balance before its day is closed", "R69, R158: healed once",
		byFlow("balance", "assess: day", "from: 150.00, watch_after: 1, down_after: 1"), "2024-01-01")
	s.Close(gen.Day("2023-12-31"))
	s.Book("C", "A", gen.Day("2024-01-01"), 10_000, unordered(10_000, 0))
	s.Close(gen.Day("2024-01-01"))
	s.Tick(gen.Day("2024-01-02"))
	s.Book("C", "A", gen.Day("2024-01-02"), 1_000, unordered(14_000, 0))
	s.Balance("C", "A", gen.Day("2024-01-02"), 14_000)
	s.Close(gen.Day("2024-01-02"))
	s.want("tier", "mass")
	s.through("2024-01-03", "2024-01-04")
	s.want("tier", "mass")
	return s.c
}

// openedLongBefore: 40,000 are known from 15 January on, so the first miss is February's,
// until the bank tells that the account was opened in 2019: then it is January's.
func openedLongBefore() *Case {
	s := start("an opening day told later", "R13, R27: all days are known by it",
		ladder("", "", "watch_after: 1, down_after: 1"), "2025-01-14")
	s.Close(gen.Day("2025-01-14"))
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Tick(gen.Day("2025-01-15"))
	s.Book("C", "A", gen.Day("2025-01-15"), yuan(100), gen.After(yuan(40_100)))
	s.Close(gen.Day("2025-01-15"))
	s.want("falls_on", "2025-03-01", "alerts", "")
	s.Tick(gen.Day("2025-01-16"))
	s.Open("C", "A", pb.AccountType_DEMAND, gen.Base, gen.Day("2019-01-01"))
	s.Close(gen.Day("2025-01-16"))
	s.want("falls_on", "2025-02-01", "alerts", "VALUE_DOWNGRADE_PROJECTED OPEN WARNING")
	s.through("2025-01-17", "2025-01-31")
	s.want("tier", "mass", "changes", "DOWNGRADED gold>mass 2025-02-01")
	return s.c
}

// leftOutOfAProfile: he has left, says a profile without a first day; no, says one of the
// same time. Both are read again.
func leftOutOfAProfile() *Case {
	s := start("profiles of one time, one without a first day", "R155: the later in the log stands",
		ladder("", "", three), "2024-01-01")
	s.Close(gen.Day("2023-12-31"))
	s.Balance("C", "A", gen.Day("2023-12-31"), yuan(1_000))
	a := len(s.Records)
	for _, p := range []*pb.CustomerProfile{{Exited: true}, {SinceDay: gen.Day("2020-01-01")}} {
		p.CustomerId, p.EventTime, p.BusinessDay = "C", 1, gen.Day("2024-01-01")
		s.Add(&pb.LogRecord{Profile: p})
	}
	s.want("standing", "NEW")
	for i := range 2 {
		s.again(a+i).want("standing", "NEW")
	}
	return s.c
}

// openedBehindBookings: 10,000 of the 3rd and 2,000 of the 5th, of which the one tells no
// balance and the other one that is not believed. The balance of the 6th, 15,000, opens the
// account: from the 6th on it is known, 3,000 were there before. 1,000 of the 4th that come
// behind it make it known from the 4th on, with 2,000 before. An account that was opened in
// May is known all the time.
func openedBehindBookings(described bool) *Case {
	name := "a balance behind bookings that tell none"
	if described {
		name += ", the opening day known"
	}
	s := start(name, "R12, R17, R57, R173", ladder("", "", three), "2025-06-01")
	s.Close(gen.Day("2025-05-31"))
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	if described {
		s.Open("C", "A", pb.AccountType_DEMAND, gen.Base, gen.Day("2025-05-20"))
	}
	either := func(unknown, known string) string {
		if described {
			return known
		}
		return unknown
	}
	s.through("2025-06-01", "2025-06-02")
	s.Book("C", "A", gen.Day("2025-06-03"), yuan(10_000))
	s.through("2025-06-03", "2025-06-04")
	s.Book("C", "A", gen.Day("2025-06-05"), yuan(2_000), func(t *pb.Transaction) {
		t.BalanceAfter, t.BalanceKnown, t.BalanceTrust = yuan(99_000), true, pb.BalanceTrust_BALANCE_TRUST_NONE
	})
	s.through("2025-06-05", "2025-06-06")
	s.want("sum", "4400000") // 2 x 10,000 + 2 x 12,000
	s.Tick(gen.Day("2025-06-07"))
	s.Balance("C", "A", gen.Day("2025-06-06"), yuan(15_000))
	s.Close(gen.Day("2025-06-07"))
	s.want("sum", either("3000000", "7700000")) // 2 x 15,000; 2 x 3,000 + 2 x 13,000 before 3 x 15,000
	s.Tick(gen.Day("2025-06-08"))
	s.Book("C", "A", gen.Day("2025-06-04"), yuan(1_000))
	s.Close(gen.Day("2025-06-08"))
	s.want("sum", either("7300000", "8900000")) // 13,000 + 4 x 15,000; 2 x 2,000 + 12,000 before that
	s.through("2025-06-09", "2025-06-30")
	s.want("tier", "gold", "misses", either("0", "1"))
	return s.c
}

// openedBeforeAChain: 30.00 of the 2nd, value 1st, tell 120.00 after them, to be believed with
// the CLOSE of that day (R69). Before it comes the balance of its end, 150.00: that opens the
// account, known from the 2nd on.
func openedBeforeAChain() *Case {
	s := start("a balance before the first chain", "R158, R173", ladder("", "", three), "2024-01-01")
	s.Close(gen.Day("2024-01-01"))
	s.Tick(gen.Day("2024-01-02"))
	s.Book("C", "A", gen.Day("2024-01-02"), 3_000, unordered(12_000, 0), gen.Valued(gen.Day("2024-01-01")))
	s.Balance("C", "A", gen.Day("2024-01-02"), 15_000)
	s.Close(gen.Day("2024-01-02"))
	s.want("sum", "15000")
	return s.c
}
