package wide

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func toBig(x Int) *big.Int {
	b := new(big.Int).Lsh(big.NewInt(x.Hi), 64)
	return b.Add(b, new(big.Int).SetUint64(x.Lo))
}

func draw(t *rapid.T, label string) Int {
	return Int{Hi: rapid.Int64().Draw(t, label+"hi") >> rapid.IntRange(1, 63).Draw(t, label+"shift"), Lo: rapid.Uint64().Draw(t, label+"lo")}
}

func TestAgreesWithBig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := draw(t, "x"), draw(t, "y")
		d := rapid.Int64Range(1, 1<<62).Draw(t, "d")
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		bx, by, bd := toBig(x), toBig(y), big.NewInt(d)
		same(t, "mul", toBig(Mul(a, b)), new(big.Int).Mul(big.NewInt(a), big.NewInt(b)))
		same(t, "add", toBig(x.Add(y)), new(big.Int).Add(bx, by))
		same(t, "sub", toBig(x.Sub(y)), new(big.Int).Sub(bx, by))
		if x.Cmp(y) != bx.Cmp(by) {
			t.Fatalf("cmp(%v, %v) = %d", bx, by, x.Cmp(y))
		}
		two := big.NewInt(2)
		floor := func(n, m *big.Int) *big.Int { q, _ := new(big.Int).DivMod(n, m, new(big.Int)); return q }
		same(t, "ceil", toBig(x.Ceil(d)), new(big.Int).Neg(floor(new(big.Int).Neg(bx), bd)))
		// Half to even: floor((2x+d)/2d), minus one if exact and odd.
		n, m := new(big.Int).Add(new(big.Int).Mul(two, bx), bd), new(big.Int).Mul(two, bd)
		q, r := new(big.Int).DivMod(n, m, new(big.Int))
		if r.Sign() == 0 && q.Bit(0) == 1 {
			q.Sub(q, big.NewInt(1))
		}
		same(t, "half even", toBig(x.HalfEven(d)), q)
	})
}

func TestTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := Of(rapid.Int64().Draw(t, "x"))
		k := rapid.Int64Range(0, 1<<62).Draw(t, "k")
		same(t, "times", toBig(x.Times(k)), new(big.Int).Mul(toBig(x), big.NewInt(k)))
	})
	if !Largest.Times(2).Full() || !Largest.Add(Of(1)).Full() {
		t.Error("sums past the end must saturate")
	}
}

func same(t *rapid.T, what string, got, want *big.Int) {
	t.Helper()
	if got.Cmp(want) != 0 {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}
