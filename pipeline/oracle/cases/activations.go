package cases

import (
	"strconv"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
)

// Activations are of several versions of a policy that come into force one behind the
// other.
func Activations() []*Case {
	return []*Case{overtaken()}
}

// versioned is a policy's text as a version.
func versioned(policy string, n int) string {
	return strings.Replace(policy, "version: 1", "version: "+strconv.Itoa(n), 1)
}

// overtaken: version 2, that asks three misses of gold, waits for 1 July when version 3,
// that asks one, names 5 June. Both come on 1 July: June is decided once, by version 1,
// that asks two, and July by version 3.
func overtaken() *Case {
	asks := func(misses string) string { return ladder("", "", "watch_after: 1, down_after: "+misses) }
	s := start("a version with an earlier day than one that waits", "R178", asks("2"), "2025-06-01")
	s.Seed("C", "card", "gold", gen.Day("2024-01-01"), 0, 0)
	s.Balance("C", "A", gen.Day("2025-05-31"), yuan(5_000))
	s.through("2025-06-01", "2025-06-02")
	s.want("falls_on", "2025-08-01")
	s.Policy(versioned(asks("3"), 2), 2, gen.Day("2025-07-01"))
	s.Close(gen.Day("2025-06-03"))
	s.want("falls_on", "2025-09-01")
	s.Policy(versioned(asks("1"), 3), 3, gen.Day("2025-06-05"))
	s.through("2025-06-04", "2025-06-10")
	s.want("falls_on", "2025-08-01")
	s.through("2025-06-11", "2025-06-30")
	s.want("tier", "gold", "misses", "1", "changes", "WATCH gold>gold 2025-07-01")
	s.through("2025-07-01", "2025-07-30")
	s.want("tier", "gold", "misses", "1", "falls_on", "2025-08-01")
	s.Close(gen.Day("2025-07-31"))
	s.want("tier", "mass", "changes", "DOWNGRADED gold>mass 2025-08-01")
	return s.c
}
