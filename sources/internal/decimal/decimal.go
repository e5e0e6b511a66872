// Package decimal reads, multiplies and scales decimal numbers exactly: money
// never passes through a float. A number holds at most 19 significant digits.
package decimal

import (
	"cmp"
	"errors"
	"math"
	"math/bits"
)

// Decimal is ±Coef × 10^-Scale.
type Decimal struct {
	Neg   bool
	Coef  uint64
	Scale int32
}

// Round says what becomes of digits beyond the wanted scale.
type Round uint8

// The rounding modes. Exact refuses digits other than zero.
const (
	Exact Round = iota
	HalfEven
	HalfUp
	Down
)

// The errors of Parse, Mul and Scaled.
var (
	ErrSyntax    = errors.New("not a number")
	ErrOverflow  = errors.New("number too large")
	ErrPrecision = errors.New("more decimals than allowed")
)

// Style is how a source writes numbers.
type Style struct {
	// Point is the decimal separator.
	Point byte
	// Thousands is the group separator, 0 none. Groups need not be of three
	// digits, but a separator must stand between digits, before the point.
	Thousands byte
}

// Plain is 1234.56.
var Plain = Style{Point: '.'}

// maxScale bounds the digits after the point, so that an exponent cannot make a
// number that takes long to scale.
const maxScale = 40

var pow10 = [20]uint64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// Parse reads an optionally signed number in the given style; an exponent is
// accepted as JSON writes it. Errors: ErrSyntax, ErrOverflow.
func Parse(b []byte, style Style) (Decimal, error) {
	var d Decimal
	i := 0
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		d.Neg = b[i] == '-'
		i++
	}
	digits, point := 0, false
	var zeros int32 // zeros after the last digit other than zero, held back
	for ; i < len(b); i++ {
		c := b[i]
		if c-'0' <= 9 {
			digits++
			if point {
				d.Scale++
			}
			if c == '0' {
				if d.Coef != 0 {
					zeros++
				}
				continue
			}
			if err := d.push(zeros+1, uint64(c-'0')); err != nil {
				return d, err
			}
			zeros = 0
			continue
		}
		if c == style.Point && !point {
			point = true
			continue
		}
		if style.Thousands != 0 && c == style.Thousands && !point && between(b, i) {
			continue
		}
		break
	}
	if digits == 0 {
		return d, ErrSyntax
	}
	d.Scale -= zeros
	if d.Coef == 0 {
		d.Scale = 0
	}
	if i < len(b) {
		return d.exponent(b[i:])
	}
	return d.checked()
}

// push appends a digit with n-1 zeros before it.
func (d *Decimal) push(n int32, digit uint64) error {
	if d.Coef == 0 {
		d.Coef = digit
		return nil
	}
	if n > 19 {
		return ErrOverflow
	}
	hi, lo := bits.Mul64(d.Coef, pow10[n])
	lo, carry := bits.Add64(lo, digit, 0)
	if hi+carry != 0 {
		return ErrOverflow
	}
	d.Coef = lo
	return nil
}

func between(b []byte, i int) bool {
	return i > 0 && i+1 < len(b) && b[i-1]-'0' <= 9 && b[i+1]-'0' <= 9
}

func (d Decimal) exponent(b []byte) (Decimal, error) {
	if b[0] != 'e' && b[0] != 'E' || len(b) == 1 {
		return d, ErrSyntax
	}
	b = b[1:]
	neg := b[0] == '-'
	if neg || b[0] == '+' {
		b = b[1:]
	}
	if len(b) == 0 {
		return d, ErrSyntax
	}
	exp := int32(0)
	for _, c := range b {
		if c-'0' > 9 {
			return d, ErrSyntax
		}
		if exp < 1000 {
			exp = exp*10 + int32(c-'0')
		}
	}
	if neg {
		exp = -exp
	}
	d.Scale -= exp
	return d.checked()
}

func (d Decimal) checked() (Decimal, error) {
	if d.Coef == 0 {
		return Decimal{}, nil
	}
	if d.Scale > maxScale || d.Scale < -maxScale {
		return d, ErrOverflow
	}
	return d, nil
}

// Mul is the exact product; ErrOverflow if it has more than 19 digits.
func (d Decimal) Mul(o Decimal) (Decimal, error) {
	a, b := d.trim(), o.trim()
	hi, lo := bits.Mul64(a.Coef, b.Coef)
	if hi != 0 {
		return Decimal{}, ErrOverflow
	}
	return Decimal{Neg: a.Neg != b.Neg, Coef: lo, Scale: a.Scale + b.Scale}.checked()
}

func (d Decimal) trim() Decimal {
	for d.Coef != 0 && d.Coef%10 == 0 {
		d.Coef /= 10
		d.Scale--
	}
	return d
}

// Scaled is the number times 10^digits as an integer. Digits beyond are rounded
// as told. Errors: ErrOverflow beyond int64, ErrPrecision under Exact.
func (d Decimal) Scaled(digits int32, round Round) (int64, error) {
	drop := d.Scale - digits
	v := d.Coef
	switch {
	case v == 0:
		return 0, nil
	case drop <= -20:
		return 0, ErrOverflow
	case drop < 0:
		hi, lo := bits.Mul64(v, pow10[-drop])
		if hi != 0 {
			return 0, ErrOverflow
		}
		v = lo
	case drop > 0:
		var err error
		if v, err = shrink(v, drop, round); err != nil {
			return 0, err
		}
	}
	if v > math.MaxInt64 {
		return 0, ErrOverflow
	}
	if d.Neg {
		return -int64(v), nil
	}
	return int64(v), nil
}

func shrink(v uint64, drop int32, round Round) (uint64, error) {
	if drop >= 20 { // less than half of a unit, and not zero
		if round == Exact {
			return 0, ErrPrecision
		}
		return 0, nil
	}
	unit := pow10[drop]
	q, r := v/unit, v%unit
	if r == 0 {
		return q, nil
	}
	half := unit / 2
	switch round {
	case Exact:
		return 0, ErrPrecision
	case HalfUp:
		if r >= half {
			q++
		}
	case HalfEven:
		if r > half || r == half && q&1 == 1 {
			q++
		}
	case Down:
	}
	return q, nil
}

// Sign is -1, 0 or 1.
func (d Decimal) Sign() int {
	switch {
	case d.Coef == 0:
		return 0
	case d.Neg:
		return -1
	}
	return 1
}

// Cmp orders two numbers: -1, 0 or 1.
func (d Decimal) Cmp(o Decimal) int {
	a, b := d.Sign(), o.Sign()
	if a != b {
		return cmp.Compare(a, b)
	}
	if a == 0 {
		return 0
	}
	return a * magnitude(d.trim(), o.trim())
}

// magnitude compares absolute values of trimmed numbers other than zero.
func magnitude(a, b Decimal) int {
	ea, eb := digitsOf(a.Coef)-a.Scale, digitsOf(b.Coef)-b.Scale
	if ea != eb {
		if ea < eb {
			return -1
		}
		return 1
	}
	// Same leading position: align the shorter coefficient; it fits 19 digits more.
	ah, al := bits.Mul64(a.Coef, pow10[max(0, b.Scale-a.Scale)])
	bh, bl := bits.Mul64(b.Coef, pow10[max(0, a.Scale-b.Scale)])
	switch {
	case ah < bh, ah == bh && al < bl:
		return -1
	case ah == bh && al == bl:
		return 0
	}
	return 1
}

func digitsOf(v uint64) int32 {
	n := int32(1)
	for n < 20 && v >= pow10[n] {
		n++
	}
	return n
}
