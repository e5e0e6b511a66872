package tier

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/codec/codectest"
)

func TestCodeIsWhole(t *testing.T) {
	codectest.Whole(t, (*State).Code)
	codectest.Whole(t, func(k *Kept, x *codec.Coder) { k.Code(&Kept{end: 7, since: 9}, x) })
	codectest.Whole(t, (*Kept).codeFirst, "Value")
}

// TestCodedResultsAreTheSame: whatever the days of one result and of the one before.
func TestCodedResultsAreTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := func() uint16 { return rapid.Uint16().Draw(t, "day") }
		b := func() uint8 { return rapid.Uint8().Draw(t, "small") }
		want := Kept{
			Value: rapid.Int64().Draw(t, "value"), start: d(), end: d(), decided: d(), since: d(), guarantee: d(), protect: d(), hold: d(),
			version: d(), tier: b(), misses: b(), best: b(), reached: b(), point: b(), bits: b(),
		}
		before := Kept{end: d(), since: d()}
		w := codec.Writer(nil)
		k := want
		k.Code(&before, &w)
		r, err := codec.Open(w.Seal(0))
		if err != nil {
			t.Fatal(err)
		}
		var got Kept
		got.Code(&before, &r)
		if err := r.Close(); err != nil || got != want {
			t.Fatalf("wrote %+v, read %+v: %v", want, got, err)
		}
	})
}
