package score_test

import (
	"math"
	"math/big"
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
	if got := score.Contribution(s.Parts[0], 2000); got != 1400 {
		t.Errorf("contribution %d, want 1400", got)
	}
}

func BenchmarkPoints(b *testing.B) {
	c := policy.Curve{X: []int64{0, 5_000_000, 50_000_000, 600_000_000}, Y: []int32{0, 2000, 6000, 10000}}
	x := int64(0)
	for b.Loop() {
		score.Points(&c, x%700_000_000)
		x += 7_654_321
	}
}
