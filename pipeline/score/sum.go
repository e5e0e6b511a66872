package score

import "github.com/tierwatch/tierwatch/pipeline/policy"

// Sum gives the score in basis points from the points of the policy's dimensions,
// by index: the sum of points × weight, divided once by 10000, half to even.
func Sum(s *policy.Score, points []int32) int32 {
	var sum int64
	for _, p := range s.Parts {
		sum += int64(points[p.Dimension]) * int64(p.WeightBP)
	}
	return perTenThousand(sum)
}

// Contribution gives what one part adds to a score: its points × weight / 10000,
// half to even. Contributions of a score may differ from it by their rounding.
func Contribution(p policy.Part, points int32) int32 {
	return perTenThousand(int64(points) * int64(p.WeightBP))
}

// perTenThousand divides n ≥ 0 by 10000, half to even.
func perTenThousand(n int64) int32 {
	q, r := n/10000, n%10000
	if r > 5000 || (r == 5000 && q&1 == 1) {
		q++
	}
	return int32(q)
}
