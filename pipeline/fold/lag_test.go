package fold_test

import (
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// TestTheLagKeptReachesEveryEvent: it is no less than the farthest of them, up to the
// last day that a second of 32 bits can tell, and no event makes it less.
func TestTheLagKeptReachesEveryEvent(t *testing.T) {
	const d = 100
	for far := int64(0); d+far < 1<<32/86_400; far += 1 + far/7 {
		got := fold.LagAfter(d, d+far, d-3, d+1)
		if got < far {
			t.Errorf("an event %d days behind its day: %d are kept", far, got)
		}
		if far <= 2 && got != 2 || far > 2 && far < 1<<14 && got >= 2*far+1 {
			t.Errorf("an event %d days behind its day: %d are kept, which is more than looking needs", far, got)
		}
	}
}
