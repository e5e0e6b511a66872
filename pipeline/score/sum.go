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

// Contributions give what each part adds to a score, in the order of its parts.
// They add up to [Sum] (rule R110): each is its points × weight / 10000 rounded
// down, and what is left to the score goes, a basis point each, to the largest
// remainders, to the earlier part of two that are equal.
func Contributions(s *policy.Score, points []int32) []int32 {
	out, rest := make([]int32, len(s.Parts)), make([]int64, len(s.Parts))
	left := Sum(s, points)
	for i, p := range s.Parts {
		exact := int64(points[p.Dimension]) * int64(p.WeightBP)
		out[i], rest[i] = int32(exact/10000), exact%10000
		left -= out[i]
	}
	// The remainders add up to at least left - 1/2 of a basis point and each is less
	// than one: there are enough that are not 0.
	for ; left > 0; left-- {
		most := 0
		for i := range rest {
			if rest[i] > rest[most] {
				most = i
			}
		}
		out[most]++
		rest[most] = 0
	}
	return out
}

// perTenThousand divides n ≥ 0 by 10000, half to even.
func perTenThousand(n int64) int32 {
	q, r := n/10000, n%10000
	if r > 5000 || (r == 5000 && q&1 == 1) {
		q++
	}
	return int32(q)
}
