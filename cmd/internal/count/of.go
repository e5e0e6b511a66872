package count

import (
	"fmt"
	"strings"
)

// Of counts things: "1 row", "2 rows", "0 entries". The thing is a regular noun,
// or words that end with one: "event id".
func Of[N ~int | ~int32 | ~int64 | ~uint64](n N, thing string) string {
	return fmt.Sprintf("%d %s", n, named(n == 1, thing))
}

func named(one bool, thing string) string {
	stem, y := strings.CutSuffix(thing, "y")
	switch {
	case one:
		return thing
	case y && !strings.ContainsAny(stem[max(0, len(stem)-1):], "aeou"): // a day, two days
		return stem + "ies"
	}
	return thing + "s"
}
