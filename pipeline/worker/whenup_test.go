package worker

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

// A coordinator that is coming up is asked again, for three sessions and no longer; what
// else it says is the answer.
func TestWhoAsksWaitsForACoordinatorThatComesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &Worker{o: Options{SessionTimeout: 10 * time.Second}}
		asked := 0
		answers := func(list ...error) func() error {
			asked = 0
			return func() error {
				asked++
				return list[min(asked, len(list))-1]
			}
		}
		notYet := fmt.Errorf("describe: %w", kerr.CoordinatorNotAvailable)
		if err := w.whenUp(t.Context(), answers(notYet, notYet, nil)); err != nil || asked != 3 {
			t.Errorf("asked %d times: %v", asked, err)
		}
		if err := w.whenUp(t.Context(), answers(kerr.UnsupportedVersion)); !errors.Is(err, kerr.UnsupportedVersion) || asked != 1 {
			t.Errorf("asked %d times: %v", asked, err)
		}
		began := time.Now()
		if err := w.whenUp(t.Context(), answers(notYet)); !errors.Is(err, kerr.CoordinatorNotAvailable) || time.Since(began) > 31*time.Second {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
	})
}
