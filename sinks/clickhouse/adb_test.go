package clickhouse

import (
	"testing"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// adb asks one of the two questions about January 2025.
func adb(t *testing.T, conn driver.Conn, name string) string {
	t.Helper()
	queries, err := Queries()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range queries {
		if q.Name != name {
			continue
		}
		ctx := ch.Context(t.Context(), ch.WithParameters(ch.Parameters{"from": "2025-01-01", "to": "2025-01-31", "types": "['DEMAND','TIME']"}))
		rows, err := conn.Query(ctx, q.SQL)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		_, text := cut(render(t, rows))
		return text
	}
	t.Fatal("no query ", name)
	return ""
}

func booking(customer, id, day, value string, amount, after int64) *pb.LogRecord {
	rec := tx(customer, id, max(amount, -amount)*yuan)
	e := rec.Transaction
	if amount < 0 {
		e.Direction = pb.Direction_DEBIT
	}
	e.BusinessDay, e.ValueDay, e.EventTime = date(day), date(value), int64(date(day))*86400
	if after > 0 {
		e.BalanceAfter, e.BalanceKnown, e.BalanceTrust = after*yuan, true, pb.BalanceTrust_BALANCE_TRUST_ORDERED
	}
	return rec
}

// TestADBFromEvents works through the ways an average can come about, with the
// numbers of semantics 3, 5 and rules R12, R13, R17, R18, R57, R67, R162, R170, R173.
func TestADBFromEvents(t *testing.T) {
	conn, db := database(t)
	in := func(unit string, rec marshaler) marshaler {
		if b := rec.(*pb.LogRecord).Balance; b != nil {
			b.Unit = unit
		} else {
			rec.(*pb.LogRecord).Transaction.Currency = unit
		}
		return rec
	}
	unbelieved := booking("unsure", "1", "2025-01-10", "2025-01-10", 50_000, 100_000)
	unbelieved.Transaction.BalanceTrust = pb.BalanceTrust_BALANCE_TRUST_NONE
	doubted := booking("behind", "2", "2025-01-15", "2025-01-15", 2_000, 99_000)
	doubted.Transaction.BalanceTrust = pb.BalanceTrust_BALANCE_TRUST_NONE
	opening := func(customer, day string, balance int64) marshaler {
		return &pb.LogRecord{Balance: &pb.BalanceSnapshot{
			CustomerId: customer, AccountId: customer + "-1", AccountType: pb.AccountType_DEMAND, Unit: "CNY", Day: date(day), Balance: balance * yuan,
		}}
	}
	life := func(customer string, opened, closed int32) marshaler {
		return &pb.LogRecord{Lifecycle: &pb.AccountLifecycle{CustomerId: customer, AccountId: customer + "-1", OpenedDay: opened, ClosedDay: closed}}
	}
	fill(t, db, topics.Events, 0, 0,
		engine0(),
		// again: the fold rejected the first position; the second opens: 12 days at 31,000.
		opening("again", "2025-01-05", 99_000), opening("again", "2025-01-20", 31_000),
		// value: 20,000 held, 500,000 booked 30 Jan with value 2 Feb: January's ADB is 20,000.
		opening("value", "2024-12-31", 20_000), booking("value", "1", "2025-01-30", "2025-02-02", 500_000, 0),
		// since: opened 16 Jan with 500,000, the calendar as denominator: 258,064.52.
		booking("since", "1", "2025-01-16", "2025-01-16", 500_000, 0),
		// infer: 310,000 before the first booking, not known to have been there before the 22nd: 10 days.
		booking("infer", "1", "2025-01-22", "2025-01-22", -1_000, 309_000),
		// born: the same, but opened on 12 Jan: 20 days at 310,000.
		booking("born", "1", "2025-01-22", "2025-01-22", -155_000, 155_000), life("born", date("2025-01-12"), 0),
		// ended: closed from 11 Jan: 10 days at 31,000, whatever is booked after.
		opening("ended", "2024-12-31", 31_000), life("ended", 0, date("2025-01-11")), booking("ended", "1", "2025-01-20", "2025-01-20", 5_000, 0),
		// over: an overdraft counts 0.
		opening("over", "2024-12-31", 31_000), booking("over", "1", "2025-01-02", "2025-01-02", -40_000, 0),
		// heal: a gap of 31,000 closed on 31 Jan.
		opening("heal", "2024-12-31", 31_000), booking("heal", "1", "2025-01-31", "2025-01-31", 31_000, 93_000),
		// undo: semantics 5: 520,000, a wrong debit on the 20th, taken back in February with value 20 Jan.
		opening("undo", "2024-12-31", 520_000), booking("undo", "1", "2025-01-20", "2025-01-20", -100_000, 0),
		// pin: balance 100,000 after the first booking; an older booking of 10,000 comes late: it changes 1 to 9 Jan only.
		booking("pin", "1", "2025-01-10", "2025-01-10", 50_000, 100_000),
		// recon: opened with 50,000 on the 10th; the bank's balance of the 31st agrees: 22 days. gap: it says 5,000 more.
		booking("recon", "1", "2025-01-10", "2025-01-10", 50_000, 50_000), opening("recon", "2025-01-31", 50_000),
		booking("gap", "1", "2025-01-10", "2025-01-10", 50_000, 50_000), opening("gap", "2025-01-31", 55_000),
		// told: by positions alone: 100,000 from the 10th, 50,000 more from the 20th.
		opening("told", "2025-01-10", 100_000), opening("told", "2025-01-20", 150_000),
		// usd: no average in yuan.
		in("USD", opening("usd", "2025-01-05", 1_000)), in("USD", booking("usd", "1", "2025-01-20", "2025-01-20", 1_000, 0)),
		// late: 100,000 on the 31st; a booking of the 10th comes behind it and changes the days before it only: 22 days. late2
		// is known to be open since the 1st: 90,000 for 9 days before that.
		opening("late", "2025-01-31", 100_000), booking("late", "1", "2025-01-10", "2025-01-10", 10_000, 0),
		life("late2", date("2025-01-01"), 0), opening("late2", "2025-01-31", 100_000), booking("late2", "1", "2025-01-10", "2025-01-10", 10_000, 0),
		// ahead: 100,000 on the 22nd, with 40,000 that count from the 25th: 3 days at 60,000, 7 at 100,000.
		booking("ahead", "1", "2025-01-20", "2025-01-25", 40_000, 0), opening("ahead", "2025-01-22", 100_000),
		// back: 100,000 on the 22nd; what is booked later with value on the 12th counts from the 22nd on: 10 days.
		opening("back", "2025-01-22", 100_000), booking("back", "1", "2025-01-23", "2025-01-12", 10_000, 0),
		// behind: no booking told a balance that is believed, so the 31,000 of the 20th open it; the 1,000 of the 12th that come behind
		// that make it known from then on: 3 days at 29,000, 17 at 31,000.
		booking("behind", "1", "2025-01-10", "2025-01-10", 10_000, 0), doubted, opening("behind", "2025-01-20", 31_000),
		booking("behind", "3", "2025-01-12", "2025-01-12", 1_000, 0),
		// coming: as ahead, with the booking behind the position.
		opening("coming", "2025-01-22", 100_000), booking("coming", "1", "2025-01-20", "2025-01-25", 40_000, 0),
		// unsure: its source's balances are not believed: 22 days at 50,000.
		unbelieved,
		closeOf(date("2025-01-31")),
		booking("undo", "2", "2025-02-05", "2025-01-20", 100_000, 0),
		booking("pin", "2", "2025-01-01", "2025-01-01", 10_000, 0),
	)
	healed := func(customer, day string, amount int64) marshaler {
		return &pb.Verdict{
			CustomerId: customer, Kind: pb.VerdictKind_VERDICT_HEALED, AccountId: customer + "-1", Day: date(day), Amount: amount * yuan, Log: &pb.Position{Offset: 5},
		}
	}
	fill(t, db, topics.Verdicts, 0, 0, healed("heal", "2025-01-31", 31_000), healed("gap", "2025-01-31", 5_000), healed("told", "2025-01-20", 50_000),
		&pb.Verdict{CustomerId: "again", Kind: pb.VerdictKind_VERDICT_REJECTED, AccountId: "again-1", Log: &pb.Position{Offset: 1}})
	// A row of the time before the column is believed.
	atRest(t, conn, "ALTER TABLE %[2]s%[1]s UPDATE balance_trust = '' WHERE customer_id = 'pin' SETTINGS mutations_sync = 2", "events_raw")
	expectRows(t, adb(t, conn, "08_adb_as_restated"), `again | 37200000 | 1200000
ahead | 88000000 | 2838709.68
back | 110000000 | 3548387.1
behind | 61400000 | 1980645.16
born | 465000000 | 15000000
coming | 88000000 | 2838709.68
ended | 31000000 | 1000000
gap | 110500000 | 3564516.13
heal | 102300000 | 3300000
infer | 309000000 | 9967741.94
late | 220000000 | 7096774.19
late2 | 301000000 | 9709677.42
over | 3100000 | 100000
pin | 265000000 | 8548387.1
recon | 110000000 | 3548387.1
since | 800000000 | 25806451.61
told | 280000000 | 9032258.06
undo | 1612000000 | 52000000
unsure | 110000000 | 3548387.1
value | 62000000 | 2000000
`)
	expectRows(t, adb(t, conn, "09_adb_as_decided"), `again | 37200000 | 1200000
ahead | 88000000 | 2838709.68
back | 110000000 | 3548387.1
behind | 61400000 | 1980645.16
born | 465000000 | 15000000
coming | 88000000 | 2838709.68
ended | 31000000 | 1000000
gap | 110500000 | 3564516.13
heal | 102300000 | 3300000
infer | 309000000 | 9967741.94
late | 220000000 | 7096774.19
late2 | 301000000 | 9709677.42
over | 3100000 | 100000
pin | 220000000 | 7096774.19
recon | 110000000 | 3548387.1
since | 800000000 | 25806451.61
told | 280000000 | 9032258.06
undo | 1492000000 | 48129032.26
unsure | 110000000 | 3548387.1
value | 62000000 | 2000000
`)
}

// TestADBOfARing: rule R15. The balances of a first day make a ring, since a gap of
// 30,000 is healed within it: 100,000 before, 100,000 after, and the first row in
// the log began it.
func TestADBOfARing(t *testing.T) {
	conn, db := database(t)
	fill(t, db, topics.Events, 0, 0,
		engine0(),
		booking("ring", "1", "2025-01-22", "2025-01-22", 50_000, 150_000),
		booking("ring", "2", "2025-01-22", "2025-01-22", -20_000, 100_000),
		closeOf(date("2025-01-31")),
	)
	fill(t, db, topics.Verdicts, 0, 0, &pb.Verdict{
		CustomerId: "ring", Kind: pb.VerdictKind_VERDICT_HEALED, AccountId: "ring-1", Day: date("2025-01-22"), Amount: -30_000 * yuan, Log: &pb.Position{Offset: 2},
	})
	for _, name := range []string{"08_adb_as_restated", "09_adb_as_decided"} {
		expectRows(t, adb(t, conn, name), "ring | 100000000 | 3225806.45\n")
	}
}
