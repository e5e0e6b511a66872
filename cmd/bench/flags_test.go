package main

import (
	"strings"
	"testing"
)

// What is wrong with a flag is told with its name and its value.
func TestAFlagOutOfRangeIsNamed(t *testing.T) {
	fold := func(args []string) error { _, err := parseFold(args, 1); return err }
	scales := func(args []string) error { _, err := parseScale(args, 1); return err }
	peer := func(args []string) error { _, err := parsePeer(append(args, "-brokers", "localhost:1"), 1); return err }
	for _, c := range []struct {
		parse func(args []string) error
		args  string
		want  string
	}{
		{fold, "-events 0", "-events 0: must be at least 1"},
		{fold, "-late 100", ""},
		{fold, "-late 101", "-late 101: must be 0 to 100"},
		{fold, "-foreign -1", "-foreign -1: must be 0 to 100"},
		{fold, "-shape flat", "-shape flat: "},
		{scales, "-rounds -2", "-rounds -2: must be at least 1"},
		{peer, "-customers 0", "-customers 0: must be at least 1"},
		{peer, "-commit-gap 0s", "-commit-gap 0s: "},
		{peer, "-state-age -1s", "-state-age -1s: "},
		{peer, "-state-bytes 0", "-state-bytes 0: "},
		{peer, "-store disk", "-store disk: "},
	} {
		err := c.parse(strings.Fields(c.args))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.args, err, c.want)
		}
	}
}
