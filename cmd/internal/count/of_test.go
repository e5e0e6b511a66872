package count_test

import (
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/count"
)

func TestOf(t *testing.T) {
	for _, c := range []struct {
		n           int64
		thing, want string
	}{
		{1, "row", "1 row"},
		{0, "row", "0 rows"},
		{2, "row", "2 rows"},
		{1, "entry", "1 entry"},
		{3, "entry", "3 entries"},
		{1, "business day", "1 business day"},
		{2, "business day", "2 business days"},
		{2, "event id", "2 event ids"},
	} {
		if got := count.Of(c.n, c.thing); got != c.want {
			t.Errorf("%d of %q: %q, want %q", c.n, c.thing, got, c.want)
		}
	}
}
