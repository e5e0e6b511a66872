package fold_test

import (
	"slices"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// TestCorrectedToNew: a correction that takes the only tier ever given tells so, and
// stays told until it expires; news of the tier are void (rule R89).
func TestCorrectedToNew(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	mid := day.Of(2025, 1, 10)
	tp.closeTo(first, mid)
	tp.write(&pb.LogRecord{Balance: &pb.BalanceSnapshot{
		CustomerId: "C1", AccountId: "A1", AccountType: pb.AccountType_DEMAND, Day: mid, Balance: 10_000_000, BusinessDay: mid,
	}})
	tp.closeTo(mid+1, day.Of(2025, 1, 31))
	tp.wants("a lift on what is known of January", "ENTERED >gold 2025-02-01")
	tp.txn("1", day.Of(2025, 1, 12), -90_000)
	tp.wants("January is not known and does not lift", "CORRECTED gold> 2025-02-01")
	if got := tp.alerts(); !slices.Contains(got, "TIER_CORRECTED OPEN") {
		t.Fatalf("alerts %q", got)
	}
	for d := day.Of(2025, 2, 1); d <= day.Of(2025, 2, 27); d++ {
		if tp.close(d); len(tp.alerts()) > 0 {
			t.Errorf("CLOSE of %s: alerts %q", day.String(d), tp.alerts())
		}
	}
	tp.closeTo(day.Of(2025, 2, 28), day.Of(2025, 3, 3))
	if got := tp.alerts(); !slices.Contains(got, "TIER_CORRECTED EXPIRED") {
		t.Errorf("after 30 days: alerts %q", got)
	}
}
