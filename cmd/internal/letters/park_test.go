package letters_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/letters"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	"github.com/tierwatch/tierwatch/sources/control"
)

// TestParkNamesARecordOfTheLog: what is parked is what the fold reads; a place where
// no record is, is told with what there is.
func TestParkNamesARecordOfTheLog(t *testing.T) {
	b := trial.New(t)
	back := b.Backfill(day)
	b.Put(back, b.Pay("1", "C1", day, 100_00))
	if err := letters.Park(t.Context(), b.Deployment, letters.Place{Partition: 0, Offset: 1}, "cannot be folded"); err != nil {
		t.Fatal(err)
	}
	registry, err := control.NewRegistry(b.Kafka, b.Namespace)
	if err != nil {
		t.Fatal(err)
	}
	defer registry.Close()
	got, err := registry.Skips(t.Context(), 0)
	if err != nil || !slices.Equal(got, []int64{1}) {
		t.Errorf("parked are %v (%v), want offset 1", got, err)
	}
	for want, at := range map[string]letters.Place{
		"has offsets 0 to":    {Partition: 0, Offset: 1 << 40},
		"has partitions 0 to": {Partition: 99, Offset: 1},
	} {
		if err := letters.Park(t.Context(), b.Deployment, at, "no"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", at, err, want)
		}
	}
}
