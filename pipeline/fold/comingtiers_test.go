package fold_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// TestAFallUnderRulesToComeIsToldByThePresentOnes: rules to come put two tiers between
// gold and mass. Gold falls to the upper of them, a rank that the present rules do not
// have: it is told as mass, the highest present tier that becomes no higher one (rule
// R139).
func TestAFallUnderRulesToComeIsToldByThePresentOnes(t *testing.T) {
	now := strings.Replace(tapePolicy, "      - {name: platinum, from: 500_000, watch_after: 1, down_after: 2, lands_on: last}\n", "", 1)
	next := strings.NewReplacer(
		"version: 1", "version: 2",
		"      - {name: gold,     from: 50_000,", "      - {name: tin, from: 10_000}\n      - {name: silver, from: 20_000}\n      - {name: gold,     from: 50_000,",
	).Replace(now)
	tp := newTape(t, fold.Options{}, now)
	tp.txn("1", first, 30_000)
	tp.write(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "card", Tier: "gold", SinceDay: first, BusinessDay: first}})
	tp.close(first)
	tp.write(&pb.LogRecord{Policy: &pb.PolicyActivation{Name: "tape", Version: 2, EffectiveDay: day.Of(2025, 2, 1), Yaml: []byte(next)}})
	foretold, last := 0, ""
	for d := first + 1; d <= day.Of(2025, 3, 31); d++ {
		tp.close(d)
		for _, said := range tp.said {
			x, ok := said.msg.(*pb.Snapshot)
			if !ok {
				continue
			}
			c := x.Schemes[slices.IndexFunc(x.Schemes, func(c *pb.SchemeSnapshot) bool { return c.Scheme == "card" })]
			want := "silver"
			if x.Policy.Version == 1 {
				want = "mass"
			}
			if c.DownOn != 0 && c.LandsOn != want {
				t.Errorf("the row of %s, version %d, lands on %q", day.String(x.Day), x.Policy.Version, c.LandsOn)
			}
			if c.DownOn != 0 && x.Policy.Version == 1 {
				foretold++
			}
			last = c.Tier
		}
	}
	if foretold == 0 || last != "silver" {
		t.Errorf("the fall is foretold by %d rows under the present rules, and in the end the tier is %q", foretold, last)
	}
}
