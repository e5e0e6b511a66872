package cases

import (
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Repeats are records that ingest wrote to the log again.
func Repeats() []*Case {
	return []*Case{postedAtAnotherRate()}
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
