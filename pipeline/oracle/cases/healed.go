package cases

import (
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Healed are of balances that bookings tell: what they heal, open and begin, and how they
// are rounded.
func Healed() []*Case {
	return []*Case{
		healKeptForOlder(), inferredHoldsLate(), lateDayOpens(), chainedWithoutTomorrow(),
		roundedBelowZero(), healedTwiceADay(),
	}
}

// unordered tells a balance by a source without order in the day.
func unordered(n, tolerance int64) func(*pb.Transaction) {
	return func(t *pb.Transaction) {
		t.BalanceAfter, t.BalanceKnown, t.BalanceTrust, t.BalanceTolerance = n, true, pb.BalanceTrust_BALANCE_TRUST_DAY, tolerance
	}
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
