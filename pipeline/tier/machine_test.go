package tier_test

import (
	"fmt"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/tier"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// The rungs of the test's card.
const (
	mass uint8 = iota
	gold
	platinum
	diamond
)

var names = [...]string{"mass", "gold", "platinum", "diamond"}

// card is a monthly scheme in which every tier above the lowest asks the same.
func card(watch, down uint8, change func(*policy.Scheme)) *policy.Scheme {
	s := &policy.Scheme{Assess: policy.AssessMonth, Upgrade: policy.AtClose, Entry: policy.FirstAssessment, Tiers: make([]policy.Tier, 4)}
	for t := range s.Tiers {
		s.Tiers[t].Name = names[t]
		if t > 0 {
			s.Tiers[t].WatchAfter, s.Tiers[t].DownAfter, s.Tiers[t].Lands = watch, down, policy.Last
		}
	}
	if change != nil {
		change(s)
	}
	return s
}

// month is the assessment of the n-th month after December 2024.
func month(n int32, reached uint8) tier.Assessed {
	start := day.AddMonths(day.Of(2025, 1, 1), n-1)
	return tier.Assessed{Start: start, End: day.MonthEnd(start), Decided: day.MonthEnd(start), Reached: reached, Point: reached, Covered: true}
}

// tell writes what an assessment did as a banker says it.
func tell(st *tier.State, ch tier.Change, ok bool) string {
	said := "-"
	if ok {
		said = fmt.Sprintf("%s %s->%s %s", ch.Kind, names[ch.From], names[ch.To], day.String(ch.Effective))
	}
	watch := ""
	if st.Watch {
		watch = " watch"
	}
	return fmt.Sprintf("%s | %s m%d%s", said, names[st.Tier], st.Misses, watch)
}

// TestMachine: one row a month, in what the customer reached, what is said and
// where he stands after it.
func TestMachine(t *testing.T) {
	type row struct {
		reached uint8
		want    string
	}
	active := func(tr uint8) tier.State {
		return tier.State{Standing: tier.Active, Tier: tr, Since: day.Of(2024, 6, 1)}
	}
	tests := []struct {
		name   string
		scheme *policy.Scheme
		from   tier.State
		rows   []row
	}{
		{"NEW enters by his first month, and rises by the next", card(1, 3, nil), tier.State{}, []row{
			{gold, "ENTERED mass->gold 2025-02-01 | gold m0"},
			{platinum, "UPGRADED gold->platinum 2025-03-01 | platinum m0"},
			{platinum, "- | platinum m0"},
		}},
		{"the lowest tier takes everybody in", card(1, 3, nil), tier.State{}, []row{
			{mass, "ENTERED mass->mass 2025-02-01 | mass m0"},
			{mass, "- | mass m0"},
		}},
		{"watch after one miss, fall after three, land where he is (R26, R28, R33)", card(1, 3, nil), active(platinum), []row{
			{gold, "WATCH platinum->platinum 2025-02-01 | platinum m1 watch"},
			{mass, "- | platinum m2 watch"},
			{gold, "DOWNGRADED platinum->gold 2025-04-01 | gold m0"},
			{gold, "- | gold m0"},
		}},
		{"a qualifying month clears misses and watch (R32)", card(1, 3, nil), active(platinum), []row{
			{gold, "WATCH platinum->platinum 2025-02-01 | platinum m1 watch"},
			{gold, "- | platinum m2 watch"},
			{platinum, "WATCH_CLEARED platinum->platinum 2025-04-01 | platinum m0"},
			{gold, "WATCH platinum->platinum 2025-05-01 | platinum m1 watch"},
		}},
		{"misses clear in silence where no watch was set", card(0, 3, nil), active(platinum), []row{
			{gold, "- | platinum m1"},
			{gold, "- | platinum m2"},
			{platinum, "- | platinum m0"},
		}},
		{"an upgrade clears misses too", card(1, 3, nil), active(gold), []row{
			{mass, "WATCH gold->gold 2025-02-01 | gold m1 watch"},
			{diamond, "UPGRADED gold->diamond 2025-03-01 | diamond m0"},
		}},
		{"next_period: an upgrade counts from the day after the period (R28)", card(1, 3, func(s *policy.Scheme) {
			s.Upgrade, s.LagDays = policy.NextPeriod, 5
		}), active(mass), []row{{gold, "UPGRADED mass->gold 2025-02-01 | gold m0"}}},
		{"at_close with a lag: the day after the deciding CLOSE (R28)", card(1, 1, func(s *policy.Scheme) {
			s.LagDays = 5
		}), active(mass), []row{
			{gold, "UPGRADED mass->gold 2025-02-06 | gold m0"},
			{mass, "DOWNGRADED gold->mass 2025-03-06 | mass m0"},
		}},
		{"best: of the best of the missed months", card(0, 3, lands(policy.Best)), active(diamond), []row{
			{platinum, "- | diamond m1"},
			{mass, "- | diamond m2"},
			{mass, "DOWNGRADED diamond->platinum 2025-04-01 | platinum m0"},
		}},
		{"best forgets misses that were cleared", card(0, 2, lands(policy.Best)), active(diamond), []row{
			{platinum, "- | diamond m1"},
			{diamond, "- | diamond m0"},
			{mass, "- | diamond m1"},
			{gold, "DOWNGRADED diamond->gold 2025-05-01 | gold m0"},
		}},
		{"one_down: a rung at a time", card(0, 1, lands(policy.OneDown)), active(diamond), []row{
			{mass, "DOWNGRADED diamond->platinum 2025-02-01 | platinum m0"},
			{mass, "DOWNGRADED platinum->gold 2025-03-01 | gold m0"},
			{mass, "DOWNGRADED gold->mass 2025-04-01 | mass m0"},
			{mass, "- | mass m0"},
		}},
		{"review: proposed once, counted on, withdrawn by a good month (R34)", card(1, 2, func(s *policy.Scheme) {
			s.Review = true
		}), active(gold), []row{
			{mass, "WATCH gold->gold 2025-02-01 | gold m1 watch"},
			{mass, "DOWN_PROPOSED gold->mass 2025-03-01 | gold m2 watch"},
			{mass, "- | gold m3 watch"},
			{gold, "WATCH_CLEARED gold->gold 2025-05-01 | gold m0"},
			{mass, "WATCH gold->gold 2025-06-01 | gold m1 watch"},
			{mass, "DOWN_PROPOSED gold->mass 2025-07-01 | gold m2 watch"},
		}},
		{"EXITED: nothing is decided any more (R35)", card(1, 1, nil), tier.State{Standing: tier.Exited, Tier: gold}, []row{
			{mass, "- | gold m0"},
			{diamond, "- | gold m0"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			st := tt.from
			for i, r := range tt.rows {
				a := month(int32(i+1), r.reached)
				a.Decided += tt.scheme.LagDays
				ch, ok := st.Assess(tt.scheme, a)
				if got := tell(&st, ch, ok); got != r.want {
					t.Fatalf("month %d, reached %s:\n got %s\nwant %s", i+1, names[r.reached], got, r.want)
				}
			}
		})
	}
}

func lands(l policy.Landing) func(*policy.Scheme) {
	return func(s *policy.Scheme) {
		for t := range s.Tiers[1:] {
			s.Tiers[t+1].Lands = l
		}
	}
}

// TestLandingByBalance: where the point value is at the CLOSE, but always lower
// than the tier that was missed (R33).
func TestLandingByBalance(t *testing.T) {
	for point, want := range map[uint8]uint8{mass: mass, gold: gold, platinum: gold, diamond: gold} {
		st := tier.State{Standing: tier.Active, Tier: platinum}
		a := month(1, mass)
		a.Point = point
		if ch, ok := st.Assess(card(0, 1, lands(policy.ByBalance)), a); !ok || ch.To != want || st.Tier != want {
			t.Errorf("point value %s lands on %s, want %s", names[point], names[ch.To], names[want])
		}
	}
}

// TestUncoveredPeriods: they lift, and do nothing else (R27).
func TestUncoveredPeriods(t *testing.T) {
	tests := []struct {
		name    string
		from    tier.State
		reached uint8
		want    string
	}{
		{"no miss", tier.State{Standing: tier.Active, Tier: gold, Misses: 2}, mass, "- | gold m2"},
		{"a lift", tier.State{Standing: tier.Active, Tier: gold, Misses: 2}, platinum, "UPGRADED gold->platinum 2025-02-01 | platinum m0"},
		{"it qualifies", tier.State{Standing: tier.Active, Tier: gold, Misses: 2}, gold, "- | gold m0"},
		{"NEW stays NEW", tier.State{}, mass, "- | mass m0"},
		{"NEW above the lowest enters", tier.State{}, gold, "ENTERED mass->gold 2025-02-01 | gold m0"},
	}
	for _, tt := range tests {
		st := tt.from
		a := month(1, tt.reached)
		a.Covered = false
		ch, ok := st.Assess(card(0, 3, nil), a)
		if got := tell(&st, ch, ok); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
		if tt.name == "NEW stays NEW" && st.Standing != tier.New {
			t.Error("he is no longer NEW")
		}
	}
}

// TestGuarantee: guaranteed to 28 Feb 2026, short since October 2025: falls on
// 1 June if misses are ignored meanwhile, on 1 March if they count (semantics 5).
func TestGuarantee(t *testing.T) {
	for counted, want := range map[bool]int32{false: day.Of(2026, 6, 1), true: day.Of(2026, 3, 1)} {
		s := card(0, 3, func(s *policy.Scheme) { s.GuaranteeMonths, s.GuaranteeCounted = 12, counted })
		st := tier.State{Standing: tier.Active, Tier: mass}
		if ch, ok := st.Assess(s, month(2, gold)); !ok || ch.Effective != day.Of(2025, 3, 1) || st.GuaranteeUntil != day.Of(2026, 2, 28) {
			t.Fatalf("gained on %s, guaranteed until %s", day.String(ch.Effective), day.String(st.GuaranteeUntil))
		}
		var fell int32
		for n := int32(3); n < 24 && fell == 0; n++ {
			reached := gold
			if n >= 10 {
				reached = mass
			}
			if ch, ok := st.Assess(s, month(n, reached)); ok && ch.Kind == pb.ChangeKind_DOWNGRADED {
				fell = ch.Effective
			}
		}
		if fell != want {
			t.Errorf("counted %t: falls on %s, want %s", counted, day.String(fell), day.String(want))
		}
	}
}

// TestProtection of three months from entry: misses until then are none (R30).
func TestProtection(t *testing.T) {
	s := card(0, 1, func(s *policy.Scheme) { s.ProtectMonths = 3 })
	var st tier.State
	st.Assess(s, month(1, gold))
	if st.ProtectUntil != day.Of(2025, 4, 30) {
		t.Fatalf("protected until %s, want 2025-04-30", day.String(st.ProtectUntil))
	}
	for n := int32(2); n <= 4; n++ {
		if _, ok := st.Assess(s, month(n, mass)); ok || st.Misses != 0 {
			t.Fatalf("month %d did something", n)
		}
	}
	if ch, ok := st.Assess(s, month(5, mass)); !ok || ch.Kind != pb.ChangeKind_DOWNGRADED || ch.Effective != day.Of(2025, 6, 1) {
		t.Errorf("May: %+v %t, want a fall on 1 June", ch, ok)
	}
}

// TestHold: the tier by hand, at once, through its last day; periods that end by
// then do nothing (R31).
func TestHold(t *testing.T) {
	s := card(1, 1, nil)
	st := tier.State{Standing: tier.Active, Tier: gold, Misses: 2, Watch: true, Since: 9}
	d := day.Of(2025, 1, 10)
	ch := st.Hold(diamond, d, day.Of(2025, 3, 31))
	if ch.Kind != pb.ChangeKind_OVERRIDDEN || ch.From != gold || ch.To != diamond || ch.Effective != d || st.Since != d || st.Misses != 0 || st.Watch {
		t.Errorf("the hold: %+v, %+v", ch, st)
	}
	for n, reached := range []uint8{mass, mass, mass} {
		if _, ok := st.Assess(s, month(int32(n+1), reached)); ok || st.Misses != 0 || st.Tier != diamond {
			t.Fatalf("month %d is held", n+1)
		}
	}
	if ch, ok := st.Assess(s, month(4, mass)); !ok || ch.Kind != pb.ChangeKind_DOWNGRADED || ch.Effective != day.Of(2025, 5, 1) {
		t.Errorf("after the hold: %+v %t", ch, ok)
	}
	again := tier.State{Standing: tier.Active, Tier: gold, Since: 9}
	if again.Hold(gold, d, d+1); again.Since != 9 {
		t.Error("holding the same tier does not begin it anew")
	}
	var fresh tier.State
	if fresh.Hold(gold, d, d+1); fresh.Standing != tier.Active || fresh.Since != d {
		t.Error("a NEW customer is taken in by a hold")
	}
}

// TestSeed: tier, misses and guarantee as the bank says (R36).
func TestSeed(t *testing.T) {
	s := card(2, 3, nil)
	for misses, watch := range map[uint8]bool{0: false, 1: false, 2: true, 255: true} {
		st := tier.State{Standing: tier.Exited, Tier: gold, HoldUntil: 99, Proposed: true}
		ch := st.Seed(s, platinum, misses, 50, 60, 55)
		want := tier.State{Standing: tier.Active, Tier: platinum, Misses: misses, Watch: watch, Since: 50, GuaranteeUntil: 60}
		if st != want || ch.Kind != pb.ChangeKind_SEEDED || ch.Effective != 50 || ch.Decided != 55 || ch.To != platinum {
			t.Errorf("%d misses: %+v, %+v", misses, ch, st)
		}
	}
	st := tier.State{}
	st.Seed(s, gold, 2, 1, 0, 1)
	if ch, ok := st.Assess(s, month(1, mass)); !ok || ch.Kind != pb.ChangeKind_DOWNGRADED {
		t.Error("seeded misses count")
	}
}

func TestExitAndBack(t *testing.T) {
	st := tier.State{Standing: tier.Active, Tier: platinum, Misses: 2, GuaranteeUntil: 99}
	if ch := st.Exit(40); ch.Kind != pb.ChangeKind_EXITED || ch.From != platinum || ch.Effective != 40 {
		t.Errorf("the exit: %+v", ch)
	}
	if want := (tier.State{Standing: tier.Exited, Tier: platinum}); st != want {
		t.Errorf("left as %+v", st)
	}
}

// TestMissesStopAtTheirBound: 300 missed months under review do not begin anew.
func TestMissesStopAtTheirBound(t *testing.T) {
	s := card(1, 3, func(s *policy.Scheme) { s.Review = true })
	st := tier.State{Standing: tier.Active, Tier: gold}
	proposed := 0
	for n := range int32(300) {
		if ch, ok := st.Assess(s, month(n+1, mass)); ok && ch.Kind == pb.ChangeKind_DOWN_PROPOSED {
			proposed++
		}
	}
	if st.Misses != 255 || proposed != 1 {
		t.Errorf("%d misses, proposed %d times, want 255 and once", st.Misses, proposed)
	}
}

// TestNoPathLeavesTheRungs: random states and assessments never leave the tiers,
// and a fall is never to where he stood.
func TestNoPathLeavesTheRungs(t *testing.T) {
	for _, l := range []policy.Landing{policy.Last, policy.Best, policy.OneDown, policy.ByBalance} {
		for down := uint8(1); down < 4; down++ {
			s := card(1, down, lands(l))
			var st tier.State
			x := uint32(7)
			for n := range int32(400) {
				x = x*1664525 + 1013904223
				a := month(n%300+1, uint8(x>>20%4))
				a.Point, a.Covered = uint8(x>>10%4), x>>28 != 0
				was := st
				ch, ok := st.Assess(s, a)
				if st.Tier > diamond || st.Misses >= down && down > 0 {
					t.Fatalf("landing %d: %+v after %+v", l, st, a)
				}
				if ok && ch.Kind == pb.ChangeKind_DOWNGRADED && ch.To >= was.Tier {
					t.Fatalf("landing %d: fell from %d to %d", l, was.Tier, ch.To)
				}
				if !ok && (st.Tier != was.Tier || st.Watch != was.Watch) {
					t.Fatalf("landing %d: moved in silence from %+v to %+v", l, was, st)
				}
			}
		}
	}
}

func TestPeriods(t *testing.T) {
	d := day.Of(2024, 2, 29)
	tests := []struct {
		s          policy.Scheme
		start, end int32
	}{
		{policy.Scheme{Assess: policy.AssessMonth}, day.Of(2024, 2, 1), d},
		{policy.Scheme{Assess: policy.AssessQuarter}, day.Of(2024, 1, 1), day.Of(2024, 3, 31)},
		{policy.Scheme{Assess: policy.AssessDays, N: 1}, d, d},
		{policy.Scheme{Assess: policy.AssessDays, N: 7}, d - d%7, d - d%7 + 6},
		{policy.Scheme{Assess: policy.AssessEvent}, d, d},
	}
	for _, tt := range tests {
		if start, end := tier.Period(&tt.s, d); start != tt.start || end != tt.end {
			t.Errorf("%+v: %s…%s, want %s…%s", tt.s, day.String(start), day.String(end), day.String(tt.start), day.String(tt.end))
		}
		// Periods tile the calendar.
		for x := int32(1); x < 40_000; {
			start, end := tier.Period(&tt.s, x)
			if next, _ := tier.Period(&tt.s, end+1); start > x || end < x || next != end+1 {
				t.Fatalf("%+v: period of %d is %d…%d, the next begins %d", tt.s, x, start, end, next)
			}
			x = end + 1
		}
	}
}

func TestResultGivesBackWhatWasAssessed(t *testing.T) {
	a := month(3, gold)
	a.Point = mass
	r := tier.Result{Start: a.Start, End: a.End, Decided: a.Decided, Reached: a.Reached, Point: a.Point, Covered: a.Covered}
	if r.Assessed() != a {
		t.Errorf("%+v, want %+v", r.Assessed(), a)
	}
}
