package oracle

import (
	"math/big"

	"github.com/tierwatch/tierwatch/pipeline/policy"
)

// Score is the value of a score by index as of a day, basis points.
func (c *Customer) Score(plan *policy.Plan, i int, d Day, cut int64) int32 {
	return c.score(plan, i, moment{day: d, sec: cut})
}

func (c *Customer) score(plan *policy.Plan, i int, at moment) int32 {
	sum := new(big.Int)
	for _, part := range plan.Scores[i].Parts {
		dim := &plan.Dimensions[part.Dimension]
		points := onCurve(&dim.Curve, c.metric(plan, dim.Metric, at))
		sum.Add(sum, new(big.Int).Mul(points, big.NewInt(int64(part.WeightBP))))
	}
	return int32(divide(sum, big.NewInt(10_000)).Int64())
}

// onCurve interpolates between the points, flat outside of them (R41).
func onCurve(curve *policy.Curve, x *big.Int) *big.Int {
	last := len(curve.X) - 1
	if x.Cmp(big.NewInt(curve.X[0])) <= 0 {
		return big.NewInt(int64(curve.Y[0]))
	}
	for i := 1; i <= last; i++ {
		x0, x1 := big.NewInt(curve.X[i-1]), big.NewInt(curve.X[i])
		if x.Cmp(x1) > 0 {
			continue
		}
		y0, y1 := int64(curve.Y[i-1]), int64(curve.Y[i])
		run := new(big.Int).Sub(x1, x0)
		n := new(big.Int).Sub(x, x0)
		n.Mul(n, big.NewInt(y1-y0))
		n.Add(n, new(big.Int).Mul(run, big.NewInt(y0)))
		return divide(n, run)
	}
	return big.NewInt(int64(curve.Y[last]))
}
