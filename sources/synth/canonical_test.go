package synth

import (
	"testing"

	canonical "github.com/tierwatch/tierwatch/sources/event"
)

func TestEveryRecordIsCanonical(t *testing.T) {
	cal, err := canonical.NewCalendar("Asia/Shanghai", "24:00", "CNY")
	if err != nil {
		t.Fatal(err)
	}
	builder := canonical.Builder{Calendar: cal}
	play(t, New(small(300)), func(_ int32, it Item) {
		if it.Record == nil {
			return
		}
		before := it.Record.CloneVT()
		if r := builder.Complete(it.Record); r != nil {
			t.Fatalf("%v refused: %v", before, r)
		}
		if !before.EqualVT(it.Record) {
			t.Fatalf("completing changed %v into %v", before, it.Record)
		}
	})
}
