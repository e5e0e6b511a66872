package tier

import (
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/codec/codectest"
)

func TestCodeIsWhole(t *testing.T) {
	codectest.Whole(t, (*State).Code)
	codectest.Whole(t, (*Kept).Code)
}
