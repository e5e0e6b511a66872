package fold

import (
	"errors"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/codec"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Tiers that their rules do not have are damage, wherever they stand: as damage they stop a
// start, and not a CLOSE or a correction long after.
func TestStateOfTiersThatAreNoneIsRefused(t *testing.T) {
	const none = 3 // of threeTiers
	kept := func(r tier.Result) func(p *Partition, pl *place) {
		r.Version = 1
		return func(p *Partition, pl *place) {
			pl.results, pl.nResults = p.results.Alloc(1), 1
			p.kept(pl)[0] = r.Keep()
		}
	}
	for name, damage := range map[string]func(p *Partition, pl *place){
		"":                          func(*Partition, *place) {},
		"of the state":              func(_ *Partition, pl *place) { pl.Tier = none },
		"of the fall to come":       func(_ *Partition, pl *place) { pl.planned, pl.fallOn, pl.fallTo = true, 90, none },
		"before a period":           kept(tier.Result{Before: tier.State{Standing: tier.Active, Tier: none}}),
		"reached in a period":       kept(tier.Result{Reached: none}),
		"by the value of a day":     kept(tier.Result{Point: none}),
		"a standing that is none":   kept(tier.Result{Before: tier.State{Standing: tier.Exited + 1}}),
		"lifted to between periods": func(p *Partition, pl *place) { p.noteLift(pl, lift{after: 58, since: 60, version: 1, tier: none}) },
	} {
		p := New(Options{Saves: true})
		var out Outputs
		for i, r := range []*pb.LogRecord{
			{Engine: &pb.Engine{Version: 1, BaseCurrency: "CNY", TimeZone: "UTC"}},
			{Policy: &pb.PolicyActivation{Name: "tiers", Version: 1, EffectiveDay: 1, Yaml: []byte(threeTiers)}},
			{Tick: &pb.Tick{At: 60 * secondsPerDay, BusinessDay: 60}},
			{Seed: &pb.TierSeed{CustomerId: "C", Scheme: "card", Tier: "gold", SinceDay: 59, BusinessDay: 60}},
		} {
			v, err := r.MarshalVT()
			if err == nil {
				err = p.Apply(int64(i), v, &out)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		damage(p, &p.places(0)[0])
		var saves Saves
		p.SaveAnew(4, &saves)
		l := NewLoading(Options{Saves: true})
		for _, r := range saves.List {
			l.Take(r.Key, r.Value)
		}
		if _, _, err := l.Done(); (err != nil) != (name != "") || err != nil && !errors.Is(err, codec.ErrDamaged) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
