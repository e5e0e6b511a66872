package main

import (
	"flag"
	"fmt"
	"math"
	"strconv"
)

// between fails with the first of the flags, whole numbers all, that is less than least
// or more than most.
func between(f *flag.FlagSet, least, most int, names ...string) error {
	for _, name := range names {
		n, err := strconv.Atoi(f.Lookup(name).Value.String())
		switch {
		case err != nil:
			return fmt.Errorf("-%s: %w", name, err)
		case n < least && most == math.MaxInt:
			return fmt.Errorf("-%s %d: must be at least %d", name, n, least)
		case n < least || n > most:
			return fmt.Errorf("-%s %d: must be %d to %d", name, n, least, most)
		}
	}
	return nil
}

// atLeastOne is between without a bound above.
func atLeastOne(f *flag.FlagSet, names ...string) error {
	return between(f, 1, math.MaxInt, names...)
}
