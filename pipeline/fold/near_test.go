package fold_test

import (
	"slices"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// TestNearByLessThanAMinorUnit: 30.00 at 33.33 % are 9.999, shown as 10.00, and do
// not reach 10.00 (rule R90).
func TestNearByLessThanAMinorUnit(t *testing.T) {
	tp := newTape(t, fold.Options{}, `
policy: tape
version: 1
classes:
  deposits: {types: [DEMAND, TIME], weight: 33.33%}
metrics:
  now: {kind: balance}
schemes:
  point:
    by: now
    assess: month
    tiers:
      - {name: low}
      - {name: high, from: 10.00, down_after: 1}
`)
	tp.txn("1", first, 30)
	tp.closeTo(first, first+30)
	if got := tp.alerts(); !slices.Contains(got, "NEAR_UPGRADE OPEN") {
		t.Errorf("alerts %q, want NEAR_UPGRADE", got)
	}
}
