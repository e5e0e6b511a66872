package clickhouse

import (
	"strings"
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// TestWholeWhileADayIsClosed: rule R137. Rows of the next day are in for some of the
// customers, and closes still tells the day before: nobody is missing from it, nobody
// is twice in it, and everybody stands as tier_on says.
func TestWholeWhileADayIsClosed(t *testing.T) {
	conn, db := database(t)
	var log []marshaler
	for _, d := range []string{"2025-04-28", "2025-04-29", "2025-04-30"} {
		log = append(log, rate(date(d), "USD", 7*baseRate), closeOf(date(d)))
	}
	fill(t, db, topics.Events, 0, 0, append([]marshaler{engine0()}, log...)...)
	row := func(customer, day string, offset int64, change func(*pb.SchemeSnapshot)) marshaler {
		usd := &pb.Holding{Unit: "USD", Quantity: 100 * offset, WeightBp: 10000}
		s := standing(customer, day, 10_000*offset, cny(1000*offset), usd)
		s.Log.Offset = offset
		if change != nil {
			change(s.Schemes[0])
		}
		return s
	}
	falls := func(c *pb.SchemeSnapshot) { c.Tier, c.TierRank, c.SinceDay = "gold", 1, date("2025-05-01") }
	leaves := func(c *pb.SchemeSnapshot) {
		c.Standing, c.Tier, c.TierRank, c.SinceDay = pb.Standing_LEFT, "", -1, 0
	}
	isNew := func(c *pb.SchemeSnapshot) { c.Standing, c.Tier, c.TierRank, c.SinceDay = pb.Standing_NEW, "", -1, 0 }
	both := func(day string) {
		t.Helper()
		const columns, order = "SELECT * FROM ", " ORDER BY customer_id, scheme"
		expectRows(t, ask(t, conn, columns+"customer_tiers_on(day = '"+day+"')"+order), ask(t, conn, columns+"tier_on(day = '"+day+"')"+order))
	}
	fill(t, db, topics.Snapshots, 0, 0,
		row("falls", "2025-04-28", 1, nil), row("idle", "2025-04-28", 2, nil), row("leaves", "2025-04-29", 3, nil),
		row("moves", "2025-04-28", 4, nil), row("moves", "2025-04-29", 5, nil), row("new", "2025-04-29", 6, isNew),
		row("restated", "2025-04-28", 7, nil), row("slow", "2025-04-29", 8, nil))
	fill(t, db, topics.Snapshots, 0, 8,
		row("falls", "2025-04-30", 20, falls), row("first", "2025-04-30", 21, isNew), row("leaves", "2025-04-30", 22, leaves),
		row("moves", "2025-04-30", 23, nil), row("new", "2025-04-30", 24, nil), row("restated", "2025-04-29", 25, nil),
		row("restated", "2025-04-30", 26, nil))
	const closed = "SELECT count() AS n, uniqExact(customer_id) AS customers, countIf(standing = 'ACTIVE') AS active FROM customer_tiers_on(day = '2025-04-29')"
	expectRows(t, ask(t, conn, closed), "n | customers | active\n7 | 7 | 6\n")
	for _, day := range []string{"2025-04-27", "2025-04-28", "2025-04-29", "2025-04-30", "2025-05-01", "2025-05-20"} {
		both(day)
	}
	// On the last day of April the new tier is decided, but not in force.
	expectRows(t, ask(t, conn, "SELECT tier, tier_next FROM customer_tiers_on(day = '2025-04-30') WHERE customer_id = 'falls'"),
		"tier | tier_next\nplatinum | gold\n")
}

// TestInForceIsWhatStands: rule R137. A day is written again, its older row has not been
// merged away yet: that one was in force on the day, the one that stands is not.
func TestInForceIsWhatStands(t *testing.T) {
	conn, db := database(t)
	atRest(t, conn, "SYSTEM STOP MERGES%s %s", "customer_snapshots_raw")
	fill(t, db, topics.Events, 0, 0, engine0(), closeOf(date("2025-04-05")), closeOf(date("2025-04-06")))
	for i, s := range []struct {
		day    string
		offset int64
		tier   string
		rank   int32
		since  string
	}{
		{"2025-04-05", 9, "gold", 1, "2025-04-06"}, // the CLOSE lifts
		{"2025-04-06", 10, "gold", 1, "2025-04-06"},
		{"2025-04-05", 30, "mass", 0, "2025-01-01"}, // a late debit takes the lift back
		{"2025-04-06", 30, "gold", 1, "2025-04-07"}, // the next CLOSE lifts
	} {
		row := standing("lifted", s.day, 10_000, cny(1000))
		row.Log.Offset = s.offset
		row.Schemes[0].Tier, row.Schemes[0].TierRank, row.Schemes[0].SinceDay = s.tier, s.rank, date(s.since)
		fill(t, db, topics.Snapshots, 0, int64(i), row)
	}
	asked := func(when string) {
		t.Helper()
		for _, view := range []string{"tier_on", "customer_tiers_on"} {
			for day, want := range map[string]string{
				"2025-04-05": "mass | 0 | mass", "2025-04-06": "mass | 0 | gold", "2025-04-07": "gold | 1 | gold",
			} {
				_, got := cut(ask(t, conn, "SELECT tier, tier_rank, tier_next FROM "+view+"(day = '"+day+"')"))
				if got != want+"\n" {
					t.Errorf("%s, %s of %s: %q, want %q", when, view, day, got, want)
				}
			}
		}
	}
	asked("before a merge")
	atRest(t, conn, "SYSTEM START MERGES%s %s", "customer_snapshots_raw")
	atRest(t, conn, "OPTIMIZE TABLE%s %s FINAL", "customer_snapshots_raw")
	asked("after it")
}

// TestQuickWhereNobodyWasWrittenLater: the view then reads no row of the history.
func TestQuickWhereNobodyWasWrittenLater(t *testing.T) {
	conn, db := database(t)
	fill(t, db, topics.Events, 0, 0, engine0(), closeOf(date("2025-04-21")))
	fill(t, db, topics.Snapshots, 0, 0, standing("a", "2025-04-20", 1), standing("a", "2025-04-21", 2), standing("b", "2025-04-21", 3))
	history := func(day string) string {
		t.Helper()
		plan := ask(t, conn, "EXPLAIN indexes = 1 SELECT count() FROM customer_tiers_on(day = '"+day+"')")
		_, rest, found := strings.Cut(plan, "customer_snapshots_raw)")
		if !found {
			t.Fatalf("the plan reads no history at all:\n%s", plan)
		}
		_, rest, _ = strings.Cut(rest, "PrimaryKey")
		_, rest, _ = strings.Cut(rest, "Granules: ")
		granules, _, _ := strings.Cut(rest, "\n")
		return strings.TrimSpace(granules)
	}
	if got := history("2025-04-21"); got != "0/2" {
		t.Errorf("granules of the history that are read: %s, want 0/2", got)
	}
	if got := history("2025-04-20"); got != "2/2" {
		t.Errorf("granules of the history that are read while a day is closed: %s, want 2/2", got)
	}
}
