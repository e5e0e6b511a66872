package clickhouse

import (
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// smallBank fills a database with eight customers of two managers, by hand, closed
// through 2025-06-21:
//
//	C1 platinum, 520,000 for twenty days of June, then 300,000: falls on 1 July
//	C2 gold, 480,000: near platinum       C3 gold, 51,000: just above gold
//	C4 mass, 10,000                       C5 platinum, 100,000 USD
//	C6 platinum until 31 May, then gold: a wrong debit in May, reversed in June
//	C7 new, no tier yet                   C8 gold, left on 21 June
func smallBank(t *testing.T, conn driver.Conn, db string) {
	t.Helper()
	fill(t, db, topics.Events, 0, 0, bankLog()...)
	fill(t, db, topics.Verdicts, 0, 0, &pb.Verdict{
		CustomerId: "C1", Kind: pb.VerdictKind_VERDICT_DUPLICATE, EventId: "core:out:1", Log: &pb.Position{Offset: bankDuplicate},
	})
	fill(t, db, topics.Snapshots, 0, 0, bankSnapshots()...)
	fill(t, db, topics.Alerts, 0, 0, bankAlerts()...)
	fill(t, db, topics.TierChanges, 0, 0, &pb.TierChange{
		CustomerId: "C6", Scheme: "card", Kind: pb.ChangeKind_DOWNGRADED, From: "platinum", To: "gold", FromRank: 2, ToRank: 1,
		DecidedDay: date("2025-06-01"), EffectiveDay: date("2025-06-01"), Log: &pb.Position{Offset: 60}, RmId: "R1", BranchPath: []string{"HQ", "NJ-01"},
	})
}

// bankDuplicate is the offset of C1's second record of the same transfer.
const bankDuplicate = 24

func bankLog() []marshaler {
	said := func(on, id, day, rm, branch string) marshaler {
		return &pb.LogRecord{Rm: &pb.RmAssignment{
			CustomerId: id, BusinessDay: date(day), EventTime: int64(date(on)) * 86400, RmId: rm, BranchPath: []string{"HQ", branch},
		}}
	}
	rm := func(id, day, rm, branch string) marshaler { return said(day, id, day, rm, branch) }
	move := func(id, txn, day, value string, typ pb.TxnType, dir pb.Direction, amount, after int64) marshaler {
		rec := tx(id, txn, amount*yuan)
		e := rec.Transaction
		e.TxnType, e.Direction, e.BusinessDay, e.ValueDay, e.EventTime = typ, dir, date(day), date(value), int64(date(day))*86400
		if after > 0 {
			e.BalanceAfter, e.BalanceKnown = after*yuan, true
		}
		return rec
	}
	log := []marshaler{
		engine0(),
		&pb.LogRecord{Policy: &pb.PolicyActivation{Name: "retail", Version: 3, EffectiveDay: date("2025-01-01")}},
		rm("C1", "2025-01-01", "R1", "NJ-01"), rm("C2", "2025-01-01", "R1", "NJ-01"), rm("C6", "2025-01-01", "R1", "NJ-01"),
		rm("C3", "2025-01-01", "R2", "NJ-02"), rm("C4", "2025-01-01", "R2", "NJ-02"), rm("C5", "2025-01-01", "R2", "NJ-02"),
		&pb.LogRecord{Balance: &pb.BalanceSnapshot{
			CustomerId: "C6", AccountId: "C6-1", AccountType: pb.AccountType_DEMAND, Unit: "CNY", Day: date("2025-04-30"), Balance: 520_000 * yuan,
		}},
		move("C6", "wrong", "2025-05-20", "2025-05-20", pb.TxnType_TRANSFER_OUT, pb.Direction_DEBIT, 100_000, 0),
		closeOf(date("2025-05-30")), closeOf(date("2025-05-31")),
		rate(date("2025-06-01"), "USD", 7*baseRate), closeOf(date("2025-06-01")),
	}
	reversal := move("C6", "undo", "2025-06-05", "2025-05-20", pb.TxnType_REVERSAL, pb.Direction_CREDIT, 100_000, 0)
	reversal.(*pb.LogRecord).Transaction.ReversalOf = "core:wrong"
	log = append(log,
		reversal,
		// Of two words about one day the later said holds, and one about an earlier day takes back what was said before.
		rm("C6", "2025-06-15", "R2", "NJ-02"), said("2025-06-14", "C6", "2025-06-15", "R1", "NJ-01"),
		rm("C1", "2025-06-19", "R2", "NJ-02"), said("2025-06-20", "C1", "2025-06-18", "R1", "NJ-01"),
		move("C6", "in", "2025-06-16", "2025-06-16", pb.TxnType_SALARY_IN, pb.Direction_CREDIT, 5_000, 0),
		move("C2", "pay", "2025-06-15", "2025-06-15", pb.TxnType_SALARY_IN, pb.Direction_CREDIT, 10_000, 480_000),
		rate(date("2025-06-20"), "USD", 7.2*baseRate), closeOf(date("2025-06-20")),
		move("C1", "out", "2025-06-21", "2025-06-21", pb.TxnType_TRANSFER_OUT, pb.Direction_DEBIT, 220_000, 300_000),
		move("C1", "out", "2025-06-21", "2025-06-21", pb.TxnType_TRANSFER_OUT, pb.Direction_DEBIT, 220_000, 300_000),
		closeOf(date("2025-06-21")),
	)
	return log
}

func bankSnapshots() []marshaler {
	june := func(id, day, tier string, rank int32, threshold, next, sum int64, holdings ...*pb.Holding) *pb.Snapshot {
		s := standing(id, day, sum, holdings...)
		c := s.Schemes[0]
		c.Tier, c.TierRank, c.ThresholdMinor, c.NextThresholdMinor = tier, rank, threshold*yuan, next*yuan
		c.PeriodStart, c.PeriodEnd = date("2025-06-01"), date("2025-06-30")
		return s
	}
	may := func(s *pb.Snapshot) *pb.Snapshot {
		s.Schemes[0].PeriodStart, s.Schemes[0].PeriodEnd, s.Schemes[0].Divisor = date("2025-05-01"), date("2025-05-31"), 31
		return s
	}
	c1 := june("C1", "2025-06-21", "platinum", 2, 500_000, 0, 20*520_000+300_000, cny(300_000))
	c1.Schemes[0].DownOn, c1.Schemes[0].LandsOn, c1.Schemes[0].Misses = date("2025-07-01"), "gold", 2
	c6 := may(june("C6", "2025-05-31", "gold", 1, 50_000, 500_000, 31*420_000, cny(420_000)))
	c6.Schemes[0].SinceDay = date("2025-06-01")
	c7 := june("C7", "2025-06-20", "", -1, 0, 0, 5_000, cny(5_000))
	c7.Schemes[0].Standing = pb.Standing_NEW
	c8 := june("C8", "2025-06-21", "", -1, 0, 0, 0)
	c8.Schemes[0].Standing, c8.Schemes[0].SinceDay = pb.Standing_LEFT, 0
	return []marshaler{
		may(june("C1", "2025-05-25", "platinum", 2, 500_000, 0, 25*520_000, cny(520_000))), c1,
		may(june("C2", "2025-05-25", "gold", 1, 50_000, 500_000, 25*480_000, cny(480_000))),
		june("C2", "2025-06-15", "gold", 1, 50_000, 500_000, 15*480_000, cny(480_000)),
		may(june("C3", "2025-05-25", "gold", 1, 50_000, 500_000, 25*51_000, cny(51_000))),
		may(june("C4", "2025-05-25", "mass", 0, 0, 50_000, 25*10_000, cny(10_000))),
		may(june("C5", "2025-05-25", "platinum", 2, 500_000, 0, 25*700_000, &pb.Holding{Unit: "USD", Quantity: 100_000 * 100, WeightBp: 10000})),
		june("C5", "2025-06-19", "platinum", 2, 500_000, 0, 19*700_000, &pb.Holding{Unit: "USD", Quantity: 100_000 * 100, WeightBp: 10000}),
		may(june("C6", "2025-05-30", "platinum", 2, 500_000, 0, 30*420_000, cny(420_000))), c6, c7,
		may(june("C8", "2025-05-25", "gold", 1, 50_000, 500_000, 25*60_000, cny(60_000))), c8,
	}
}

func bankAlerts() []marshaler {
	alert := func(id, customer string, rev uint32, state pb.AlertState, sev pb.Severity, opened, falls, actBy string, offset int64) marshaler {
		return &pb.Alert{
			AlertId: id, Revision: rev, Code: "VALUE_DOWNGRADE_PROJECTED", State: state, Severity: sev, Scheme: "card",
			Customer: &pb.Customer{Id: customer}, OpenedDay: date(opened), FallsOn: date(falls), ActBy: date(actBy), Log: &pb.Position{Offset: offset},
		}
	}
	open, resolved, expired := pb.AlertState_OPEN, pb.AlertState_AUTO_RESOLVED, pb.AlertState_EXPIRED
	return []marshaler{
		alert("A1", "C6", 1, open, pb.Severity_WARNING, "2025-05-20", "2025-06-01", "2025-05-31", 50),
		alert("A1", "C6", 2, expired, pb.Severity_CRITICAL, "2025-05-20", "2025-06-01", "2025-05-31", 60),
		alert("A2", "C5", 1, open, pb.Severity_WARNING, "2025-05-10", "2025-06-01", "2025-05-31", 40),
		alert("A2", "C5", 2, resolved, pb.Severity_WARNING, "2025-05-10", "2025-06-01", "2025-05-31", 55),
		alert("A3", "C1", 1, open, pb.Severity_CRITICAL, "2025-06-21", "2025-07-01", "2025-06-30", 70),
		alert("A4", "C3", 1, open, pb.Severity_WARNING, "2025-05-25", "2025-06-01", "2025-05-31", 45),
	}
}
