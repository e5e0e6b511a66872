package clickhouse

import (
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// TestADBByStatus: rules R9, R12, R21, R57, R175. An account is known from its first booking
// that was posted, by the balance that it tells: not from one that never was, and still
// from one whose status took it back since. The numbers are the oracle's.
func TestADBByStatus(t *testing.T) {
	conn, db := database(t)
	as := func(status pb.TxnStatus, rec *pb.LogRecord) *pb.LogRecord {
		rec.Transaction.Status = status
		return rec
	}
	// early tells 60,000, as if there had been 10,000 before it.
	early := func(customer string) *pb.LogRecord {
		return booking(customer, "0", "2025-01-05", "2025-01-05", 50_000, 60_000)
	}
	// first tells of 310,000 before it: 10 days at 309,000.
	first := func(customer string) *pb.LogRecord {
		return booking(customer, "1", "2025-01-22", "2025-01-22", -1_000, 309_000)
	}
	// undone is there for 50,000, of 150,000, until its status takes it back.
	undone := func(customer string) *pb.LogRecord {
		return booking(customer, "0", "2025-01-10", "2025-01-10", 50_000, 150_000)
	}
	position := func(customer, day string, balance int64) *pb.LogRecord {
		return &pb.LogRecord{Balance: &pb.BalanceSnapshot{
			CustomerId: customer, AccountId: customer + "-1", AccountType: pb.AccountType_DEMAND, Unit: "CNY", Day: date(day), Balance: balance * yuan,
			EventTime: int64(date(day)) * 86400,
		}}
	}
	log := []*pb.LogRecord{
		engine0(),
		as(pb.TxnStatus_PENDING, early("pending")), first("pending"),
		as(pb.TxnStatus_FAILED, early("failed")), first("failed"),
		as(pb.TxnStatus_REVERSED, early("never")), first("never"),
		// 22 days at 100,000.
		as(pb.TxnStatus_PENDING, early("hoped")), position("hoped", "2025-01-10", 100_000),
		as(pb.TxnStatus_PENDING, early("empty")),
		// 310,000 on the 22nd, whose booking is posted behind that of the 23rd; then 312,000.
		as(pb.TxnStatus_PENDING, first("stepped")), booking("stepped", "2", "2025-01-23", "2025-01-23", 2_000, 312_000),
		as(pb.TxnStatus_POSTED, first("stepped")),
		// 100,000 from the 10th, 80,000 from the 20th.
		undone("undone"), booking("undone", "1", "2025-01-20", "2025-01-20", -20_000, 130_000), as(pb.TxnStatus_REVERSED, undone("undone")),
		undone("alone"), as(pb.TxnStatus_REVERSED, undone("alone")),
		// 22 days at 100,000: the position of the 31st agrees.
		undone("agreed"), as(pb.TxnStatus_REVERSED, undone("agreed")), position("agreed", "2025-01-31", 100_000),
		undone("regret"), booking("regret", "1", "2025-01-20", "2025-01-20", -20_000, 130_000),
		closeOf(date("2025-01-31")),
		as(pb.TxnStatus_REVERSED, undone("regret")),
	}
	list := make([]marshaler, len(log))
	var verdicts []marshaler
	before := map[string]pb.TxnStatus{}
	for i, rec := range log {
		list[i] = rec
		e := rec.Transaction
		if e == nil {
			continue
		}
		if was, ok := before[e.CustomerId+e.TxnId]; ok {
			kind := pb.VerdictKind_VERDICT_SUPERSEDED
			if was == pb.TxnStatus_POSTED {
				kind = pb.VerdictKind_VERDICT_REVERSED
			}
			verdicts = append(verdicts, &pb.Verdict{
				CustomerId: e.CustomerId, Kind: kind, EventId: "core:" + e.TxnId + ":1", AboutOffset: -1, Log: &pb.Position{Offset: int64(i)},
			})
		}
		before[e.CustomerId+e.TxnId] = e.Status
	}
	fill(t, db, topics.Events, 0, 0, list...)
	fill(t, db, topics.Verdicts, 0, 0, verdicts...)
	// empty has nothing that counts.
	want := func(regret string) string {
		return `agreed | 220000000 | 7096774.19
alone | 220000000 | 7096774.19
failed | 309000000 | 9967741.94
hoped | 220000000 | 7096774.19
never | 309000000 | 9967741.94
pending | 309000000 | 9967741.94
regret | ` + regret + `
stepped | 311800000 | 10058064.52
undone | 196000000 | 6322580.65
`
	}
	expectRows(t, adb(t, conn, "08_adb_as_restated"), want("196000000 | 6322580.65"))
	expectRows(t, adb(t, conn, "09_adb_as_decided"), want("306000000 | 9870967.74"))
}
