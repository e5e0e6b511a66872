package clickhouse

import (
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

const yuan = 100

func cny(amount int64) *pb.Holding {
	return &pb.Holding{Unit: "CNY", Quantity: amount * yuan, WeightBp: 10000}
}

// standing is a snapshot of scheme card after the CLOSE of day, April 2025 unless
// the caller changes it.
func standing(customer, day string, sum int64, holdings ...*pb.Holding) *pb.Snapshot {
	return &pb.Snapshot{
		CustomerId: customer, Day: date(day), Policy: &pb.PolicyRef{Name: "retail", Version: 3}, AsOf: int64(date(day)+1) * 86400,
		Log: &pb.Position{Offset: 1000 + int64(date(day))},
		Schemes: []*pb.SchemeSnapshot{{
			Scheme: "card", Standing: pb.Standing_ACTIVE, Tier: "platinum", TierRank: 2, SinceDay: date("2024-06-01"),
			AdbSumMinor: sum * yuan, PeriodStart: date("2025-04-01"), PeriodEnd: date("2025-04-30"), Divisor: 30, PeriodKind: pb.PeriodKind_PERIOD_MONTH,
			ThresholdMinor: 500_000 * yuan, DepositWeightBp: 10000, Holdings: holdings,
		}},
	}
}

// TestCarry is the golden case of semantics 6 and 8: N = 30, T = 500,000; twenty
// days at 520,000, then 300,000. The row of day 21 says 509,524; on day 25 the
// truth is 476,000. The amounts of the top-up follow semantics 6.
func TestCarry(t *testing.T) {
	conn, db := database(t)
	fill(t, db, topics.Events, 0, 0, engine0())
	snap := standing("a", "2025-04-21", 20*520_000+300_000, cny(300_000))
	snap.Schemes[0].DownOn, snap.Schemes[0].LandsOn = date("2025-05-01"), "gold"
	fill(t, db, topics.Snapshots, 0, 0, snap)
	want := `day | aum_minor | adb_to_date_minor | adb_estimate_minor | top_up_minor | act_by | period_end | divisor
2025-04-21 | 30000000 | 50952381 | 44666667 | 17777778 | 2025-04-30 | 2025-04-30 | 30
2025-04-23 | 30000000 | 49130435 | 44666667 | 22857143 | 2025-04-30 | 2025-04-30 | 30
2025-04-25 | 30000000 | 47600000 | 44666667 | 32000000 | 2025-04-30 | 2025-04-30 | 30
2025-04-29 | 30000000 | 45172414 | 44666667 | 160000000 | 2025-04-30 | 2025-04-30 | 30
2025-04-30 | 30000000 | 44666667 | 44666667 | - | - | 2025-04-30 | 30
2025-05-01 | 30000000 | 30000000 | 30000000 | 20666667 | - | 2025-05-31 | 31
`
	for _, view := range []string{"tier_on", "customer_tiers_on"} {
		got := ""
		for i, day := range []string{"2025-04-21", "2025-04-23", "2025-04-25", "2025-04-29", "2025-04-30", "2025-05-01"} {
			text := ask(t, conn, "SELECT day, aum_minor, adb_to_date_minor, adb_estimate_minor, top_up_minor, act_by, period_end, divisor FROM "+view+"(day = '"+day+"')")
			if i > 0 {
				_, text = cut(text)
			}
			got += text
		}
		if got != want {
			t.Errorf("%s:\n%s\nwant:\n%s", view, got, want)
		}
	}
}
