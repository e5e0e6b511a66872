package alert

import (
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/codec/codectest"
)

func TestCodeCaseIsWhole(t *testing.T) { codectest.Whole(t, CodeCase) }
