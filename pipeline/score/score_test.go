package score_test

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/pipeline/score"
)

func TestPoints(t *testing.T) {
	rising := policy.Curve{X: []int64{0, 5_000_000, 50_000_000}, Y: []int32{0, 2000, 6000}}
	falling := policy.Curve{X: []int64{7, 90}, Y: []int32{10000, 0}}
	halves := policy.Curve{X: []int64{0, 4}, Y: []int32{0, 2}}
	fallingHalves := policy.Curve{X: []int64{0, 4}, Y: []int32{2, 0}}
	wide := policy.Curve{X: []int64{math.MinInt64, math.MaxInt64}, Y: []int32{0, 10000}}
	for _, tc := range []struct {
		name  string
		curve policy.Curve
		x     int64
		want  int32
	}{
		{"below the first point", rising, -1, 0},
		{"on a point", rising, 5_000_000, 2000},
		{"between", rising, 2_500_000, 1000},
		{"between the next", rising, 27_500_000, 4000},
		{"above the last", rising, math.MaxInt64, 6000},
		{"falling, before", falling, 0, 10000},
		{"falling, 10000·82/83 = 9879.5…", falling, 8, 9880},
		{"falling, after", falling, 400, 0},
		{"0.5 to even 0", halves, 1, 0},
		{"1.5 to even 2", halves, 3, 2},
		{"falling 1.5 to even 2", fallingHalves, 1, 2},
		{"falling 0.5 to even 0", fallingHalves, 3, 0},
		{"the whole range of int64", wide, -1, 5000},
		{"no points", policy.Curve{}, 5, 0},
	} {
		if got := score.Points(&tc.curve, tc.x); got != tc.want {
			t.Errorf("%s: Points(%d) = %d, want %d", tc.name, tc.x, got, tc.want)
		}
	}
}

// TestPointsExact compares with rationals of any size.
func TestPointsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x0 := rapid.Int64().Draw(t, "x0")
		x1 := rapid.Int64().Filter(func(v int64) bool { return v > x0 }).Draw(t, "x1")
		y0, y1 := rapid.Int32Range(0, 10000).Draw(t, "y0"), rapid.Int32Range(0, 10000).Draw(t, "y1")
		x := rapid.Int64Range(x0, x1).Draw(t, "x")
		frac := new(big.Rat).SetFrac(
			new(big.Int).Sub(big.NewInt(x), big.NewInt(x0)),
			new(big.Int).Sub(big.NewInt(x1), big.NewInt(x0)))
		frac.Mul(frac, big.NewRat(int64(y1)-int64(y0), 1))
		frac.Add(frac, big.NewRat(int64(y0), 1))
		want := halfEven(frac)
		if got := score.Points(&policy.Curve{X: []int64{x0, x1}, Y: []int32{y0, y1}}, x); int64(got) != want {
			t.Fatalf("got %d, want %d (%s)", got, want, frac.FloatString(6))
		}
	})
}

// halfEven rounds r ≥ 0.
func halfEven(r *big.Rat) int64 {
	twice := new(big.Int).Mul(r.Num(), big.NewInt(2))
	q, rem := new(big.Int).QuoRem(twice, r.Denom(), new(big.Int))
	n := q.Int64() / 2
	if q.Bit(0) == 1 && (rem.Sign() > 0 || n&1 == 1) {
		n++
	}
	return n
}

func TestSum(t *testing.T) {
	s := policy.Score{Parts: []policy.Part{{Dimension: 1, WeightBP: 7000}, {Dimension: 0, WeightBP: 3000}}}
	if got := score.Sum(&s, []int32{10000, 2000}); got != 4400 {
		t.Errorf("70 %% of 2000 and 30 %% of 10000: %d, want 4400", got)
	}
	half := policy.Score{Parts: []policy.Part{{Dimension: 0, WeightBP: 5000}, {Dimension: 1, WeightBP: 5000}}}
	for points, want := range map[[2]int32]int32{{1, 0}: 0, {1, 2}: 2, {3, 2}: 2, {10000, 10000}: 10000} {
		if got := score.Sum(&half, points[:]); got != want {
			t.Errorf("half of %v: %d, want %d", points, got, want)
		}
	}
}

func TestContributions(t *testing.T) {
	weigh := func(weights ...int32) *policy.Score {
		s := &policy.Score{}
		for i, w := range weights {
			s.Parts = append(s.Parts, policy.Part{Dimension: i, WeightBP: w})
		}
		return s
	}
	for _, tc := range []struct {
		name   string
		of     *policy.Score
		points []int32
		want   []int32
	}{
		{"exact", weigh(7000, 3000), []int32{2000, 10000}, []int32{1400, 3000}},
		{"116.6 and 5900: the score is 6017", weigh(2000, 8000), []int32{583, 7375}, []int32{117, 5900}},
		{"0.5 and 0.5: the earlier of two that are equal", weigh(5000, 5000), []int32{1, 1}, []int32{1, 0}},
		{"0.5 and 0: the score is 0, half to even", weigh(5000, 5000), []int32{1, 0}, []int32{0, 0}},
		{"0.6, 0.9 and 1: the score is 2, half to even", weigh(2000, 3000, 5000), []int32{3, 3, 2}, []int32{0, 1, 1}},
		{"no parts", weigh(), nil, []int32{}},
	} {
		if got := score.Contributions(tc.of, tc.points); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

// TestContributionsAddUp: what is shown adds up to the score, and each part is less
// than a basis point from what it is exactly (rule R110).
func TestContributionsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, left := &policy.Score{}, int32(10000)
		var points []int32
		for left > 0 {
			w := rapid.Int32Range(1, left).Draw(t, "weight")
			s.Parts = append(s.Parts, policy.Part{Dimension: len(points), WeightBP: w})
			points = append(points, rapid.Int32Range(0, 10000).Draw(t, "points"))
			left -= w
		}
		sum := int32(0)
		for i, gives := range score.Contributions(s, points) {
			sum += gives
			exact := int64(points[i]) * int64(s.Parts[i].WeightBP)
			if off := int64(gives)*10000 - exact; off <= -10000 || off >= 10000 {
				t.Fatalf("part %d of %v x %v gives %d", i, points, s.Parts, gives)
			}
		}
		if want := score.Sum(s, points); sum != want {
			t.Fatalf("%v x %v: parts add up to %d, the score is %d", points, s.Parts, sum, want)
		}
	})
}

func BenchmarkPoints(b *testing.B) {
	c := policy.Curve{X: []int64{0, 5_000_000, 50_000_000, 600_000_000}, Y: []int32{0, 2000, 6000, 10000}}
	x := int64(0)
	for b.Loop() {
		score.Points(&c, x%700_000_000)
		x += 7_654_321
	}
}
