package project_test

import (
	"math/rand/v2"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/project"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// future is a World written down: what he reaches from a day on. asked counts
// assessments.
type future struct {
	from    []int32
	reached []uint8
	covered int32
	steady  bool
	asked   int
}

func (f *future) at(d int32) (r uint8) {
	for i, x := range f.from {
		if x <= d {
			r = f.reached[i]
		}
	}
	return r
}

func (f *future) Assess(start, end, decided int32) tier.Assessed {
	f.asked++
	return tier.Assessed{
		Start: start, End: end, Decided: decided, Reached: f.at(end), Point: f.at(decided), Covered: f.covered == 0 || f.covered <= start,
	}
}

func (f *future) Reached(d int32, _ bool) uint8 { return f.at(d) }

func (f *future) Found(d int32) uint8 { return f.at(d) }

func (f *future) NextChange(d int32) int32 {
	for _, x := range f.from {
		if x > d {
			return x
		}
	}
	return 0
}

func (f *future) SteadyFrom() int32 {
	if !f.steady {
		return 0
	}
	return max(1, f.from[len(f.from)-1])
}

func scheme(change func(*policy.Scheme)) *policy.Scheme {
	s := &policy.Scheme{Assess: policy.AssessMonth, Upgrade: policy.AtClose, Tiers: make([]policy.Tier, 4)}
	for t := range s.Tiers[1:] {
		s.Tiers[t+1] = policy.Tier{WatchAfter: 1, DownAfter: 3, Lands: policy.Last}
	}
	if change != nil {
		change(s)
	}
	return s
}

func run(s *policy.Scheme, st tier.State, w project.World, today int32) *project.Run {
	_, end := tier.Period(s, today)
	return &project.Run{Scheme: s, State: st, NextEnd: end, Today: today, Horizon: today + 400, World: w}
}

func TestFall(t *testing.T) {
	jan := day.Of(2025, 1, 20)
	active := func(tr, misses uint8) tier.State { return tier.State{Standing: tier.Active, Tier: tr, Misses: misses} }
	tests := []struct {
		name   string
		scheme *policy.Scheme
		state  tier.State
		world  future
		want   project.Fall
	}{
		{"three short months", scheme(nil), active(2, 0), future{from: []int32{0}, reached: []uint8{1}}, project.Fall{
			On: day.Of(2025, 4, 1), From: 2, To: 1, PeriodStart: day.Of(2025, 3, 1), PeriodEnd: day.Of(2025, 3, 31),
		}},
		{"the third miss is this month", scheme(nil), active(2, 2), future{from: []int32{0}, reached: []uint8{0}}, project.Fall{
			On: day.Of(2025, 2, 1), From: 2, To: 0, PeriodStart: day.Of(2025, 1, 1), PeriodEnd: day.Of(2025, 1, 31),
		}},
		{"he stays", scheme(nil), active(2, 2), future{from: []int32{0}, reached: []uint8{2}, steady: true}, project.Fall{}},
		{"the lowest tier has no fall", scheme(nil), active(0, 0), future{from: []int32{0}, reached: []uint8{0}, steady: true}, project.Fall{}},
		{"windows roll off in May", scheme(nil), active(2, 0), future{from: []int32{0, day.Of(2025, 5, 10)}, reached: []uint8{2, 0}}, project.Fall{
			On: day.Of(2025, 8, 1), From: 2, To: 0, PeriodStart: day.Of(2025, 7, 1), PeriodEnd: day.Of(2025, 7, 31),
		}},
		{"a lag moves the fall", scheme(func(s *policy.Scheme) { s.LagDays = 2 }), active(2, 2), future{from: []int32{0}, reached: []uint8{1}}, project.Fall{
			On: day.Of(2025, 2, 3), From: 2, To: 1, PeriodStart: day.Of(2025, 1, 1), PeriodEnd: day.Of(2025, 1, 31),
		}},
		{"review: the proposal", scheme(func(s *policy.Scheme) { s.Review = true }), active(2, 2), future{from: []int32{0}, reached: []uint8{1}}, project.Fall{
			On: day.Of(2025, 2, 1), From: 2, To: 1, PeriodStart: day.Of(2025, 1, 1), PeriodEnd: day.Of(2025, 1, 31), Proposed: true,
		}},
		{
			"a guarantee to the end of March, misses ignored", scheme(nil),
			tier.State{Standing: tier.Active, Tier: 2, GuaranteeUntil: day.Of(2025, 3, 31)},
			future{from: []int32{0}, reached: []uint8{1}},
			project.Fall{On: day.Of(2025, 7, 1), From: 2, To: 1, PeriodStart: day.Of(2025, 6, 1), PeriodEnd: day.Of(2025, 6, 30)},
		},
		{
			"a hold to the end of February", scheme(nil),
			tier.State{Standing: tier.Active, Tier: 2, HoldUntil: day.Of(2025, 2, 28)},
			future{from: []int32{0}, reached: []uint8{1}},
			project.Fall{On: day.Of(2025, 6, 1), From: 2, To: 1, PeriodStart: day.Of(2025, 5, 1), PeriodEnd: day.Of(2025, 5, 31)},
		},
		{"unknown days do not make him fall", scheme(nil), active(2, 2), future{from: []int32{0}, reached: []uint8{1}, covered: day.Of(2025, 1, 10)}, project.Fall{
			On: day.Of(2025, 3, 1), From: 2, To: 1, PeriodStart: day.Of(2025, 2, 1), PeriodEnd: day.Of(2025, 2, 28),
		}},
		{"EXITED", scheme(nil), tier.State{Standing: tier.Exited, Tier: 2}, future{from: []int32{0}, reached: []uint8{0}}, project.Fall{}},
		{
			"a lift that is lost again is none (R65)", scheme(nil), active(1, 0),
			future{from: []int32{0, day.Of(2025, 2, 10)}, reached: []uint8{2, 1}, steady: true},
			project.Fall{},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := run(tt.scheme, tt.state, &tt.world, jan).Fall(); got != tt.want {
				t.Errorf("falls on %s (%+v), want %s (%+v)", day.String(got.On), got, day.String(tt.want.On), tt.want)
			}
		})
	}
}

func TestFallBeyondTheHorizonIsNone(t *testing.T) {
	s := scheme(nil)
	r := run(s, tier.State{Standing: tier.Active, Tier: 2}, &future{from: []int32{0}, reached: []uint8{0}}, day.Of(2025, 1, 20))
	r.Horizon = day.Of(2025, 3, 31)
	if f := r.Fall(); f.On != 0 {
		t.Errorf("falls on %s, a day after the horizon", day.String(f.On))
	}
}

// TestFallUnderTheNextPolicy: an activation in the log is known in advance.
func TestFallUnderTheNextPolicy(t *testing.T) {
	s, next := scheme(nil), scheme(func(s *policy.Scheme) { s.Tiers[2].DownAfter = 1 })
	r := run(s, tier.State{Standing: tier.Active, Tier: 2}, &future{from: []int32{0}, reached: []uint8{2}, steady: true}, day.Of(2025, 1, 20))
	mapped := false
	r.Switches = []project.Switch{{
		Day: day.Of(2025, 3, 1), Scheme: next, World: &future{from: []int32{0}, reached: []uint8{1}}, Map: func(*tier.State) { mapped = true },
	}}
	if f := r.Fall(); f.On != day.Of(2025, 4, 1) || f.To != 1 || !mapped {
		t.Errorf("falls on %s to %d, want 2025-04-01 to 1", day.String(f.On), f.To)
	}
	r = run(s, tier.State{Standing: tier.Active, Tier: 2}, &future{from: []int32{0}, reached: []uint8{0}}, day.Of(2025, 1, 20))
	r.Switches = []project.Switch{{Day: day.Of(2025, 3, 1)}}
	if f := r.Fall(); f.On != 0 {
		t.Errorf("a scheme that ends on 1 March has no fall on %s", day.String(f.On))
	}
}

// TestFallUnderThePolicyAfterTheNext: rules of which others take the place with the same
// CLOSE have lifted him by then, and so cleared his miss, and guarantee the tier from
// their first day on.
func TestFallUnderThePolicyAfterTheNext(t *testing.T) {
	at := func(reached uint8) *future { return &future{from: []int32{0}, reached: []uint8{reached}} }
	twice := func(s *policy.Scheme) { s.Tiers[2].DownAfter = 2 }
	between := scheme(func(s *policy.Scheme) { twice(s); s.Upgrade, s.GuaranteeMonths = policy.Immediate, 1 })
	r := run(scheme(twice), tier.State{Standing: tier.Active, Tier: 1}, at(0), day.Of(2025, 1, 20))
	none := func(*tier.State) {}
	r.Switches = []project.Switch{
		{Day: day.Of(2025, 2, 1), Scheme: between, World: at(2), Map: none},
		{Day: day.Of(2025, 2, 1), Scheme: scheme(twice), World: at(0), Map: none},
	}
	// February is guaranteed: misses of March and April.
	if f := r.Fall(); f.On != day.Of(2025, 5, 1) {
		t.Errorf("falls on %s, want 2025-05-01", day.String(f.On))
	}
}

// TestFallAgainstDailySteps holds the look-ahead, with its short cuts, against a
// machine that goes through every period of the horizon.
func TestFallAgainstDailySteps(t *testing.T) {
	rhythms := []func(*policy.Scheme){
		nil,
		func(s *policy.Scheme) { s.Assess = policy.AssessQuarter },
		func(s *policy.Scheme) { s.Assess, s.N = policy.AssessDays, 1 },
		func(s *policy.Scheme) { s.Assess, s.N = policy.AssessDays, 7 },
		func(s *policy.Scheme) { s.Review = true },
	}
	landings := []policy.Landing{policy.Last, policy.Best, policy.OneDown}
	for seed := range uint64(1500) {
		rng := rand.New(rand.NewPCG(seed, 10))
		s := scheme(rhythms[rng.IntN(len(rhythms))])
		for i := range s.Tiers[1:] {
			s.Tiers[i+1].DownAfter = uint8(1 + rng.IntN(4))
			s.Tiers[i+1].Lands = landings[rng.IntN(3)]
		}
		s.LagDays = int32(rng.IntN(3))
		today := day.Of(2025, 1, 1) + int32(rng.IntN(90))
		w := &future{from: []int32{0}, reached: []uint8{uint8(rng.IntN(4))}}
		for d := today; rng.IntN(3) > 0; {
			d += int32(1 + rng.IntN(80))
			w.from, w.reached = append(w.from, d), append(w.reached, uint8(rng.IntN(4)))
		}
		w.steady = s.Assess == policy.AssessMonth && rng.IntN(2) == 0
		st := tier.State{Standing: tier.Active, Tier: uint8(rng.IntN(4)), Misses: uint8(rng.IntN(2))}
		if rng.IntN(4) == 0 {
			st.GuaranteeUntil = today + int32(rng.IntN(100))
		}
		r := run(s, st, w, today)
		want := slowly(r)
		if got := r.Fall(); got != want {
			t.Fatalf("seed %d: %+v, want %+v (%+v, state %+v, world %+v)", seed, got, want, s, st, *w)
		}
	}
}

// slowly is the definition of semantics 6: run the machine on, period by period.
func slowly(r *project.Run) project.Fall {
	st, end := r.State, r.NextEnd
	for end < r.Horizon {
		start, _ := tier.Period(r.Scheme, end)
		a := r.World.Assess(start, end, end+r.Scheme.LagDays)
		ch, ok := st.Assess(r.Scheme, a)
		if down := ch.Kind == pb.ChangeKind_DOWNGRADED || ch.Kind == pb.ChangeKind_DOWN_PROPOSED; ok && down && ch.To < r.State.Tier {
			if ch.Effective > r.Horizon {
				return project.Fall{}
			}
			return project.Fall{
				On: ch.Effective, From: ch.From, To: ch.To, PeriodStart: start, PeriodEnd: end, Proposed: ch.Kind == pb.ChangeKind_DOWN_PROPOSED,
			}
		}
		_, end = tier.Period(r.Scheme, end+1)
	}
	return project.Fall{}
}

func TestHorizon(t *testing.T) {
	p := &policy.Plan{LongestWindow: 90}
	tests := []struct {
		s    *policy.Scheme
		want int32
	}{
		{scheme(nil), 90 + 5*31},
		{scheme(func(s *policy.Scheme) { s.Assess = policy.AssessQuarter }), 90 + 5*92},
		{scheme(func(s *policy.Scheme) { s.Assess, s.N, s.LagDays = policy.AssessDays, 10, 3 }), 90 + 5*10 + 3},
		{scheme(func(s *policy.Scheme) { s.Tiers[1].DownAfter = 60 }), 800},
	}
	for _, tt := range tests {
		if got := project.Horizon(p, tt.s); got != tt.want {
			t.Errorf("%+v: %d days, want %d", tt.s, got, tt.want)
		}
	}
}
