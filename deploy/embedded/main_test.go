package embedded

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain lets the test binary serve as the binary that is re-executed.
func TestMain(m *testing.M) {
	if handled, code := ChildMain(os.Args); handled {
		os.Exit(code)
	}
	goleak.VerifyTestMain(m)
}
