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
