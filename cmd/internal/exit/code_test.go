package exit_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
)

func TestCodes(t *testing.T) {
	wrong := errors.New("wrong")
	for name, tc := range map[string]struct {
		err  error
		want exit.Code
	}{
		"nothing":             {nil, exit.OK},
		"nil stays nil":       {exit.With(exit.Usage, nil), exit.OK},
		"any failure":         {wrong, exit.Failure},
		"usage":               {exit.With(exit.Usage, wrong), exit.Usage},
		"wrapped":             {fmt.Errorf("check: %w", exit.With(exit.Differs, wrong)), exit.Differs},
		"the outermost":       {exit.With(exit.Failure, exit.With(exit.Usage, wrong)), exit.Failure},
		"asked to stop":       {fmt.Errorf("poll: %w", context.Canceled), exit.Interrupted},
		"stopped by deadline": {context.DeadlineExceeded, exit.Failure},
	} {
		if got := exit.Of(tc.err); got != tc.want {
			t.Errorf("%s: code %d, want %d", name, got, tc.want)
		}
	}
	if err := exit.With(exit.Usage, wrong); !errors.Is(err, wrong) || err.Error() != "wrong" {
		t.Errorf("a code hides the error: %v", err)
	}
}
