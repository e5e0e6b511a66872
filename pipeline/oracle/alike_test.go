package oracle_test

import (
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/oracle/cases"
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
)

// On the logs of the cases fold and oracle agree in everything that is compared of random
// ones, not only in what a case wants.
func TestCasesAlike(t *testing.T) {
	t.Parallel()
	for _, c := range cases.All() {
		if c.Skips {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			w := newTwins()
			w.told = true
			for i, r := range c.Log.Records {
				if d := w.step(int64(i), r); d != "" {
					t.Fatalf("after record %d: %s\n%s\n\n%s", i, gen.Line(r), d, c.Log)
				}
			}
		})
	}
}
