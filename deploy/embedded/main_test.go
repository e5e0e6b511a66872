package embedded

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain lets the test binary serve as the binary that is re-executed.
func TestMain(m *testing.M) {
	if handled, code := ChildMain(os.Args); handled {
		os.Exit(code)
	}
	if dir := os.Getenv(envParent); dir != "" {
		fmt.Fprintln(os.Stderr, parentMain(dir)) // returns only when it failed
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}
