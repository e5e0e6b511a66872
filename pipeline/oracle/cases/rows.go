package cases

import "github.com/tierwatch/tierwatch/pipeline/oracle/gen"

// Rows are about what else the row of a day tells.
func Rows() []*Case {
	return []*Case{heldBeforeThePosition()}
}

// heldBeforeThePosition: the account is known from the end of the 10th on. What is booked
// behind that with value the 9th makes a row of the 9th, on which he holds nothing that is
// known; on the 11th it is 100,008, after 100,000 on the 10th.
func heldBeforeThePosition() *Case {
	s := start("nothing is held before the opening position", "R67, by business day as by value day", ladder("balance: book", "", three), "2025-06-09")
	s.Close(gen.Day("2025-06-08"))
	s.Tick(gen.Day("2025-06-10"))
	s.Balance("C", "A", gen.Day("2025-06-10"), yuan(100_000))
	s.Book("C", "A", gen.Day("2025-06-11"), yuan(8), gen.Valued(gen.Day("2025-06-09")))
	s.Close(gen.Day("2025-06-09"))
	s.want("sum", "0", "holdings", "")
	s.through("2025-06-10", "2025-06-11")
	s.want("sum", "20000800", "holdings", "CNY 10000800 at 10000")
	return s.c
}
