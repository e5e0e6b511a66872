package fold

import (
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// A lift goes with the last of the periods before it that one CLOSE decided; none is noted
// before there is a period.
func TestLiftsAreLetGoWithTheirPeriods(t *testing.T) {
	p := New(Options{})
	p.plans.active = &activePlan{plan: &policy.Plan{Version: 7}}
	pl, sc := &place{}, &policy.Scheme{Keep: 3}
	p.lifted(pl, tier.Change{Kind: pb.ChangeKind_UPGRADED, To: 1, Effective: 90})
	for d := int32(100); d < 110; d++ {
		p.keep(pl, sc, &tier.Result{Decided: d})
		p.lifted(pl, tier.Change{Kind: pb.ChangeKind_UPGRADED, To: 1, Effective: d + 1})
		p.lifted(pl, tier.Change{Kind: pb.ChangeKind_UPGRADED, To: 2, Effective: d + 1})
	}
	if got := p.liftsOf(pl); len(got) != 6 || got[0] != (lift{107, 108, 7, 1}) || got[5] != (lift{109, 110, 7, 2}) {
		t.Errorf("kept are %+v", got)
	}
	kept := p.kept(pl)
	if got := p.liftsAfter(pl, kept, 1); len(got) != 2 || got[0].after != 108 {
		t.Errorf("after the second period come %+v", got)
	}
	sc.Keep = 1000
	for d := int32(110); d < 400; d++ {
		p.lifted(pl, tier.Change{Kind: pb.ChangeKind_UPGRADED, To: 1, Effective: d})
	}
	if got := p.liftsOf(pl); len(got) != 255 || got[254].since != 399 {
		t.Errorf("%d lifts, the last %+v", len(got), got[len(got)-1])
	}
	p.unkeep(pl)
	if len(p.liftsOf(pl)) > 0 || pl.lifts != 0 {
		t.Errorf("%+v is left", p.liftsOf(pl))
	}
}
