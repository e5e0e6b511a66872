package cases

import (
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// yuan gives minor units.
func yuan(n int64) int64 { return n * 100 }

// Balances are the cases about days, series and averages.
func Balances() []*Case {
	return []*Case{
		valueDate(), sinceOpen(false), sinceOpen(true), rounding(), reversedInTime(true), reversedInTime(false),
		withdrawalTakenBack(true), withdrawalTakenBack(false), internalMove(), carriedSum(), rateMove(),
	}
}

func valueDate() *Case {
	s := start("value date", "semantics 3: 20,000 held, 500,000 booked 30 Jan with value 2 Feb: January's ADB is 20,000",
		ladder("", "", three), "2025-01-01")
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(20_000))
	s.through("2025-01-01", "2025-01-29")
	s.Book("C", "A", gen.Day("2025-01-30"), yuan(500_000), gen.Valued(gen.Day("2025-02-02")))
	s.through("2025-01-30", "2025-01-31")
	s.want("sum", "62000000", "tier", "mass", "changes", "ENTERED >mass 2025-02-01")
	s.Close(gen.Day("2025-02-01"))
	s.want("sum", "2000000")
	s.Close(gen.Day("2025-02-02"))
	s.want("sum", "54000000")
	return s.c
}

func sinceOpen(first bool) *Case {
	metric, tier := "", "gold"
	if first {
		metric, tier = "first_period: since_open", "platinum"
	}
	s := start("since open "+tier, "semantics 5: 500,000 from 16 Jan: 258,064.52, or 500,000", ladder(metric, "", three), "2025-01-01")
	s.through("2025-01-01", "2025-01-15")
	s.Book("C", "A", gen.Day("2025-01-16"), yuan(500_000))
	s.through("2025-01-16", "2025-01-31")
	// 16 days x 500,000; over 31 days 258,064.52.
	s.want("sum", "800000000", "tier", tier)
	return s.c
}

func rounding() *Case {
	s := start("rounding", "semantics 5: 499,999.995 counts as 500,000.00", ladder("rounding: 2dp_half_up", "", three), "2025-04-01")
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2025-03-31"), yuan(500_000))
	s.through("2025-04-01", "2025-04-29")
	// The last day lacks 0.15: 30 x 500,000 - 0.15 = 30 x 499,999.995.
	s.Book("C", "A", gen.Day("2025-04-30"), -15)
	s.Close(gen.Day("2025-04-30"))
	s.want("sum", "1499999985", "tier", "platinum")
	return s.c
}

// reversedInTime is the worked example of restating.
func reversedInTime(dated bool) *Case {
	name := "restating, booked day"
	if dated {
		name = "restating, value dated"
	}
	s := start(name, "semantics 5: 520,000 to 19 Jan, wrong debit of 100,000 on the 20th: 481,290.32, a miss; reversed on 5 Feb",
		ladder("", "", three), "2025-01-01")
	s.Seed("C", "card", "platinum", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2024-12-31"), yuan(520_000))
	s.through("2025-01-01", "2025-01-19")
	s.Book("C", "A", gen.Day("2025-01-20"), yuan(-100_000), gen.ID("wrong"))
	s.through("2025-01-20", "2025-01-31")
	// 31 x 481,290.32 = 14,920,000.
	s.want("sum", "1492000000", "misses", "1", "watch", "true", "changes", "WATCH platinum>platinum 2025-02-01")
	s.through("2025-02-01", "2025-02-04")
	day := gen.Day("2025-02-05")
	value := day
	if dated {
		value = gen.Day("2025-01-20")
	}
	s.Book("C", "A", day, yuan(100_000), gen.Reverses("wrong", pb.ReversalKind_FULL), gen.Valued(value))
	if dated {
		s.want("misses", "0", "watch", "false", "tier", "platinum")
		s.through("2025-02-05", "2025-02-28")
		s.want("sum", "1456000000", "misses", "0")
		return s.c
	}
	s.want("misses", "1", "watch", "true")
	s.through("2025-02-05", "2025-02-28")
	// 4 x 420,000 + 24 x 520,000 = 28 x 505,714.29: February qualifies.
	s.want("sum", "1416000000", "misses", "0", "watch", "false", "changes", "WATCH_CLEARED platinum>platinum 2025-03-01")
	return s.c
}

// withdrawalTakenBack: semantics 3, a day-18 withdrawal reversed on day 22.
func withdrawalTakenBack(dated bool) *Case {
	value, sum, name := gen.Day("2025-06-22"), "1480000000", "withdrawal taken back, booked day"
	if dated {
		value, sum, name = gen.Day("2025-06-18"), "1500000000", "withdrawal taken back, value dated"
	}
	s := start(name, "semantics 3: with value date 18 the days 18 to 21 accrue again, with booking date 22 they do not",
		ladder("", "", three), "2025-06-01")
	s.Balance("C", "A", gen.Day("2025-05-31"), yuan(500_000))
	s.through("2025-06-01", "2025-06-17")
	s.Book("C", "A", gen.Day("2025-06-18"), yuan(-50_000), gen.ID("w"))
	s.through("2025-06-18", "2025-06-21")
	s.Book("C", "A", gen.Day("2025-06-22"), yuan(50_000), gen.Reverses("w", pb.ReversalKind_FULL), gen.Valued(value))
	s.through("2025-06-22", "2025-06-30")
	s.want("sum", sum)
	return s.c
}

func internalMove() *Case {
	s := start("internal move", "semantics 3: an internal transfer leaves assets unchanged", ladder("", "", three), "2025-06-01")
	s.Seed("C", "card", "platinum", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2025-05-31"), yuan(500_000))
	s.through("2025-06-01", "2025-06-10")
	day := gen.Day("2025-06-11")
	s.Book("C", "A", day, yuan(-400_000), gen.Internal)
	s.Book("C", "B", day, yuan(400_000), gen.Internal)
	s.through("2025-06-11", "2025-06-30")
	s.want("sum", "1500000000", "misses", "0", "falls_on", "", "tier", "platinum")
	return s.c
}

// carriedSum: semantics 8, the row of day 21 says 509,524, the truth of day 25
// is 476,000.
func carriedSum() *Case {
	s := start("carried sum", "semantics 8: 509,524 after day 21, 476,000 after day 25", ladder("", "", three), "2025-06-01")
	s.Balance("C", "A", gen.Day("2025-05-31"), yuan(520_000))
	s.through("2025-06-01", "2025-06-20")
	s.Book("C", "A", gen.Day("2025-06-21"), yuan(-220_000))
	s.Close(gen.Day("2025-06-21"))
	s.want("sum", "1070000000")
	s.through("2025-06-22", "2025-06-25")
	s.want("sum", "1190000000")
	return s.c
}

// rateMove: 100,000 units of two decimals at 3.00, 3.09 from the 16th.
func rateMove() *Case {
	s := start("rate move", "semantics 4: each day at its own rate, weekends carried", ladder("", "", three), "2025-06-01")
	s.Rate(gen.Day("2025-06-01"), "FND1", 3_000_000_000_000)
	s.Book("C", "F", gen.Day("2025-06-01"), yuan(300_000), gen.InUnit(pb.AccountType_FUND, "FND1", 10_000_000))
	s.through("2025-06-01", "2025-06-15")
	s.Rate(gen.Day("2025-06-16"), "FND1", 3_090_000_000_000)
	s.through("2025-06-16", "2025-06-30")
	// 15 x 300,000 + 15 x 309,000.
	s.want("sum", "913500000")
	return s.c
}
