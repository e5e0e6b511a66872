package letters

import (
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// TestFilterGoesByWhenALetterWasWritten: a letter of the fold carries a time of the log,
// which after a load of history is long ago.
func TestFilterGoesByWhenALetterWasWritten(t *testing.T) {
	l := Letter{Written: 1_000_000, DeadLetter: &pb.DeadLetter{At: 500, Stage: "fold"}}
	for _, c := range []struct {
		filter Filter
		want   bool
	}{
		{Filter{Since: 999_999}, true},
		{Filter{Since: 1_000_001}, false},
		{Filter{Before: 1_000_001}, true},
		{Filter{Before: 1_000_000}, false},
	} {
		if got := c.filter.Takes(&l); got != c.want {
			t.Errorf("%+v takes it: %t", c.filter, got)
		}
	}
}
