package oracle_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain pins seed and number of the random logs, so that a run says the same
// thing twice. Look further by hand: -rapid.seed=0 draws a new seed, and
// -rapid.checks=1000 draws more.
func TestMain(m *testing.M) {
	flag.Parse()
	given := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for name, value := range map[string]string{"rapid.seed": "20261122", "rapid.checks": "15"} {
		if !given[name] {
			if err := flag.Set(name, value); err != nil {
				panic(err)
			}
		}
	}
	os.Exit(m.Run())
}
