package fold

import (
	"errors"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/tier"
)

const threeTiers = `policy: tiers
version: 1
classes:
  deposits: {types: [DEMAND]}
metrics:
  aum: {kind: adb, over: month}
schemes:
  card:
    by: aum
    assess: month
    tiers:
      - {name: mass}
      - {name: gold, from: 50_000, down_after: 1}
      - {name: platinum, from: 500_000, down_after: 1}
`

// What an older format kept in the tiers of the present rules is read in those of the
// rules that decided it; where several have become one, the highest.
func TestOlderResultsAreRankedAsDecided(t *testing.T) {
	first, err := policy.Compile("tiers", []byte(threeTiers), policy.Options{BaseCurrency: "CNY"})
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("version: 1", "version: 2", "    tiers:", "    replaced_by: {gold: mass}\n    tiers:",
		"      - {name: gold, from: 50_000, down_after: 1}\n", "").Replace(threeTiers)
	second, err := policy.Compile("tiers", []byte(text), policy.Options{BaseCurrency: "CNY", Previous: first})
	if err != nil {
		t.Fatal(err)
	}
	p := New(Options{})
	p.plans.past, p.plans.active = []*activePlan{p.prepare(first, 0)}, p.prepare(second, 60)
	a := &attached{plan: 1, schemes: p.schemes.Alloc(1)}
	pl := &p.placesUnder(a)[0]
	pl.results, pl.nResults = p.results.Alloc(2), 2
	older := tier.Result{Before: tier.State{Standing: tier.Active, Tier: 1}, Start: 31, End: 58, Decided: 58, Version: 1}
	newer := tier.Result{Before: tier.State{Standing: tier.Active, Tier: 1}, Start: 59, End: 89, Decided: 89, Version: 2, Reached: 1}
	copy(p.kept(pl), []tier.Kept{older.Keep(), newer.Keep()})

	if err := p.upgrade(a, 3, p.everyPlan(nil)); err != nil {
		t.Fatal(err)
	}
	older.Before.Tier, older.Reached = 2, 1 // platinum, and gold of mass and gold
	older.Point = 1
	if got := p.kept(pl); got[0].Result() != older || got[1].Result() != newer {
		t.Errorf("%+v, want %+v and %+v", got, older, newer)
	}
	sc := &second.Schemes[0]
	if now := p.resultPresently(sc, &p.kept(pl)[0]); now.Before.Tier != 1 || now.Reached != 0 {
		t.Errorf("by the present rules it is %+v", now)
	}
}

// Who was saved ahead of the progress record has the places of rules that have still to
// come into force, or to be told; in them there may be fewer schemes than in those before.
func TestResultsOfOneSavedAheadAreRanked(t *testing.T) {
	const other = "  other:\n    by: aum\n    assess: month\n    tiers: [{name: low}, {name: high, from: 50_000, down_after: 1}]\n"
	more := threeTiers + other + strings.ReplaceAll(other, "other", "third")
	first, err := policy.Compile("tiers", []byte(more), policy.Options{BaseCurrency: "CNY"})
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("version: 1", "version: 2", "{name: mass}", "{name: mass}\n      - {name: silver, from: 20_000, down_after: 1}").Replace(threeTiers)
	second, err := policy.Compile("tiers", []byte(text), policy.Options{BaseCurrency: "CNY", Previous: first})
	if err != nil {
		t.Fatal(err)
	}
	for _, told := range []int{0, 1, 2} { // policies that are told before the progress record
		p := New(Options{})
		later := []*activePlan{p.prepare(first, 0), p.prepare(second, 60)}
		if told > 0 {
			p.plans.active, p.plans.pending = later[0], later[1:told]
		}
		was := p.plans
		a := &attached{plan: 1, schemes: p.schemes.Alloc(1)}
		pl := &p.schemes.Block(a.schemes)[0]
		pl.results, pl.nResults = p.results.Alloc(1), 1
		want := tier.Result{Before: tier.State{Standing: tier.Active, Tier: 2}, Start: 31, End: 58, Decided: 58, Version: 1, Reached: 2, Point: 3}
		copy(p.kept(pl), []tier.Kept{want.Keep()})
		if err := p.upgrade(a, 3, p.everyPlan(later[told:])); err != nil {
			t.Fatal(err)
		}
		want.Before.Tier, want.Reached, want.Point = 1, 1, 2 // gold, gold and platinum of three tiers
		if got := p.kept(pl)[0].Result(); got != want {
			t.Errorf("%d told: %+v, want %+v", told, got, want)
		}
		p.plans = was // as finishAll does
		if err := p.upgrade(a, 3, p.everyPlan(nil)); told < 2 && !errors.Is(err, codec.ErrDamaged) {
			t.Errorf("%d told, and no other: %v", told, err)
		}
	}
}
