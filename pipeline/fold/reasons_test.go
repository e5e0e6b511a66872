package fold_test

import (
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// TestReasonTellsTheAssetsAroundIt: the outflow of semantics 7 is told with what was
// there before and after it.
func TestReasonTellsTheAssetsAroundIt(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.write(&pb.LogRecord{Balance: &pb.BalanceSnapshot{
		CustomerId: "C1", AccountId: "A1", AccountType: pb.AccountType_DEMAND, Unit: "CNY", Day: first - 1,
		Balance: 52_000_000, EventTime: int64(first)*86400 - 1, BusinessDay: first - 1,
	}})
	tp.write(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "card", Tier: "platinum", SinceDay: first, Misses: 1, BusinessDay: first}})
	out := day.Of(2025, 1, 21)
	for d := first; d < out; d++ {
		tp.close(d)
	}
	tp.txn("88", out, -220_000)
	tp.close(out)
	for _, s := range tp.said {
		a, ok := s.msg.(*pb.Alert)
		if !ok || a.Code != "VALUE_DOWNGRADE_PROJECTED" {
			continue
		}
		if !strings.Contains(a.TextZh, "(52万→30万)") || !strings.Contains(a.TextEn, "(CNY 520,000 to CNY 300,000)") {
			t.Errorf("told:\n%s\n%s", a.TextZh, a.TextEn)
		}
		return
	}
	t.Error("no VALUE_DOWNGRADE_PROJECTED at the CLOSE of the outflow's day")
}
