package cases

import (
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Rows are about what else the row of a day tells.
func Rows() []*Case {
	return []*Case{heldBeforeThePosition(), toldOfTwoDays(), boughtBehindTheDay()}
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

// toldOfTwoDays: his loan is in arrears by a record of the 10th, and he complains on the
// 11th, a few minutes before the CLOSE of the 10th, whose row tells what has come; so do
// those of the 11th and, for who looks after him, the 13th.
func toldOfTwoDays() *Case {
	s := start("records beside the bookings, of two days before a CLOSE", "semantics 8, R169", ladder("", "", three), "2025-06-09")
	s.Close(gen.Day("2025-06-08"))
	s.Book("C", "A", gen.Day("2025-06-09"), yuan(100))
	s.Close(gen.Day("2025-06-09"))
	d := gen.Day("2025-06-10")
	s.Add(&pb.LogRecord{Credit: &pb.CreditStatus{
		CustomerId: "C", AccountId: "A", AccountType: pb.AccountType_DEMAND, Dpd: 5, EventTime: gen.Cut(d) - 9*3600, BusinessDay: d,
	}})
	s.Add(&pb.LogRecord{Complaint: &pb.Complaint{CustomerId: "C", ComplaintId: "1", Open: true, EventTime: gen.Cut(d) + 600, BusinessDay: d + 1}})
	for day := d; day <= d+3; day++ {
		if day == d+2 {
			s.Add(&pb.LogRecord{Rm: &pb.RmAssignment{CustomerId: "C", RmId: "R1", EventTime: gen.Cut(day) + 600, BusinessDay: day + 1}})
			s.Close(day)
			continue
		}
		s.Close(day)
		s.want("holdings", "CNY 10000 at 10000")
	}
	return s.c
}

// boughtBehindTheDay: a fund is bought on the 10th, before the CLOSE of the 9th, and has its
// first rate on the 11th. What a deposit made of the 9th is final; the 10th lacks a rate.
func boughtBehindTheDay() *Case {
	s := start("a fund bought behind the day", "R22, R191: what counts is what is held on the day", ladder("", "", three), "2025-06-09")
	s.Close(gen.Day("2025-06-08"))
	s.Book("C", "A", gen.Day("2025-06-09"), yuan(100))
	s.Tick(gen.Day("2025-06-10"))
	s.Book("C", "F", gen.Day("2025-06-10"), yuan(300), gen.InUnit(pb.AccountType_FUND, "FND1", 10_000))
	s.Close(gen.Day("2025-06-09"))
	s.want("provisional", "false", "holdings", "CNY 10000 at 10000")
	s.Book("C", "A", gen.Day("2025-06-11"), yuan(100))
	s.Close(gen.Day("2025-06-10"))
	s.want("provisional", "true")
	s.Rate(gen.Day("2025-06-11"), "FND1", 3_000_000_000_000)
	s.Close(gen.Day("2025-06-11"))
	s.want("provisional", "false", "holdings", "CNY 20000 at 10000, FND1 10000 at 10000")
	return s.c
}
