package cases

import (
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Verdicts are about what is said of a record that was not simply applied.
func Verdicts() []*Case {
	return []*Case{repeatedAndOvertaken(), healedOnItsDay(), balanceBehindABooking()}
}

// repeatedAndOvertaken: a booking that another record has reversed, read again, is told with
// the content and status of before; one that its own status took back is behind that.
func repeatedAndOvertaken() *Case {
	s := start("a repeat is no older status", "semantics 2, R7, R62", ladder("", "", three), "2024-01-01")
	s.Close(gen.Day("2023-12-31"))
	d := gen.Day("2024-01-01")
	first := len(s.Records)
	s.Book("C", "A", d, 100, gen.ID("a")).Book("C", "A", d, -100, gen.ID("r"), gen.Reverses("a", pb.ReversalKind_FULL))
	s.want("verdicts", "REVERSED core:r:1")
	s.again(first).want("verdicts", "DUPLICATE core:a:1")
	s.again(first+1).want("verdicts", "DUPLICATE core:r:1")
	reversed := func(t *pb.Transaction) { t.Status = pb.TxnStatus_REVERSED }
	s.Book("C", "A", d, 100, gen.ID("a"), reversed)
	s.want("verdicts", "DUPLICATE core:a:1")
	second := len(s.Records)
	s.Book("C", "A", d, 200, gen.ID("b")).Book("C", "A", d, 200, gen.ID("b"), reversed)
	s.want("verdicts", "REVERSED core:b:1")
	s.again(second).want("verdicts", "SUPERSEDED core:b:1")
	s.Book("C", "A", d, 200, gen.ID("b"), func(t *pb.Transaction) { t.Version = 2 })
	s.want("verdicts", "SUPERSEDED core:b:1")
	s.again(second).want("verdicts", "SUPERSEDED core:b:1")
	return s.c
}

// healedOnItsDay: 20.00 of the 2nd are missing when the balance of the 4th is told, which
// heals that day; they come on the 6th, and are taken out of the same day.
func healedOnItsDay() *Case {
	s := start("taken out of a HEAL on its own day", "R15, R16: healed(account, day, amount)", ladder("", "", three), "2024-01-01")
	s.Close(gen.Day("2023-12-31"))
	s.Balance("C", "A", gen.Day("2023-12-31"), 1_000)
	s.through("2024-01-01", "2024-01-03")
	s.Tick(gen.Day("2024-01-04"))
	s.Book("C", "A", gen.Day("2024-01-04"), 500, gen.After(3_500))
	s.want("verdicts", "HEALED A 2024-01-04 2000")
	s.through("2024-01-04", "2024-01-05")
	s.Tick(gen.Day("2024-01-06"))
	s.Book("C", "A", gen.Day("2024-01-02"), 2_000, gen.ID("lost"))
	s.want("verdicts", "HEALED A 2024-01-04 -2000, LATE core:lost:1")
	return s.c
}

// balanceBehindABooking: balances that are read again are repeats, until a booking tells a
// newer one.
func balanceBehindABooking() *Case {
	s := start("a balance again behind a newer one", "R153: older than an observation, whoever made that", ladder("", "", three), "2024-01-01")
	s.Close(gen.Day("2023-12-31"))
	s.Balance("C", "A", gen.Day("2023-12-31"), 1_000)
	s.through("2024-01-01", "2024-01-02")
	at := len(s.Records)
	s.Balance("C", "A", gen.Day("2024-01-02"), 1_000)
	s.again(at).want("verdicts", "DUPLICATE ")
	s.Tick(gen.Day("2024-01-03"))
	s.Book("C", "A", gen.Day("2024-01-03"), 500, gen.After(1_500))
	s.again(at).want("verdicts", "SUPERSEDED ")
	return s.c
}
