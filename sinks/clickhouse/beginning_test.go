package clickhouse

import (
	"errors"
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// TestWhatLiesBeforeTheLog: rule R161. The database of a log that begins behind a CLOSE
// values and names as the one that has the log from its start.
func TestWhatLiesBeforeTheLog(t *testing.T) {
	whole, wholeDB := database(t)
	behind, behindDB := database(t)
	closed := date("2025-04-20")
	policy := func(version uint32, from int32) *pb.LogRecord {
		return &pb.LogRecord{Policy: &pb.PolicyActivation{Name: "retail", Version: version, EffectiveDay: from}}
	}
	fund := func(day int32, e12 int64) *pb.LogRecord { return rate(day, "F-1", e12) }
	before := []*pb.LogRecord{
		engine0(), // prices of funds may come a day late
		policy(3, 0), policy(4, closed+1), policy(5, closed+9),
		rate(closed-5, "USD", 7*baseRate), fund(closed-5, 90), fund(closed, 95), fund(closed, 100),
	}
	tail := []marshaler{
		&pb.LogRecord{Rates: &pb.Rates{Day: closed, Rates: []*pb.Rate{{Unit: "USD", RateE12: baseRate}, {Unit: "F-1", RateE12: 110}}}}, // USD is fixed
		closeOf(closed + 1), fund(closed, 666), rate(closed+2, "USD", 8*baseRate), closeOf(closed + 2),
	}
	holder := standing("holder", "2025-04-21", 10_000, cny(1000), &pb.Holding{Unit: "USD", Quantity: 300 * yuan, WeightBp: 10000},
		&pb.Holding{Unit: "F-1", Quantity: 1 << 40, WeightBp: 5000})
	same := func(when string) {
		t.Helper()
		for _, query := range []string{
			"SELECT unit, day, rate_e12 FROM rates ORDER BY unit, day",
			"SELECT * EXCEPT (partition, offset) FROM tiers ORDER BY policy_version, tier_rank",
			"SELECT * FROM tier_on(day = '2025-04-21')", "SELECT * FROM tier_on(day = '2025-04-25')", "SELECT * FROM customer_tiers_on(day = '2025-05-02')",
		} {
			got, want := ask(t, behind, query), ask(t, whole, query)
			if _, lines := cut(want); lines == "" {
				t.Errorf("%s: %s: nothing to compare", when, query)
			}
			if got != want {
				t.Errorf("%s: %s:\n%s\nwant\n%s", when, query, got, want)
			}
		}
	}
	log := append(marshalers(before), closeOf(closed))
	fill(t, wholeDB, topics.Events, 0, 0, log...)
	fill(t, wholeDB, topics.Snapshots, 0, 0, holder)
	fill(t, behindDB, topics.Snapshots, 0, 0, holder)

	if err := NewReader(behind, behindDB).CheckBeginning(t.Context()); !errors.Is(err, ErrNoBeginning) {
		t.Errorf("nothing was put in: %v", err)
	}
	begin := func(db string) error {
		return Begin(t.Context(), connOptions(t, db), testTiers, &Beginning{Day: closed, Cut: int64(closed+1) * 86400, Records: before})
	}
	for range 2 {
		if err := begin(behindDB); err != nil {
			t.Fatal(err)
		}
	}
	if err := NewReader(behind, behindDB).CheckBeginning(t.Context()); err != nil {
		t.Error(err)
	}
	same("behind the CLOSE")
	fill(t, wholeDB, topics.Events, 0, int64(len(log)), tail...)
	fill(t, behindDB, topics.Events, 0, 1, tail...)
	same("two days later")
	for _, table := range []string{"rates_raw", "tiers_raw", "control_raw"} {
		atRest(t, behind, "OPTIMIZE TABLE%s %s FINAL", table)
	}
	same("after a merge")
	expectRows(t, ask(t, behind, "SELECT unit, day, rate_e12 FROM rates WHERE unit = 'F-1' OR day > '2025-04-16' ORDER BY unit, day"), `unit | day | rate_e12
F-1 | 2025-04-15 | 90
F-1 | 2025-04-20 | 110
USD | 2025-04-22 | 8000000000000
`)
	if err := begin(wholeDB); !errors.Is(err, ErrWhole) {
		t.Errorf("into a database that has it all: %v", err)
	}
}

// TestABeginningOfACutLog: what lies before has the term of its last writer, who still
// outranks those before him.
func TestABeginningOfACutLog(t *testing.T) {
	conn, db := database(t)
	closed := date("2025-04-20")
	before := &Beginning{Day: closed, Cut: int64(closed+1) * 86400, Term: 5, Records: []*pb.LogRecord{engine0(), rate(closed-5, "USD", 7*baseRate)}}
	if err := Begin(t.Context(), connOptions(t, db), nil, before); err != nil {
		t.Fatal(err)
	}
	old, own := rate(closed+1, "USD", 1), rate(closed+1, "USD", 8*baseRate)
	old.Rates.Term, own.Rates.Term = 4, 5
	fill(t, db, topics.Events, 0, 700, own, old)
	expectRows(t, ask(t, conn, "SELECT unit, day, rate_e12 FROM rates ORDER BY unit, day"), `unit | day | rate_e12
CNY | 1970-01-01 | 1000000000000
USD | 2025-04-15 | 7000000000000
USD | 2025-04-21 | 8000000000000
`)
	if err := Begin(t.Context(), connOptions(t, db), nil, &Beginning{Day: closed}); err == nil {
		t.Error("without an ENGINE there is no base currency")
	}
}

func marshalers(list []*pb.LogRecord) (all []marshaler) {
	for _, r := range list {
		all = append(all, r)
	}
	return all
}
