package project_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/metric"
	"github.com/tierwatch/tierwatch/pipeline/project"
	"github.com/tierwatch/tierwatch/pipeline/wide"
)

// times is the sum of an amount held over days, in the scale of sums.
func times(amount, days int64) wide.Int { return wide.Mul(metric.Scale*days, amount) }

// june is the example of semantics 6: N = 30, T = 500,000; 20 days at 520,000, then
// 300,000, looked at with left days to go.
func june(left int32) project.Gap {
	low := int64(10 - left)
	return project.Gap{
		Need:     times(50_000_000, 30),
		Estimate: times(52_000_000, 20).Add(times(30_000_000, 10)),
		SoFar:    times(52_000_000, 20).Add(times(30_000_000, low)),
		Scale:    metric.Scale, Divisor: 30, Today: 31 - left, End: 30, WeightBP: 10_000,
	}
}

func TestMoneyOfTheExample(t *testing.T) {
	tests := []struct {
		left          int32
		daily, topUp  int64
		waitOn        [2]int32
		waitTopUp     [2]int64
		reachable     bool
		shortfallLeft int64
	}{
		{10, 46_000_000, 16_000_000, [2]int32{26, 30}, [2]int64{32_000_000, 160_000_000}, true, 5_333_333},
		{7, 52_857_143, 22_857_143, [2]int32{28, 30}, [2]int64{53_333_334, 160_000_000}, true, 5_333_333},
		{5, 62_000_000, 32_000_000, [2]int32{29, 30}, [2]int64{80_000_000, 160_000_000}, true, 5_333_333},
		{2, 110_000_000, 80_000_000, [2]int32{30, 0}, [2]int64{160_000_000, 0}, true, 5_333_333},
		{1, 190_000_000, 160_000_000, [2]int32{}, [2]int64{}, true, 5_333_333},
		{0, 0, 0, [2]int32{}, [2]int64{}, false, 5_333_333},
	}
	for _, tt := range tests {
		g := june(tt.left)
		m := project.Money{Threshold: 50_000_000, Estimate: 44_666_667}
		g.Levers(&m)
		want := project.Money{
			Lever: tt.reachable, Reachable: tt.reachable, Threshold: 50_000_000, Estimate: 44_666_667, Shortfall: tt.shortfallLeft,
			Daily: tt.daily, TopUp: tt.topUp, WaitOn: tt.waitOn, WaitTopUp: tt.waitTopUp,
		}
		if m != want {
			t.Errorf("%d days left:\n got %+v\nwant %+v", tt.left, m, want)
		}
	}
}

func TestMoneyOfAPoint(t *testing.T) {
	g := project.Gap{
		Need: times(100, 1), Estimate: times(40, 1), SoFar: times(0, 1), Scale: metric.Scale, Divisor: 1,
		Today: 10, End: 20, WeightBP: 10_000, Point: true,
	}
	m := project.Money{Threshold: 100, Estimate: 40}
	g.Levers(&m)
	if m.TopUp != 60 || m.WaitTopUp != [2]int64{60, 60} || m.Shortfall != 60 {
		t.Errorf("only the last day counts, so waiting costs nothing: %+v", m)
	}
}

func TestMoneyWithoutLever(t *testing.T) {
	g := june(10)
	g.WeightBP = 0
	m := project.Money{Threshold: 50_000_000, Estimate: 44_666_667}
	g.Levers(&m)
	if m.Lever || m.Reachable || m.TopUp != 0 || m.Shortfall != 5_333_333 {
		t.Errorf("no class counts a deposit: %+v", m)
	}
}

func TestMoneyThatSuffices(t *testing.T) {
	g := june(10)
	g.Estimate = g.Need
	m := project.Money{Threshold: 50_000_000, Estimate: 50_000_000}
	g.Levers(&m)
	if !m.Lever || m.TopUp != 0 || m.Shortfall != 0 || m.WaitOn != [2]int32{} {
		t.Errorf("equality qualifies: %+v", m)
	}
}

func TestHoldAfter(t *testing.T) {
	tests := []struct {
		divisor, days, weight, want int64
	}{
		{30, 30, 10_000, 50_000_000},
		{31, 31, 10_000, 50_000_000},
		{30, 28, 10_000, 53_571_429}, // day_count 30 in February: 535,714.29
		{30, 31, 10_000, 48_387_097},
		{30, 30, 5_000, 100_000_000},
		{30, 30, 3_333, 150_015_002},
		{30, 30, 0, 0},
	}
	for _, tt := range tests {
		if got := project.HoldAfter(50_000_000, tt.divisor, tt.days, tt.weight); got != tt.want {
			t.Errorf("÷%d over %d days at %d bp: %d, want %d", tt.divisor, tt.days, tt.weight, got, tt.want)
		}
	}
}

// TestTopUpIsTheSmallest: what is asked for makes the period qualify, one minor
// unit less does not.
func TestTopUpIsTheSmallest(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	for i := range 3000 {
		days := int64(1 + rng.IntN(92))
		left := 1 + rng.Int64N(days)
		weight := 1 + rng.Int64N(10_000)
		need := wide.Mul(metric.Scale*days, 1+rng.Int64N(9_000_000_000))
		estimate := wide.Mul(metric.Scale*days/1000*rng.Int64N(1000), 1+rng.Int64N(9_000_000_000))
		g := project.Gap{
			Need: need, Estimate: estimate, SoFar: estimate, Scale: metric.Scale, Divisor: days,
			Today: 1000, End: 1000 + int32(left) - 1, WeightBP: weight, Point: i%7 == 0,
		}
		var m project.Money
		g.Levers(&m)
		counts := left
		if g.Point {
			counts = 1
		}
		after := func(deposit int64) wide.Int {
			return estimate.Add(wide.Mul(metric.Scale/10_000*weight*counts, deposit))
		}
		if after(m.TopUp).Cmp(need) < 0 {
			t.Fatalf("%+v: a top-up of %d does not suffice", g, m.TopUp)
		}
		if m.TopUp > 0 && after(m.TopUp-1).Cmp(need) >= 0 {
			t.Fatalf("%+v: less than %d suffices", g, m.TopUp)
		}
		if m.TopUp < 0 || m.Daily < 0 || m.Shortfall < 0 {
			t.Fatalf("%+v: negative money %+v", g, m)
		}
		for k, on := range m.WaitOn {
			if on != 0 && (on <= g.Today || on > g.End || m.WaitTopUp[k] < m.TopUp) {
				t.Fatalf("%+v: waiting until %d costs %d, today %d", g, on, m.WaitTopUp[k], m.TopUp)
			}
		}
		if m.WaitOn[0] != 0 && m.WaitOn[0] == m.WaitOn[1] {
			t.Fatalf("%+v: waits for the same day twice", g)
		}
	}
}

func ExampleHoldAfter() {
	hold := project.HoldAfter(50_000_000, 30, 28, 10_000)
	fmt.Printf("%d.%02d\n", hold/100, hold%100)
	// Output: 535714.29
}
