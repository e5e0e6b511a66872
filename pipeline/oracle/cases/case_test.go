package cases

import (
	"testing"

	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// shown is a view that always shows the same.
type shown map[string]string

func (shown) Apply(int64, *pb.LogRecord) error { return nil }

func (s shown) Look(string, string) map[string]string { return s }

// TestWhatIsNotTold: only the sum of a customer who is known may be left out; a name that
// is no field of the view is a difference, whatever it wants.
func TestWhatIsNotTold(t *testing.T) {
	for _, c := range []struct {
		view        shown
		field, want string
		differ      bool
	}{
		{shown{"standing": "NEW"}, "sum", "5", false},
		{shown{"standing": "NEW", "sum": "6"}, "sum", "5", true},
		{shown{}, "sum", "5", true},
		{shown{"standing": "NEW"}, "misses", "0", true},
		{shown{"standing": "NEW", "changes": ""}, "change", "", true},
		{shown{"standing": "NEW", "changes": ""}, "changes", "", false},
	} {
		s := start("", "", "", "2025-01-01").want(c.field, c.want)
		found, err := Run(s.c, c.view)
		if err != nil || len(found) > 0 != c.differ {
			t.Errorf("%v, want %s %q: %v, %v", c.view, c.field, c.want, found, err)
		}
	}
}
