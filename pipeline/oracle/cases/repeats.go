package cases

import (
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Repeats are records that ingest wrote to the log again.
func Repeats() []*Case {
	return []*Case{
		postedAtAnotherRate(), seededAgain(), seededAgainAfterAFall(), heldAgain(), seededBehindALaterHold(), twiceOnOneDay(), balanceAgain(), balancesOfOneFile(),
	}
}

// postedAtAnotherRate: 100.00 USD came PENDING, worth 710.00 by the rate of the day
// before; they are POSTED behind the rate of the day, worth 720.00, and count so.
func postedAtAnotherRate() *Case {
	s := start("posted at another rate", "R7, R152: a step, not a conflict", byFlow("sum, window: 20d", "assess: day", "from: 720.00, watch_after: 1, down_after: 1"), "2024-01-01")
	s.Close(gen.Day("2023-12-31"))
	usd := func(status pb.TxnStatus, base int64) {
		s.Book("C", "A", gen.Day("2024-01-01"), 10_000, gen.ID("1"), func(t *pb.Transaction) {
			t.Currency, t.Status, t.BaseAmountMinor, t.BaseDerived = "USD", status, base, true
		})
		s.want("dead", "")
	}
	usd(pb.TxnStatus_PENDING, 71_000)
	usd(pb.TxnStatus_POSTED, 72_000)
	usd(pb.TxnStatus_POSTED, 73_000)
	s.Close(gen.Day("2024-01-01"))
	s.want("tier", "gold")
	return s.c
}

// again puts the record at a place of the log in once more.
func (s *script) again(at int) *script {
	s.Add(s.Records[at])
	return s
}

// seededAgain: a month was missed since the seed; the seed list is read once more.
func seededAgain() *Case {
	s := start("a seed again behind a miss", "R153: misses stay, one SEEDED", ladder("", "", three), "2024-01-01")
	s.Close(gen.Day("2023-12-31"))
	s.Balance("C", "A", gen.Day("2023-12-31"), yuan(60_000))
	s.Seed("C", "card", "platinum", gen.Day("2023-06-01"), 1, 0)
	seed := len(s.Records) - 1
	s.want("tier", "platinum", "misses", "1")
	s.again(seed).want("misses", "1", "changes", "")
	s.through("2024-01-01", "2024-01-31")
	s.want("misses", "2")
	s.again(seed).want("tier", "platinum", "misses", "2", "changes", "", "dead", "")
	s.through("2024-02-01", "2024-02-29")
	s.want("tier", "gold", "misses", "0")
	return s.c
}

// seededAgainAfterAFall: a seed of before does not undo the fall; a newer one is heard.
func seededAgainAfterAFall() *Case {
	s := start("a seed again behind a fall", "R153", ladder("", "", three), "2024-01-01")
	s.Close(gen.Day("2023-12-31"))
	s.Balance("C", "A", gen.Day("2023-12-31"), yuan(60_000))
	s.Seed("C", "card", "platinum", gen.Day("2023-06-01"), 2, 0)
	seed := len(s.Records) - 1
	s.through("2024-01-01", "2024-01-31")
	s.want("tier", "gold", "changes", "DOWNGRADED platinum>gold 2024-02-01")
	s.again(seed).want("tier", "gold", "changes", "")
	s.Seed("C", "card", "platinum", gen.Day("2024-02-01"), 0, 0)
	s.want("tier", "platinum", "changes", "SEEDED gold>platinum 2024-02-01")
	s.again(seed).want("tier", "platinum", "changes", "")
	return s.c
}

// heldAgain: a person held him on gold, later on platinum; both words are read again.
func heldAgain() *Case {
	s := start("holds again", "R153: the later word stands", ladder("", "", three), "2024-01-01")
	s.Close(gen.Day("2023-12-31"))
	s.Balance("C", "A", gen.Day("2023-12-31"), yuan(1_000))
	s.Override("C", "card", "gold", gen.Day("2024-01-01"), gen.Day("2024-03-31"))
	a := len(s.Records) - 1
	s.Override("C", "card", "platinum", gen.Day("2024-01-02"), gen.Day("2024-06-30"))
	s.want("tier", "platinum", "changes", "OVERRIDDEN gold>platinum 2024-01-01")
	s.again(a).want("tier", "platinum", "changes", "")
	s.again(a+1).want("tier", "platinum", "changes", "")
	s.through("2024-01-01", "2024-04-30")
	s.want("tier", "platinum", "misses", "0")
	return s.c
}

// seededBehindALaterHold: the bank's list is of the day before the hold, and comes
// behind it.
func seededBehindALaterHold() *Case {
	s := start("a seed older than a hold", "R10, R153: the standing is the last word of either", ladder("", "", three), "2024-01-01")
	s.Close(gen.Day("2023-12-31"))
	s.Balance("C", "A", gen.Day("2023-12-31"), yuan(1_000))
	s.Override("C", "card", "platinum", gen.Day("2024-01-01"), gen.Day("2024-06-30"))
	s.Seed("C", "card", "gold", gen.Day("2023-12-31"), 0, 0)
	s.want("tier", "platinum", "changes", "")
	return s.c
}

// twiceOnOneDay: a source that knows days only tells two words of one; each counts once.
func twiceOnOneDay() *Case {
	s := start("two words of one time", "R10, R153: the later in the log, each once", ladder("", "", three), "2024-01-01")
	s.Close(gen.Day("2023-12-31"))
	s.Balance("C", "A", gen.Day("2023-12-31"), yuan(1_000))
	a := len(s.Records)
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 1, 0)
	s.Override("C", "card", "platinum", gen.Day("2024-01-01"), gen.Day("2024-06-30"))
	s.Override("C", "card", "gold", gen.Day("2024-01-01"), gen.Day("2024-06-30"))
	s.want("tier", "gold", "changes", "OVERRIDDEN platinum>gold 2024-01-01")
	for i := range 3 {
		s.again(a+i).want("tier", "gold", "misses", "0", "changes", "")
	}
	s.Override("C", "card", "platinum", gen.Day("2024-01-02"), gen.Day("2024-06-30"))
	s.again(a+1).want("tier", "platinum", "changes", "")
	return s.c
}

// balanceAgain: the balance of the 2nd is told, then a booking of that day comes late,
// then the same balance is read once more: he has 150.00.
func balanceAgain() *Case {
	s := start("a balance again behind a late booking", "R17, R153", byFlow("balance", "assess: day", "from: 150.00, watch_after: 1, down_after: 1"), "2024-01-01")
	s.Close(gen.Day("2023-12-31"))
	s.Balance("C", "A", gen.Day("2023-12-31"), yuan(100))
	s.Close(gen.Day("2024-01-01"))
	s.Balance("C", "A", gen.Day("2024-01-02"), yuan(100))
	told := len(s.Records) - 1
	s.Close(gen.Day("2024-01-02"))
	s.want("tier", "mass")
	s.Book("C", "A", gen.Day("2024-01-02"), yuan(50))
	s.again(told)
	s.Close(gen.Day("2024-01-03"))
	s.want("tier", "gold")
	s.Balance("C", "A", gen.Day("2024-01-03"), yuan(140))
	s.again(told)
	s.Close(gen.Day("2024-01-04"))
	s.want("tier", "mass")
	return s.c
}

// balancesOfOneFile: the time of an export stands in all its rows. Of the 3rd there are
// two, the later is right; the 2nd behind the 3rd is older and changes nothing.
func balancesOfOneFile() *Case {
	s := start("balances of one time", "R153: of one time and number the later day is newer", byFlow("balance", "assess: day", "from: 150.00, watch_after: 1, down_after: 1"), "2024-01-01")
	s.Close(gen.Day("2023-12-31"))
	s.Balance("C", "A", gen.Day("2023-12-31"), yuan(100))
	s.through("2024-01-01", "2024-01-03")
	row := func(day string, n int64) {
		s.Balance("C", "A", gen.Day(day), n)
		s.Records[len(s.Records)-1].Balance.EventTime = gen.Cut(gen.Day("2024-01-03"))
	}
	row("2024-01-03", yuan(130))
	row("2024-01-03", yuan(150))
	a := len(s.Records) - 2
	s.again(a)
	row("2024-01-02", yuan(10))
	s.again(a)
	s.Close(gen.Day("2024-01-04"))
	s.want("tier", "gold")
	return s.c
}
