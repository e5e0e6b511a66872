package tier

import (
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// TestKeptIsTheResult: packing loses nothing of what a log can name.
func TestKeptIsTheResult(t *testing.T) {
	if n := unsafe.Sizeof(Kept{}); n != 32 {
		t.Errorf("a kept result has %d bytes, want 32", n)
	}
	rapid.Check(t, func(t *rapid.T) {
		d := func(name string) int32 { return rapid.Int32Range(0, 65535).Draw(t, name) }
		b := func(name string) uint8 { return rapid.Uint8().Draw(t, name) }
		is := func(name string) bool { return rapid.Bool().Draw(t, name) }
		r := Result{
			Before: State{
				Since: d("since"), GuaranteeUntil: d("guarantee"), ProtectUntil: d("protect"), HoldUntil: d("hold"),
				Standing: Standing(rapid.IntRange(0, 2).Draw(t, "standing")), Tier: b("tier"), Misses: b("misses"), Best: b("best"),
				Watch: is("watch"), Proposed: is("proposed"),
			},
			Value: rapid.Int64().Draw(t, "value"), Start: d("start"), End: d("end"), Decided: d("decided"),
			Version: rapid.Uint16().Draw(t, "version"), Reached: b("reached"), Point: b("point"), Covered: is("covered"),
		}
		k := r.Keep()
		if got := k.Result(); got != r {
			t.Fatalf("kept %+v, got %+v", r, got)
		}
	})
}

// TestKeptBeyondTheLastDay: a guarantee longer than days go reaches to the last one.
func TestKeptBeyondTheLastDay(t *testing.T) {
	r := Result{Before: State{GuaranteeUntil: 70_000}}
	k := r.Keep()
	if got := k.Before().GuaranteeUntil; got != 65_535 {
		t.Errorf("guaranteed until %d, want the last day", got)
	}
}
