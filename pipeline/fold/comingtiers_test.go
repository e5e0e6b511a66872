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

// TestAFallBelowTheLowestTier: rules to come put a tier below mass, which asks something
// then. No tier in force can tell where mass falls to, so none is named.
func TestAFallBelowTheLowestTier(t *testing.T) {
	next := strings.NewReplacer("version: 1", "version: 2", "- {name: mass}", "- {name: basic}\n      - {name: mass, from: 10_000, down_after: 1}").Replace(tapePolicy)
	tp := newTape(t, fold.Options{}, tapePolicy)
	tp.txn("1", first, 5_000)
	tp.write(&pb.LogRecord{Seed: &pb.TierSeed{CustomerId: "C1", Scheme: "card", Tier: "mass", SinceDay: first, BusinessDay: first}})
	tp.close(first)
	tp.write(&pb.LogRecord{Policy: &pb.PolicyActivation{Name: "tape", Version: 2, EffectiveDay: day.Of(2025, 2, 1), Yaml: []byte(next)}})
	var told []string
	for d := first + 1; d < day.Of(2025, 1, 31); d++ {
		tp.close(d)
		for _, said := range tp.said {
			if a, ok := said.msg.(*pb.Alert); ok && a.Scheme == "card" {
				told = append(told, a.From+">"+a.LandsOn+" "+day.String(a.FallsOn)+" "+a.TextEn+a.TextZh)
			}
		}
	}
	if len(told) != 1 || !strings.HasPrefix(told[0], "mass> 2025-03-01 WARNING · C1: expected to fall below mass on 1 Mar.") ||
		!strings.Contains(told[0], "预计3月1日降至mass以下。") {
		t.Errorf("told is %q", told)
	}
	if f := tp.explain("C1").Schemes[0].Projection; f.On != day.Of(2025, 3, 1) || !f.Unnamed() {
		t.Errorf("the fall ahead is %+v", f)
	}
}
