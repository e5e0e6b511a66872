package score

import (
	"math/bits"

	"github.com/tierwatch/tierwatch/pipeline/policy"
)

// Points gives the height of the curve at x in basis points: flat outside its
// points, between them the straight line, rounded half to even. A curve without
// points is 0 everywhere.
func Points(c *policy.Curve, x int64) int32 {
	n := len(c.X)
	if n == 0 {
		return 0
	}
	hi := 0 // a curve has a handful of points
	for hi < n && c.X[hi] < x {
		hi++
	}
	switch {
	case hi == n:
		return c.Y[n-1]
	case hi == 0 || c.X[hi] == x:
		return c.Y[hi]
	}
	lo := hi - 1
	// Unsigned differences hold for any two int64.
	run, width := uint64(x)-uint64(c.X[lo]), uint64(c.X[hi])-uint64(c.X[lo])
	// Y is monotone with |Y| ≤ 10000, so rise · run / width ≤ rise: Div64 cannot
	// overflow.
	if c.Y[hi] >= c.Y[lo] {
		return c.Y[lo] + share(uint64(c.Y[hi]-c.Y[lo]), run, width, c.Y[lo])
	}
	return c.Y[hi] + share(uint64(c.Y[lo]-c.Y[hi]), width-run, width, c.Y[hi])
}

// share gives rise · run / width, rounded so that base + share is rounded half to
// even.
func share(rise, run, width uint64, base int32) int32 {
	high, low := bits.Mul64(rise, run)
	quo, rem := bits.Div64(high, low, width)
	down := width - rem
	if rem > down || (rem == down && (int64(base)+int64(quo))&1 == 1) {
		quo++
	}
	return int32(quo)
}
