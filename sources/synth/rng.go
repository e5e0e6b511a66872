package synth

import "math/bits"

// rng is splitmix64: eight bytes of state, cheap to seed for each customer and
// day, and the same on every machine.
type rng uint64

// stream is the generator of (seed, salt, a, b); different tuples are unrelated.
func stream(seed, salt, a, b uint64) rng {
	return rng(scramble(scramble(scramble(seed+salt*0x9e3779b97f4a7c15)+a)*0x2545f4914f6cdd1d + b))
}

func scramble(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (r *rng) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	return scramble(uint64(*r))
}

// below draws from 0 … n-1; n > 0.
func (r *rng) below(n int64) int64 {
	hi, _ := bits.Mul64(r.next(), uint64(n))
	return int64(hi)
}

// between draws from lo … hi, both included.
func (r *rng) between(lo, hi int64) int64 { return lo + r.below(hi-lo+1) }

// chance is true in bp of 10,000 cases.
func (r *rng) chance(bp int64) bool { return r.below(10_000) < bp }

// low draws from lo … hi as the least of k draws: the larger k, the more of the
// mass lies near lo.
func (r *rng) low(lo, hi int64, k int) int64 {
	v := hi
	for range k {
		v = min(v, r.between(lo, hi))
	}
	return v
}

// spread scales mean by a skewed factor of 0.08 … 5.4 whose average is 1, as
// the amounts of purchases are.
func (r *rng) spread(mean int64) int64 {
	x := r.next()
	v := mean * spreads[x&31] / 1000
	return v + v*int64(x>>32&127-64)/640
}

// spreads are quantiles of a log-normal law, in thousandths; their mean is 1000.
var spreads = [32]int64{
	90, 130, 165, 195, 225, 255, 285, 318, 350, 385, 420, 458, 500, 540, 585, 632,
	685, 740, 800, 865, 935, 1015, 1105, 1210, 1330, 1470, 1640, 1850, 2130, 2530, 3220, 4942,
}

// few draws a count with the given mean (65536 = 1), at most 8.
func (r *rng) few(mean int64) int {
	p := uint64(mean / 8)
	x, y := r.next(), 0
	for range 4 {
		if x&0xffff < p {
			y++
		}
		x >>= 16
	}
	x = r.next()
	for range 4 {
		if x&0xffff < p {
			y++
		}
		x >>= 16
	}
	return y
}
