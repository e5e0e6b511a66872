package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/exit"
)

// A verify that runs out of time says what it was at, and is no difference.
func TestNotWithin(t *testing.T) {
	cause := fmt.Errorf("list end of the log: %w", context.DeadlineExceeded)
	err := notWithin(90*time.Second, "waiting for the warehouse", cause)
	for _, want := range []string{"nothing was proved", "--wait 1m30s is over while waiting for the warehouse", "list end of the log"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %q", err, want)
		}
	}
	if !errors.Is(err, context.DeadlineExceeded) || exit.Of(err) != exit.Failure {
		t.Errorf("exit code %d", exit.Of(err))
	}
}
