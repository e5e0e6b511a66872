package fold_test

import (
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// TestHealsDueAreForeseen: what the CLOSE will heal is in the projection before it
// (semantics 6), and looking changes nothing.
func TestHealsDueAreForeseen(t *testing.T) {
	tp := newTape(t, fold.Options{}, tapePolicy)
	d := day.Of(2025, 2, 1)
	tp.txn("1", first, 60_000, after(60_000))
	tp.closeTo(first, day.Of(2025, 1, 31))
	tp.txn("2", d, -100, after(900)) // 59,000 are missing
	before := tp.explain("C1")
	if a := before.Accounts[0]; a.Book != 5_990_000 {
		t.Errorf("the account stands at %d before its heal", a.Book)
	}
	tp.close(d)
	tp.tells("healed")
	closed := tp.explain("C1")
	s, u := before.Schemes[0], closed.Schemes[0]
	if s.Projection.On == 0 || s.Projection != u.Projection {
		t.Errorf("projected %+v before the CLOSE, %+v after it", s.Projection, u.Projection)
	}
	if s.Money.Estimate != u.Money.Estimate || s.Money.Shortfall != u.Money.Shortfall {
		t.Errorf("money %+v before the CLOSE, %+v after it", s.Money, u.Money)
	}
	if a := closed.Accounts[0]; a.Book != 90_000 {
		t.Errorf("healed once it stands at %d", a.Book)
	}
}

// TestAnEventAheadOfTheCloseIsForeseen: a day before his newest event is still open;
// what is projected from it knows the event (semantics 6).
func TestAnEventAheadOfTheCloseIsForeseen(t *testing.T) {
	tp := newTape(t, fold.Options{}, `
policy: tape
version: 1
classes:
  deposits: {types: [DEMAND, TIME]}
metrics:
  kinds: {kind: distinct, of: type, window: 1d}
schemes:
  point:
    by: kinds
    assess: day
    tiers:
      - {name: low}
      - {name: high, from: 1, down_after: 3}
`)
	tp.txn("1", first, 10)
	tp.close(first)
	tp.txn("2", first+2, 10)
	if on := tp.explain("C1").Schemes[0].Projection.On; on != first+6 {
		t.Errorf("falls on day %d, want 6", on-first)
	}
	tp.closeTo(first+1, first+4)
	tp.close(first + 5)
	if st := tp.explain("C1").Schemes[0].State; st.Tier != 0 || st.Since != first+6 {
		t.Errorf("fell to %d on day %d", st.Tier, st.Since-first)
	}
}
