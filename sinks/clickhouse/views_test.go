package clickhouse

import (
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

func expectRows(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestEventsViewLeavesOutWhatDidNotCount: semantics 2. Offsets with a verdict of
// duplicate, conflict, superseded, rejected or parked are out, the others stay.
func TestEventsViewLeavesOutWhatDidNotCount(t *testing.T) {
	conn, db := database(t)
	pending := tx("a", "p", 100)
	pending.Transaction.Status = pb.TxnStatus_PENDING
	debit := tx("a", "d", 40)
	debit.Transaction.Direction = pb.Direction_DEBIT
	status := func(id string, s pb.TxnStatus) marshaler {
		rec := tx("a", id, 10)
		rec.Transaction.Status = s
		return rec
	}
	version := func(id string, v uint32) marshaler {
		rec := tx("a", id, int64(10*v))
		rec.Transaction.Version = v
		return rec
	}
	fill(t, db, topics.Events, 1, 10,
		tx("a", "1", 100), // 10 applied
		tx("a", "1", 100), // 11 duplicate
		tx("a", "1", 999), // 12 conflict
		tx("a", "2", 100), // 13 superseded by 14
		tx("a", "2", 200), // 14 a later version
		tx("a", "3", 100), // 15 rejected
		tx("a", "4", 100), // 16 parked
		tx("a", "5", 1),   // 17 late, but applied
		tx("a", "6", 2),   // 18 waiting, applied once
		pending, debit,    // 19, 20
		status("s", pb.TxnStatus_PENDING), status("s", pb.TxnStatus_POSTED), // 21, 22: a step
		status("r", pb.TxnStatus_POSTED), status("r", pb.TxnStatus_REVERSED), // 23, 24: taken back by its status
		status("w", pb.TxnStatus_PENDING), status("w", pb.TxnStatus_POSTED), status("w", pb.TxnStatus_REVERSED), // 25, 26, 27
		status("v", pb.TxnStatus_POSTED), version("v", 2), version("v", 3), // 28, 29, 30: each takes the last one out
	)
	// The same offsets in another partition have nothing to do with these verdicts.
	fill(t, db, topics.Events, 2, 11, tx("b", "1", 7))
	say := func(kind pb.VerdictKind, offset, about int64) marshaler {
		return &pb.Verdict{CustomerId: "a", Kind: kind, AboutOffset: about, Log: &pb.Position{Partition: 1, Offset: offset}}
	}
	// Rule R62: other records are meant, those of the id before this offset.
	before := func(id string, kind pb.VerdictKind, offset int64) marshaler {
		return &pb.Verdict{CustomerId: "a", Kind: kind, EventId: id, AboutOffset: -1, Log: &pb.Position{Partition: 1, Offset: offset}}
	}
	fill(t, db, topics.Verdicts, 1, 0,
		say(pb.VerdictKind_VERDICT_DUPLICATE, 11, 0), say(pb.VerdictKind_VERDICT_CONFLICT, 12, 0),
		say(pb.VerdictKind_VERDICT_SUPERSEDED, 14, 13), say(pb.VerdictKind_VERDICT_REJECTED, 15, 0),
		say(pb.VerdictKind_VERDICT_PARKED, 16, 0), say(pb.VerdictKind_VERDICT_LATE, 17, 0), say(pb.VerdictKind_VERDICT_WAITING, 18, 0),
		before("core:s:1", pb.VerdictKind_VERDICT_SUPERSEDED, 22), before("core:r:1", pb.VerdictKind_VERDICT_REVERSED, 24),
		before("core:w:1", pb.VerdictKind_VERDICT_SUPERSEDED, 26), before("core:w:1", pb.VerdictKind_VERDICT_REVERSED, 27),
		before("core:v:1", pb.VerdictKind_VERDICT_SUPERSEDED, 29), before("core:v:2", pb.VerdictKind_VERDICT_SUPERSEDED, 30),
	)
	expectRows(t, ask(t, conn, "SELECT partition, offset, txn_id, status, flow_minor FROM events ORDER BY partition, offset"),
		`partition | offset | txn_id | status | flow_minor
1 | 10 | 1 | POSTED | 100
1 | 14 | 2 | POSTED | 200
1 | 17 | 5 | POSTED | 1
1 | 18 | 6 | POSTED | 2
1 | 19 | p | PENDING | 0
1 | 20 | d | POSTED | -40
1 | 22 | s | POSTED | 10
1 | 24 | r | REVERSED | 0
1 | 27 | w | REVERSED | 0
1 | 30 | v | POSTED | 30
2 | 11 | 1 | POSTED | 7
`)
}

// TestRatesAreTheFolds: of a day the last rate counts that came before CLOSE(day +
// lag), from a writer whose term rules; the base currency is 1 from the beginning.
func TestRatesAreTheFolds(t *testing.T) {
	conn, db := database(t)
	d := date("2025-06-02")
	usd := func(day int32, cents int64) *pb.LogRecord { return rate(day, "USD", cents*baseRate/100) }
	fund := func(day int32, cents int64) *pb.LogRecord { return rate(day, "F-1", cents*baseRate/100) }
	old := usd(d+1, 999)
	old.Rates.Term = 1
	ruling := usd(d+1, 720)
	ruling.Rates.Term = 5
	late := closeOf(d + 1)
	late.Close.Term = 5
	zombie := closeOf(d + 100) // of a lower term: closes nothing, fixes nothing
	fill(t, db, topics.Events, 0, 0,
		engine0(), // funds may come a day late
		usd(d, 700), usd(d, 710), fund(d, 100),
		closeOf(d),
		usd(d, 666),  // fixed by its CLOSE
		fund(d, 101), // not fixed yet
		closeOf(d),   // not later: no-op
		&pb.LogRecord{Term: &pb.Term{Term: 5}},
		old, zombie, ruling, late,
		&pb.LogRecord{Rates: &pb.Rates{Term: 5, Day: d, Rates: []*pb.Rate{{Unit: "F-1", RateE12: 1}}}}, // fixed by CLOSE(d + 1)
	)
	// Another partition carries the same and adds nothing.
	fill(t, db, topics.Events, 1, 0, engine0(), usd(d, 1), closeOf(d))
	expectRows(t, ask(t, conn, "SELECT unit, day, rate_e12 FROM rates ORDER BY unit, day"), `unit | day | rate_e12
CNY | 1970-01-01 | 1000000000000
F-1 | 2025-06-02 | 1010000000000
USD | 2025-06-02 | 7100000000000
USD | 2025-06-03 | 7200000000000
`)
	expectRows(t, ask(t, conn, "SELECT day, partition, offset FROM closes ORDER BY partition, day"), `day | partition | offset
2025-06-02 | 0 | 4
2025-06-03 | 0 | 12
2025-06-02 | 1 | 2
`)
	expectRows(t, ask(t, conn, "SELECT unit, day, toString(before_e12) AS before FROM rate_sums WHERE unit = 'USD' ORDER BY day"), `unit | day | before
USD | 2025-06-02 | 0
USD | 2025-06-03 | 7100000000000
`)
}

// TestSideFactsAreLastWriter: rule R10, whatever order they arrive in.
func TestSideFactsAreLastWriter(t *testing.T) {
	conn, db := database(t)
	profile := func(at, seq int64, name string) marshaler {
		return &pb.LogRecord{Profile: &pb.CustomerProfile{CustomerId: "a", EventTime: at, SourceSeq: seq, DisplayName: name, SinceDay: -3650}}
	}
	account := func(at int64, closed int32) marshaler {
		return &pb.LogRecord{Lifecycle: &pb.AccountLifecycle{
			CustomerId: "a", AccountId: "a-1", EventTime: at, AccountType: pb.AccountType_TIME, Unit: "CNY", OpenedDay: date("2025-01-01"), ClosedDay: closed,
		}}
	}
	rm := func(at int64, day, id string) marshaler {
		return &pb.LogRecord{Rm: &pb.RmAssignment{CustomerId: "a", EventTime: at, RmId: id, BusinessDay: date(day), BranchPath: []string{"HQ", "B-" + id}}}
	}
	credit := func(at int64, dpd int32) marshaler {
		return &pb.LogRecord{Credit: &pb.CreditStatus{CustomerId: "a", AccountId: "a-1", EventTime: at, Dpd: dpd}}
	}
	complaint := func(at int64, open bool) marshaler {
		return &pb.LogRecord{Complaint: &pb.Complaint{CustomerId: "a", ComplaintId: "c1", EventTime: at, Open: open}}
	}
	booked := tx("a", "1", 100)
	booked.Transaction.BalanceAfter, booked.Transaction.BalanceKnown = 100, true
	older := tx("a", "2", 100)
	older.Transaction.EventTime -= 60
	older.Transaction.BalanceAfter, older.Transaction.BalanceKnown = 55, true
	fill(t, db, topics.Events, 0, 100,
		profile(20, 2, "王*芳"), profile(20, 1, "wrong"), profile(10, 9, "wrong"),
		account(20, date("2025-06-01")), account(10, 0),
		rm(20, "2025-02-01", "R2"), rm(10, "2025-01-01", "R1"),
		booked, older, tx("b", "1", 5),
		// What the fold rejected and what was parked says nothing, be it ever so new.
		account(30, 0), account(40, 0), rm(30, "2025-01-20", "R3"), rm(40, "2025-01-20", "R4"), profile(30, 0, "wrong"), profile(40, 0, "wrong"),
		&pb.LogRecord{Lifecycle: &pb.AccountLifecycle{CustomerId: "c", AccountId: "c-1", AccountType: pb.AccountType_TIME}},
		credit(20, 1), credit(30, 2), complaint(20, true), complaint(30, false))
	var verdicts []marshaler
	for offset, kind := range map[int64]pb.VerdictKind{
		110: pb.VerdictKind_VERDICT_REJECTED, 111: pb.VerdictKind_VERDICT_PARKED, 112: pb.VerdictKind_VERDICT_REJECTED, 113: pb.VerdictKind_VERDICT_PARKED,
		114: pb.VerdictKind_VERDICT_REJECTED, 115: pb.VerdictKind_VERDICT_PARKED, 116: pb.VerdictKind_VERDICT_REJECTED,
		118: pb.VerdictKind_VERDICT_REJECTED, 120: pb.VerdictKind_VERDICT_PARKED,
	} {
		verdicts = append(verdicts, &pb.Verdict{CustomerId: "a", Kind: kind, Log: &pb.Position{Offset: offset}})
	}
	fill(t, db, topics.Verdicts, 0, 0, verdicts...)
	expectRows(t, ask(t, conn, "SELECT customer_id, display_name, since_day, rm_id, branch, branch_path, first_day, accounts, offset FROM customers ORDER BY customer_id"),
		`customer_id | display_name | since_day | rm_id | branch | branch_path | first_day | accounts | offset
a | 王*芳 | 1960-01-04 | R2 | B-R2 | [HQ B-R2] | 2025-06-15 | 1 | 108
b |  | - |  |  | [] | 2025-06-15 | 1 | 109
`)
	expectRows(t, ask(t, conn, "SELECT customer_id, account_id, account_type, unit, opened_day, closed_day, balance, balance_at FROM accounts ORDER BY account_id"),
		`customer_id | account_id | account_type | unit | opened_day | closed_day | balance | balance_at
a | a-1 | TIME | CNY | 2025-01-01 | 2025-06-01 | 100 | 2025-06-15
b | b-1 | DEMAND | CNY | - | - | 0 | -
`)
	expectRows(t, ask(t, conn, "SELECT rm_id, branch FROM rm_on(day = '2025-01-31')"), "rm_id | branch\nR1 | B-R1\n")
	expectRows(t, ask(t, conn, "SELECT rm_id, offset FROM rm_assignments ORDER BY offset"), "rm_id | offset\nR2 | 105\nR1 | 106\n")
	expectRows(t, ask(t, conn, "SELECT dpd, offset FROM credit_status"), "dpd | offset\n1 | 117\n")
	expectRows(t, ask(t, conn, "SELECT open, offset FROM complaints"), "open | offset\ntrue | 119\n")
}

// TestCorrectedChangesAreMarked: a CORRECTED names the effective day of the change
// it replaces.
func TestCorrectedChangesAreMarked(t *testing.T) {
	conn, db := database(t)
	change := func(offset int64, kind pb.ChangeKind, effective, supersedes string) marshaler {
		c := &pb.TierChange{CustomerId: "a", Scheme: "card", Kind: kind, EffectiveDay: date(effective), Log: &pb.Position{Offset: offset}}
		if supersedes != "" {
			c.SupersedesDay = date(supersedes)
		}
		return c
	}
	fill(t, db, topics.TierChanges, 0, 0,
		change(1, pb.ChangeKind_ENTERED, "2025-01-01", ""),
		change(2, pb.ChangeKind_WATCH, "2025-02-01", ""),
		change(3, pb.ChangeKind_DOWNGRADED, "2025-02-01", ""),
		change(4, pb.ChangeKind_CORRECTED, "2025-02-06", "2025-02-01"),
		change(5, pb.ChangeKind_DOWNGRADED, "2025-02-01", ""), // after the correction: stands
	)
	expectRows(t, ask(t, conn, "SELECT offset, kind, superseded FROM tier_changes ORDER BY offset"), `offset | kind | superseded
1 | ENTERED | false
2 | WATCH | false
3 | DOWNGRADED | true
4 | CORRECTED | false
5 | DOWNGRADED | false
`)
}

// TestOlderDayWrittenAgain: a late event writes an old day again at a later offset;
// the newest standing stays the newest day's (semantics 2: the day compares first).
func TestOlderDayWrittenAgain(t *testing.T) {
	conn, db := database(t)
	old, newest, again := standing("a", "2025-04-20", 1), standing("a", "2025-04-21", 2), standing("a", "2025-04-20", 3)
	old.Log, newest.Log, again.Log = &pb.Position{Offset: 10}, &pb.Position{Offset: 20}, &pb.Position{Offset: 30}
	epoch := standing("a", "2025-04-21", 4) // after a repartition: offsets start anew, the epoch rises
	epoch.Log = &pb.Position{Offset: 1, Epoch: 1}
	for _, s := range []*pb.Snapshot{epoch, again, newest, old} { // the worst order
		fill(t, db, topics.Snapshots, 0, 0, s)
	}
	expectRows(t, ask(t, conn, "SELECT day, adb_sum_minor FROM customer_tiers"), "day | adb_sum_minor\n2025-04-21 | 400\n")
	expectRows(t, ask(t, conn, "SELECT day, adb_sum_minor FROM customer_snapshots ORDER BY day"),
		"day | adb_sum_minor\n2025-04-20 | 300\n2025-04-21 | 400\n")
}

// TestTierInForce: what CLOSE(31 May) decides is dated 1 June: at the end of May
// the old tier is still in force.
func TestTierInForce(t *testing.T) {
	conn, db := database(t)
	smallBank(t, conn, db)
	for day, want := range map[string]string{
		"2025-05-29": "tier | tier_next | written_on\n",
		"2025-05-30": "tier | tier_next | written_on\nplatinum | platinum | 2025-05-30\n",
		"2025-05-31": "tier | tier_next | written_on\nplatinum | gold | 2025-05-31\n",
		"2025-06-01": "tier | tier_next | written_on\ngold | gold | 2025-05-31\n",
	} {
		expectRows(t, ask(t, conn, "SELECT tier, tier_next, written_on FROM tier_on(day = '"+day+"') WHERE customer_id = 'C6'"), want)
	}
	expectRows(t, ask(t, conn, "SELECT tier, threshold_minor, in_force FROM tiers ORDER BY tier_rank"),
		"tier | threshold_minor | in_force\nmass | 0 | true\ngold | 5000000 | true\nplatinum | 50000000 | true\n")
}

// TestDeadLettersOfARepeatedRead: ingest reads a record again after a crash and
// gives it up again; it is one dead letter. Another record is another.
func TestDeadLettersOfARepeatedRead(t *testing.T) {
	conn, db := database(t)
	dead := func(position int64, original string) marshaler {
		return &pb.DeadLetter{Stage: "ingest", Cause: "unknown_currency", OriginName: "core", OriginPosition: position, Original: []byte(original)}
	}
	fill(t, db, topics.DLQ, 0, 0, dead(7, "x"), dead(7, "x"), dead(7, "y"), dead(8, "x"))
	expectRows(t, ask(t, conn, "SELECT origin_position, original, dlq_offset FROM dlq ORDER BY origin_position, original"),
		"origin_position | original | dlq_offset\n7 | x | 1\n7 | y | 2\n8 | x | 3\n")
}

// TestFactsOfCustomers: each record once, however often it came; the last one holds.
func TestFactsOfCustomers(t *testing.T) {
	conn, db := database(t)
	said := func(at int64, open bool) marshaler {
		return &pb.LogRecord{Complaint: &pb.Complaint{CustomerId: "a", ComplaintId: "c1", EventTime: at, Open: open, BusinessDay: date("2025-06-02")}}
	}
	for range 2 {
		fill(t, db, topics.Events, 1, 10, said(100, true), said(200, false),
			&pb.LogRecord{RmAction: &pb.RmAction{CustomerId: "a", AlertId: "x", EventTime: 300, Action: "called", RmId: "rm1"}})
	}
	expectRows(t, ask(t, conn, "SELECT complaint_id, open, event_time, partition, offset FROM complaints ORDER BY offset"), `complaint_id | open | event_time | partition | offset
c1 | true | 1970-01-01 00:01:40 | 1 | 10
c1 | false | 1970-01-01 00:03:20 | 1 | 11
`)
	expectRows(t, ask(t, conn, "SELECT complaint_id, argMax(open, (event_time, source_seq, offset)) AS open FROM complaints GROUP BY complaint_id"), `complaint_id | open
c1 | false
`)
	expectRows(t, ask(t, conn, "SELECT alert_id, action, rm_id FROM rm_actions"), `alert_id | action | rm_id
x | called | rm1
`)
}

// TestWhatANewerRecordLeavesOutStands: rules R10, R155, R175. An opening day, a limit or
// a first day holds as told last, a limit by either stream.
func TestWhatANewerRecordLeavesOutStands(t *testing.T) {
	conn, db := database(t)
	life := func(account string, at int64, opened string, limit int64) marshaler {
		l := &pb.AccountLifecycle{
			CustomerId: "a", AccountId: account, EventTime: at, AccountType: pb.AccountType_CARD_CREDIT, Unit: "CNY", LimitMinor: limit,
			ProductCode: "p" + opened, ClosedDay: date("2025-06-01"),
		}
		if opened != "" {
			l.OpenedDay, l.ClosedDay = date(opened), 0
		}
		return &pb.LogRecord{Lifecycle: l}
	}
	credit := func(account string, at, limit int64) marshaler {
		return &pb.LogRecord{Credit: &pb.CreditStatus{CustomerId: "a", AccountId: account, AccountType: pb.AccountType_LOAN, EventTime: at, LimitMinor: limit}}
	}
	profile := func(at int64, name, since string) marshaler {
		p := &pb.CustomerProfile{CustomerId: "a", EventTime: at, DisplayName: name}
		if since != "" {
			p.SinceDay = date(since)
		}
		return &pb.LogRecord{Profile: p}
	}
	fill(t, db, topics.Events, 0, 100,
		life("told", 10, "2019-01-01", 100), life("told", 20, "2020-01-01", 200), life("told", 30, "", 0),
		credit("lent", 10, 0), life("lent", 20, "2020-01-01", 200), credit("lent", 25, 300), life("lent", 30, "2021-01-01", 0), credit("lent", 40, 0),
		credit("own", 10, 300), life("own", 10, "2020-01-01", 200), // of one time: the later in the log
		life("never", 10, "", 0), credit("loan", 10, 500),
		profile(10, "x", "2018-01-01"), profile(20, "y", "2017-01-01"), profile(30, "z", ""),
		// 115: the fold rejected these.
		life("told", 40, "2022-01-01", 900), credit("told", 40, 900), profile(40, "wrong", "2022-01-01"),
	)
	var verdicts []marshaler
	for offset := int64(115); offset < 118; offset++ {
		verdicts = append(verdicts, &pb.Verdict{CustomerId: "a", Kind: pb.VerdictKind_VERDICT_REJECTED, Log: &pb.Position{Offset: offset}})
	}
	fill(t, db, topics.Verdicts, 0, 0, verdicts...)
	expectRows(t, ask(t, conn, "SELECT account_id, account_type, opened_day, closed_day, limit_minor, product_code, offset FROM accounts ORDER BY account_id"),
		`account_id | account_type | opened_day | closed_day | limit_minor | product_code | offset
lent | CARD_CREDIT | 2021-01-01 | - | 300 | p2021-01-01 | 106
loan | LOAN | - | - | 500 |  | 111
never | CARD_CREDIT | - | 2025-06-01 | 0 | p | 110
own | CARD_CREDIT | 2020-01-01 | - | 200 | p2020-01-01 | 109
told | CARD_CREDIT | 2020-01-01 | 2025-06-01 | 200 | p | 102
`)
	expectRows(t, ask(t, conn, "SELECT display_name, since_day, offset FROM customers"), "display_name | since_day | offset\nz | 2017-01-01 | 114\n")
}
