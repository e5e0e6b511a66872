package fold_test

import (
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
)

const countedPolicy = `policy: test
version: 1
classes:
  deposits: {types: [DEMAND, TIME, NOTICE]}
metrics:
  aum: {kind: adb, over: month}
schemes:
  card:
    by: aum
    assess: month
    tiers:
      - {name: mass}
      - {name: gold, from: 50_000}
      - {name: platinum, from: 500_000}
`

// TestTiersAreCountedAmidAPolicysDrain: of three with platinum, which a new version drops
// beside another scheme that it brings, those are counted that it has reached.
func TestTiersAreCountedAmidAPolicysDrain(t *testing.T) {
	l := &gen.Log{}
	l.Begin(countedPolicy, gen.Day("2025-01-01"))
	for _, c := range []string{"C", "D", "E"} {
		l.Seed(c, "card", "platinum", gen.Day("2024-01-01"), 0, 0)
		l.Balance(c, "A"+c, gen.Day("2024-12-31"), 600_000_00)
	}
	second := strings.Replace(strings.Replace(countedPolicy, "version: 1", "version: 2", 1), "    tiers:\n      - {name: mass}", "    replaced_by: {platinum: gold}\n    tiers:\n      - {name: mass}", 1)
	second = strings.Replace(second, "      - {name: platinum, from: 500_000}\n", "", 1) +
		"  club:\n    by: aum\n    assess: month\n    tiers: [{name: guest}, {name: member, from: 1_000}]\n"
	l.Policy(second, 2, gen.Day("2025-01-03"))
	l.CloseThrough(gen.Day("2025-01-01"), gen.Day("2025-01-02"))
	p, out := fold.New(fold.Options{}), fold.Outputs{}
	counted := func() map[string]int64 {
		n := map[string]int64{}
		for _, c := range p.Tiers() {
			if c.Customers > 0 {
				n[c.Scheme+" "+c.Tier] = c.Customers
			}
		}
		return n
	}
	reached := map[int64]bool{}
	for i, r := range l.Records {
		v, err := r.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Apply(int64(i), v, &out); err != nil {
			t.Fatal(err)
		}
		for p.Draining() && !p.Drain(1, &out) {
			if i == len(l.Records)-1 {
				reached[counted()["card gold"]] = true
			}
		}
	}
	if got := counted(); got["card gold"] != 3 || got["card platinum"] != 0 {
		t.Errorf("behind the drain %v, want three with gold", got)
	}
	if !reached[1] || !reached[2] {
		t.Errorf("amid the drain so many with gold: %v, want one and two among them", reached)
	}
}
