package decimal

import (
	"errors"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestParseAndScale(t *testing.T) {
	european := Style{Point: ',', Thousands: '.'}
	for _, c := range []struct {
		in     string
		style  Style
		digits int32
		round  Round
		want   int64
		err    error
	}{
		{"700.00", Plain, 2, Exact, 70000, nil},
		{"-93.5", Plain, 2, Exact, -9350, nil},
		{"+1", Plain, 0, Exact, 1, nil},
		{".5", Plain, 1, Exact, 5, nil},
		{"5.", Plain, 1, Exact, 50, nil},
		{"1.234.567,89", european, 2, Exact, 123456789, nil},
		{"1.234", Plain, 2, Exact, 0, ErrPrecision},
		{"1.2300", Plain, 2, Exact, 123, nil},
		{"0.000000000000000000000000000001", Plain, 2, HalfUp, 0, nil},
		{"2.345", Plain, 2, HalfEven, 234, nil},
		{"2.355", Plain, 2, HalfEven, 236, nil},
		{"2.345", Plain, 2, HalfUp, 235, nil},
		{"-2.345", Plain, 2, HalfUp, -235, nil},
		{"2.349", Plain, 2, Down, 234, nil},
		{"1e5", Plain, 2, Exact, 10000000, nil},
		{"1.5E-1", Plain, 2, Exact, 15, nil},
		{"100000000000000000000", Plain, 0, Exact, 0, ErrOverflow},
		{"9223372036854775807", Plain, 0, Exact, 9223372036854775807, nil},
		{"9223372036854775808", Plain, 0, Exact, 0, ErrOverflow},
		{"1e999999999999", Plain, 0, Exact, 0, ErrOverflow},
		{"0e999999999999", Plain, 0, Exact, 0, nil},
		{"99999999999999999999", Plain, 0, Exact, 0, ErrOverflow},
		{"", Plain, 0, Exact, 0, ErrSyntax},
		{"-", Plain, 0, Exact, 0, ErrSyntax},
		{"1 000", Plain, 0, Exact, 0, ErrSyntax},
		{"1,5", Plain, 2, Exact, 0, ErrSyntax},
		{"1..5", Plain, 2, Exact, 0, ErrSyntax},
		{"NaN", Plain, 2, Exact, 0, ErrSyntax},
		{"1e", Plain, 2, Exact, 0, ErrSyntax},
		{"1e+", Plain, 2, Exact, 0, ErrSyntax},
		{"0x10", Plain, 2, Exact, 0, ErrSyntax},
		{"١٢", Plain, 2, Exact, 0, ErrSyntax},
	} {
		d, err := Parse([]byte(c.in), c.style)
		var got int64
		if err == nil {
			got, err = d.Scaled(c.digits, c.round)
		}
		if !errors.Is(err, c.err) || got != c.want {
			t.Errorf("%q: got %d, %v; want %d, %v", c.in, got, err, c.want, c.err)
		}
	}
}

func TestMul(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int64 // minor units, half up
		err  error
	}{
		{"6", "2.55", 1530, nil},
		{"-12", "1.65", -1980, nil},
		{"80995", "2.08", 16846960, nil},
		{"3", "0.333", 100, nil},
		{"0", "5", 0, nil},
		{"9999999999999", "9999999999999", 0, ErrOverflow},
	} {
		a, _ := Parse([]byte(c.a), Plain)
		b, _ := Parse([]byte(c.b), Plain)
		p, err := a.Mul(b)
		var got int64
		if err == nil {
			got, err = p.Scaled(2, HalfUp)
		}
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s x %s = %d, %v", c.a, c.b, got, err)
		}
	}
}

// Against math/big: what Parse accepts has the value of the text.
func TestParseProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.StringMatching(`-?[0-9]{1,9}(\.[0-9]{1,9})?(e-?[0-9])?`).Draw(t, "a")
		b := rapid.StringMatching(`-?[0-9]{1,9}(\.[0-9]{1,9})?(e-?[0-9])?`).Draw(t, "b")
		x, errX := Parse([]byte(a), Plain)
		y, errY := Parse([]byte(b), Plain)
		if errX != nil || errY != nil {
			t.Fatalf("%q %v, %q %v", a, errX, b, errY)
		}
		bx, _ := new(big.Rat).SetString(a)
		by, _ := new(big.Rat).SetString(b)
		if got, want := x.Cmp(y), bx.Cmp(by); got != want {
			t.Fatalf("cmp(%s, %s) = %d, want %d", a, b, got, want)
		}
		if rat(x).Cmp(bx) != 0 {
			t.Fatalf("%s parsed as %v", a, x)
		}
		if p, err := x.Mul(y); err == nil && rat(p).Cmp(new(big.Rat).Mul(bx, by)) != 0 {
			t.Fatalf("%s x %s = %v", a, b, p)
		}
	})
}

func rat(d Decimal) *big.Rat {
	r := new(big.Rat).SetInt(new(big.Int).SetUint64(d.Coef))
	p := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(d.Scale, -d.Scale))), nil))
	if d.Scale > 0 {
		r.Quo(r, p)
	} else {
		r.Mul(r, p)
	}
	if d.Neg {
		r.Neg(r)
	}
	return r
}
