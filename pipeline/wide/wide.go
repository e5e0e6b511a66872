// Package wide is 128-bit signed integer arithmetic for sums of balance x day x
// rate. Additions saturate at the ends instead of wrapping; callers bound their
// inputs so that saturation means a bug or a forged input, and test [Int.Full].
package wide

import "math/bits"

// Int is a signed 128-bit integer in two's complement.
type Int struct {
	Hi int64
	Lo uint64
}

// Largest and Smallest are the ends of the range.
var (
	Largest  = Int{Hi: 1<<63 - 1, Lo: 1<<64 - 1}
	Smallest = Int{Hi: -1 << 63}
)

// Of widens x.
func Of(x int64) Int { return Int{Hi: x >> 63, Lo: uint64(x)} }

// Mul is the exact product of two 64-bit integers.
func Mul(a, b int64) Int {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	// A negative factor was taken for 2^64 more than it is.
	return Int{Hi: int64(hi) - a>>63&b - b>>63&a, Lo: lo}
}

// Full tells whether x sits at an end of the range, as a saturated sum does.
func (x Int) Full() bool { return x == Largest || x == Smallest }

// Neg is -x.
func (x Int) Neg() Int {
	lo, borrow := bits.Sub64(0, x.Lo, 0)
	hi, _ := bits.Sub64(0, uint64(x.Hi), borrow)
	return Int{Hi: int64(hi), Lo: lo}
}

// Add is x + y, saturated.
func (x Int) Add(y Int) Int {
	lo, carry := bits.Add64(x.Lo, y.Lo, 0)
	hi, _ := bits.Add64(uint64(x.Hi), uint64(y.Hi), carry)
	r := Int{Hi: int64(hi), Lo: lo}
	if (x.Hi < 0) == (y.Hi < 0) && (r.Hi < 0) != (x.Hi < 0) {
		if x.Hi < 0 {
			return Smallest
		}
		return Largest
	}
	return r
}

// Sub is x - y, saturated (y must not be Smallest).
func (x Int) Sub(y Int) Int { return x.Add(y.Neg()) }

// Times is x * k for k >= 0, saturated.
func (x Int) Times(k int64) Int {
	neg := x.Hi < 0
	if neg {
		x = x.Neg()
	}
	h1, l1 := bits.Mul64(x.Lo, uint64(k))
	h2, l2 := bits.Mul64(uint64(x.Hi), uint64(k))
	hi, carry := bits.Add64(h1, l2, 0)
	r := Int{Hi: int64(hi), Lo: l1}
	if h2 != 0 || carry != 0 || r.Hi < 0 {
		r = Largest
	}
	if neg {
		return r.Neg()
	}
	return r
}

// Cmp is -1, 0 or 1.
func (x Int) Cmp(y Int) int {
	switch {
	case x.Hi < y.Hi, x.Hi == y.Hi && x.Lo < y.Lo:
		return -1
	case x == y:
		return 0
	}
	return 1
}

// Sign is -1, 0 or 1.
func (x Int) Sign() int {
	switch {
	case x.Hi < 0:
		return -1
	case x == Int{}:
		return 0
	}
	return 1
}

// Int64 narrows x; ok is false if it does not fit.
func (x Int) Int64() (v int64, ok bool) {
	return int64(x.Lo), x.Hi == int64(x.Lo)>>63
}

// divide gives quotient and remainder of |x| by d > 0 and the sign of x.
func (x Int) divide(d int64) (q Int, rem uint64, neg bool) {
	neg = x.Hi < 0
	if neg {
		x = x.Neg()
	}
	qh, r := uint64(x.Hi)/uint64(d), uint64(x.Hi)%uint64(d)
	ql, rem := bits.Div64(r, x.Lo, uint64(d))
	return Int{Hi: int64(qh), Lo: ql}, rem, neg
}

// HalfEven is x / d for d > 0, rounded half to even.
func (x Int) HalfEven(d int64) Int {
	q, rem, neg := x.divide(d)
	half := uint64(d) - rem
	if rem > half || (rem == half && q.Lo&1 == 1) {
		q = q.Add(Of(1))
	}
	if neg {
		return q.Neg()
	}
	return q
}

// HalfUp is x / d for d > 0, rounded half away from zero.
func (x Int) HalfUp(d int64) Int {
	q, rem, neg := x.divide(d)
	if rem != 0 && rem >= uint64(d)-rem {
		q = q.Add(Of(1))
	}
	if neg {
		return q.Neg()
	}
	return q
}

// Ceil is x / d for d > 0, rounded up.
func (x Int) Ceil(d int64) Int {
	q, rem, neg := x.divide(d)
	if neg {
		return q.Neg()
	}
	if rem != 0 {
		q = q.Add(Of(1))
	}
	return q
}

// Clamp narrows x to int64, at the nearest end if it does not fit. For display.
func (x Int) Clamp() int64 {
	if v, ok := x.Int64(); ok {
		return v
	}
	if x.Hi < 0 {
		return -1 << 63
	}
	return 1<<63 - 1
}
