package cases

import (
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// BookedBack are of bookings that a source in order books on an earlier day than that of
// their time, with the balance behind them (R172).
func BookedBack() []*Case {
	return []*Case{inTheOpening(), notInTheOpening(), behindAnInferredOpening(), batchOfTheDayBefore(), newerThanTheGap(), atTheSecondOfTheOpening(), healedInALaterPeriod(), newNoMore(), newestGapByDay(), takenBackBeforeTheOpening()}
}

// at gives an event a time of a day, not that of its booking.
func at(date string, hour int64) func(*pb.Transaction) {
	return func(t *pb.Transaction) { t.EventTime = int64(gen.Day(date))*86400 + hour*3600 }
}

// inTheOpening: 100.00 left on the 9th, the bank says on the 11th, and 1,000.00 are there:
// the balance of the 10th held them. The 9th is known too, with 1,000.00 at its end. On the
// 12th 50.00 more leave, and nothing is healed.
func inTheOpening() *Case {
	s := start("booked before the opening, which held it", "R57, R172: nothing is missing", ladder("", "", three), "2025-01-10")
	s.Close(gen.Day("2025-01-09"))
	s.Balance("C", "A", gen.Day("2025-01-10"), yuan(1_000))
	s.Close(gen.Day("2025-01-10"))
	s.Tick(gen.Day("2025-01-11"))
	s.Book("C", "A", gen.Day("2025-01-09"), yuan(-100), at("2025-01-11", 12), gen.After(yuan(1_000)))
	s.Close(gen.Day("2025-01-11"))
	s.want("sum", "300000")
	s.Tick(gen.Day("2025-01-12"))
	s.Book("C", "A", gen.Day("2025-01-12"), yuan(-50), gen.After(yuan(950)))
	s.Close(gen.Day("2025-01-12"))
	s.want("sum", "395000")
	return s.c
}

// notInTheOpening: 900.00 are there, so the balance of the 10th lacked them and is healed;
// the 9th stays as if it had held them. On the 12th 50.00 more leave, and nothing is healed.
func notInTheOpening() *Case {
	s := start("booked before the opening, which lacked it", "R57, R172: the gap is healed on the day of the opening", ladder("", "", three), "2025-01-10")
	s.Close(gen.Day("2025-01-09"))
	s.Balance("C", "A", gen.Day("2025-01-10"), yuan(1_000))
	s.Close(gen.Day("2025-01-10"))
	s.Tick(gen.Day("2025-01-11"))
	s.Book("C", "A", gen.Day("2025-01-09"), yuan(-100), at("2025-01-11", 12), gen.After(yuan(900)))
	s.Close(gen.Day("2025-01-11"))
	// 1,000 + 900 + 900.
	s.want("sum", "280000")
	s.Tick(gen.Day("2025-01-12"))
	s.Book("C", "A", gen.Day("2025-01-12"), yuan(-50), gen.After(yuan(850)))
	s.Close(gen.Day("2025-01-12"))
	s.want("sum", "365000")
	return s.c
}

// behindAnInferredOpening: the first booking told that 800.00 were there before it.
func behindAnInferredOpening() *Case {
	s := start("booked before an inferred opening", "R57, R172: the gap is healed where that stands", ladder("", "", three), "2025-01-10")
	s.Close(gen.Day("2025-01-09"))
	s.Tick(gen.Day("2025-01-10"))
	s.Book("C", "A", gen.Day("2025-01-10"), yuan(200), gen.After(yuan(1_000)))
	s.Close(gen.Day("2025-01-10"))
	s.Tick(gen.Day("2025-01-11"))
	s.Book("C", "A", gen.Day("2025-01-09"), yuan(-100), at("2025-01-11", 12), gen.After(yuan(900)))
	s.Close(gen.Day("2025-01-11"))
	// 800 + 900 + 900.
	s.want("sum", "260000")
	s.Tick(gen.Day("2025-01-12"))
	s.Book("C", "A", gen.Day("2025-01-12"), yuan(-50), gen.After(yuan(850)))
	s.Close(gen.Day("2025-01-12"))
	s.want("sum", "345000")
	return s.c
}

// batchOfTheDayBefore: 50.00 leave at one at night, and at two the batch books 5.00 of
// interest on the day before. Its 955.00 lack nothing.
func batchOfTheDayBefore() *Case {
	s := start("a night batch behind a booking of the new day", "R15, R172: the balance told is that of now", ladder("", "", three), "2025-01-10")
	s.Close(gen.Day("2025-01-08"))
	s.Balance("C", "A", gen.Day("2025-01-08"), yuan(1_000))
	s.through("2025-01-09", "2025-01-09")
	s.Tick(gen.Day("2025-01-10"))
	s.Book("C", "A", gen.Day("2025-01-11"), yuan(-50), at("2025-01-11", 1), gen.After(yuan(950)))
	s.Book("C", "A", gen.Day("2025-01-10"), yuan(5), at("2025-01-11", 2), gen.After(yuan(955)))
	s.through("2025-01-10", "2025-01-11")
	// 1,000 + 1,000 + 1,005 + 955.
	s.want("sum", "396000")
	return s.c
}

// newerThanTheGap: 700.00 are missing on the 12th. The 100.00 that leave on the 13th, and are
// booked on the 11th, are none of them.
func newerThanTheGap() *Case {
	s := start("booked back behind a gap", "R16, R172: what came behind the observation is in no HEAL", ladder("", "", three), "2025-01-10")
	s.Close(gen.Day("2025-01-09"))
	s.Balance("C", "A", gen.Day("2025-01-10"), yuan(1_000))
	s.through("2025-01-10", "2025-01-11")
	s.Tick(gen.Day("2025-01-12"))
	s.Book("C", "A", gen.Day("2025-01-12"), yuan(10), gen.After(yuan(310)))
	s.Close(gen.Day("2025-01-12"))
	s.Tick(gen.Day("2025-01-13"))
	s.Book("C", "A", gen.Day("2025-01-11"), yuan(-100), at("2025-01-13", 12), gen.After(yuan(210)))
	s.Book("C", "A", gen.Day("2025-01-13"), yuan(1), at("2025-01-13", 13), gen.After(yuan(211)))
	s.Close(gen.Day("2025-01-13"))
	// 1,000 + 900 + 210 + 211.
	s.want("sum", "232100")
	return s.c
}

// atTheSecondOfTheOpening: the balance of the 10th lacked the last booking of its second,
// which says that 900.00 are there; that balance, read again, has been said.
func atTheSecondOfTheOpening() *Case {
	s := start("booked at the second of the opening", "R153, R172: the opening, said again, is a duplicate", ladder("", "", three), "2025-01-10")
	s.Close(gen.Day("2025-01-09"))
	s.Balance("C", "A", gen.Day("2025-01-10"), yuan(1_000))
	opening := len(s.Records) - 1
	last := func(t *pb.Transaction) { t.EventTime = gen.Cut(t.BusinessDay) - 1 }
	s.Book("C", "A", gen.Day("2025-01-10"), yuan(-100), last, gen.After(yuan(900)))
	s.again(opening)
	s.Close(gen.Day("2025-01-10"))
	s.want("sum", "90000")
	return s.c
}

// healedInALaterPeriod: a debit of January is told in March, when January is too old to be
// restated; the balance that opened the account on 2 February lacked it, so February,
// 60,000 on the 1st and 40,000 from then on, is a miss.
func healedInALaterPeriod() *Case {
	s := start("a gap is healed in a later period than its booking", "R164, R172: the period of the gap is restated", ladder("", "", three), "2025-02-02")
	s.Close(gen.Day("2025-02-01"))
	s.Balance("C", "A", gen.Day("2025-02-02"), yuan(60_000))
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.through("2025-02-02", "2025-03-02")
	s.want("misses", "0")
	s.Tick(gen.Day("2025-03-03"))
	s.Book("C", "A", gen.Day("2025-01-30"), yuan(-20_000), at("2025-03-03", 12), gen.After(yuan(40_000)))
	s.want("misses", "1")
	return s.c
}

// newNoMore: with 100.00 after his first booking of 100.00 the account was new. On the 11th
// comes one of 50.00 of the 9th, with value on the 12th, that these 100.00 held: it stood
// before, so that 50.00 are there on the 10th and 11th, 100.00 on the 12th, and of the days
// before the 10th nothing is known.
func newNoMore() *Case {
	s := start("booked before the first of a new account", "R57: known from the day of the first booking", ladder("", "", three), "2025-01-10")
	s.Close(gen.Day("2025-01-09"))
	s.Tick(gen.Day("2025-01-10"))
	s.Book("C", "A", gen.Day("2025-01-10"), yuan(100), gen.After(yuan(100)))
	s.Close(gen.Day("2025-01-10"))
	s.Tick(gen.Day("2025-01-11"))
	s.Book("C", "A", gen.Day("2025-01-09"), yuan(50), at("2025-01-11", 12), gen.Valued(gen.Day("2025-01-12")), gen.After(yuan(100)))
	s.through("2025-01-11", "2025-01-12")
	s.want("sum", "20000")
	return s.c
}

// newestGapByDay: 400.00 more are there on the 12th. On the 13th the bank books 50.00 on the
// 9th and tells that 100.00 lacked, and so they do since the opening of the 10th: the gap
// that is heard of last is not that of the newest day. 300.00 of the 10th come out of the
// 12th's, and lack in the balance that they tell.
func newestGapByDay() *Case {
	s := start("two gaps, the newer of the earlier day", "R16: the newest HEAL, by its day", ladder("", "", three), "2025-01-10")
	s.Close(gen.Day("2025-01-09"))
	s.Tick(gen.Day("2025-01-10"))
	s.Book("C", "A", gen.Day("2025-01-10"), yuan(200), gen.After(yuan(1_000)))
	s.through("2025-01-10", "2025-01-12")
	s.Tick(gen.Day("2025-01-13"))
	s.Balance("C", "A", gen.Day("2025-01-12"), yuan(1_400))
	s.Book("C", "A", gen.Day("2025-01-09"), yuan(50), at("2025-01-13", 12), gen.After(yuan(1_500)))
	s.Book("C", "A", gen.Day("2025-01-10"), yuan(300), at("2025-01-13", 13), gen.After(yuan(1_800)))
	s.Close(gen.Day("2025-01-13"))
	// 800, twice 800 + 200 + 300 with 400 that lacked, twice 100 more.
	s.want("sum", "780000")
	return s.c
}

// takenBackBeforeTheOpening: nobody told a balance before the 10th. That the 40.00 of the 7th
// never left changes no day from then on, and no day before is known by it.
func takenBackBeforeTheOpening() *Case {
	s := start("taken back, and booked before the opening", "R57, R173: to take a booking back makes no day known", ladder("", "", three), "2025-01-05")
	s.Close(gen.Day("2025-01-04"))
	s.Tick(gen.Day("2025-01-05"))
	s.Book("C", "A", gen.Day("2025-01-05"), yuan(100))
	s.through("2025-01-05", "2025-01-06")
	s.Tick(gen.Day("2025-01-07"))
	s.Book("C", "A", gen.Day("2025-01-07"), yuan(-40), gen.ID("x"))
	s.through("2025-01-07", "2025-01-09")
	s.Tick(gen.Day("2025-01-10"))
	s.Balance("C", "A", gen.Day("2025-01-10"), yuan(1_000))
	s.Close(gen.Day("2025-01-10"))
	s.want("sum", "100000")
	s.Tick(gen.Day("2025-01-11"))
	s.Book("C", "A", gen.Day("2025-01-07"), yuan(-40), gen.ID("x"), func(t *pb.Transaction) { t.Status = pb.TxnStatus_REVERSED })
	s.want("sum", "100000")
	return s.c
}
