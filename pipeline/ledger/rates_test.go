package ledger

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/wide"
)

// naiveRates is the rate table written down as the rule says: a told day has its
// rate, an untold one that of the last told day before it, 0 before the first.
type naiveRates map[int32]int64

func (n naiveRates) at(d int32) int64 {
	for ; d >= 0; d-- {
		if r, ok := n[d]; ok {
			return r
		}
	}
	return 0
}

func TestRatesAgainstDayTable(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 2))
		r := NewRates("CNY")
		u, ok := r.Unit("FUND-1")
		if !ok || u == Base {
			t.Fatal("no unit")
		}
		naive := naiveRates{}
		for range 1 + rng.IntN(12) {
			d, v := int32(100+rng.IntN(60)), 1+rng.Int64N(MaxRate)
			r.Set(u, d, v)
			naive[d] = v
		}
		for d := int32(95); d < 175; d++ {
			if got, want := r.At(u, d), naive.at(d); got != want {
				t.Fatalf("seed %d: rate of day %d is %d, want %d (told %v)", seed, d, got, want, naive)
			}
			if _, told := naive[d]; r.Given(u, d) != told {
				t.Fatalf("seed %d: Given(%d) is %t", seed, d, !told)
			}
		}
		for range 200 {
			from := int32(90 + rng.IntN(90))
			to := from + int32(rng.IntN(60)) - 5
			var want int64
			for d := from; d <= to; d++ {
				want += naive.at(d)
			}
			if got := r.Span(u, from, to); got != want {
				t.Fatalf("seed %d: Span(%d, %d) is %d, want %d (told %v)", seed, from, to, got, want, naive)
			}
		}
	}
}

func TestRatesOfBaseCurrency(t *testing.T) {
	r := NewRates("CNY")
	if u, ok := r.Unit("CNY"); u != Base || !ok || r.Units() != 1 || r.Name(Base) != "CNY" {
		t.Error("the base currency is unit 0")
	}
	if r.At(Base, 1) != RateOne || r.Span(Base, 5, 9) != 5*RateOne || r.Span(Base, 9, 8) != 0 || !r.Given(Base, 77) {
		t.Error("the base currency is worth itself on any day")
	}
	if got, want := r.Value(Base, -12_345, 3), wide.Mul(-12_345, RateOne); got != want {
		t.Errorf("value is %v, want %v", got, want)
	}
}

func TestRatesWithoutRate(t *testing.T) {
	r := NewRates("CNY")
	u, _ := r.Unit("USD")
	if r.At(u, 10) != 0 || r.Span(u, 1, 100) != 0 || r.Given(u, 10) {
		t.Error("a unit without a rate is worth 0 (rule R22)")
	}
	if v, _ := r.Unit("USD"); v != u || r.Units() != 2 {
		t.Error("a unit keeps its index")
	}
}

// TestRatesSumsOfACentury: prefix sums stay in range at the largest rate.
func TestRatesSumsOfACentury(t *testing.T) {
	r := NewRates("CNY")
	u, _ := r.Unit("BTC")
	r.Set(u, 1, MaxRate)
	r.Set(u, 65_535, MaxRate)
	if got, want := r.Span(u, 1, 65_535), 65_535*MaxRate; got != want {
		t.Errorf("sum is %d, want %d", got, want)
	}
}

func TestRatesUnitNameIsCopied(t *testing.T) {
	r := NewRates("CNY")
	for i := range 70_000 {
		if u, ok := r.Unit(fmt.Sprint("U", i)); ok != (i < 65_535) || (ok && int(u) != i+1) {
			t.Fatalf("unit %d: index %d, ok %t", i, u, ok)
		}
	}
}

// TestRatesDifferFromOthers: by what was told of a unit, not by its number or what is
// carried.
func TestRatesDifferFromOthers(t *testing.T) {
	type told struct {
		day  int32
		rate int64
	}
	table := func(first string, list ...told) *Rates {
		r := NewRates("CNY")
		r.Unit(first)
		u, _ := r.Unit("USD")
		for _, x := range list {
			r.Set(u, x.day, x.rate)
		}
		return r
	}
	for name, tt := range map[string]struct {
		a, b []told
		day  int32
	}{
		"nothing told":       {nil, nil, 0},
		"the same":           {[]told{{100, 1}, {103, 2}}, []told{{103, 2}, {100, 9}, {100, 1}}, 0},
		"another rate":       {[]told{{100, 1}, {103, 2}}, []told{{100, 1}, {103, 3}}, 103},
		"one more":           {[]told{{100, 1}}, []told{{100, 1}, {109, 1}}, 109},
		"one before":         {[]told{{100, 1}}, []told{{100, 1}, {90, 1}}, 90},
		"told, not carried":  {[]told{{100, 1}, {102, 1}, {104, 1}}, []told{{100, 1}, {104, 1}}, 102},
		"only one was told":  {[]told{{100, 1}}, nil, 100},
		"on different days":  {[]told{{100, 1}}, []told{{400, 1}}, 100},
		"in the other order": {[]told{{400, 1}}, []told{{100, 1}}, 100},
	} {
		a, b := table("EUR", tt.a...), table("F1", tt.b...)
		for _, x := range [][2]*Rates{{a, b}, {b, a}} {
			if day, differ := x[0].DiffersFrom(x[1], "USD"); differ != (tt.day != 0) || day != tt.day {
				t.Errorf("%s: day %d, %v, want %d", name, day, differ, tt.day)
			}
		}
		if _, differ := a.DiffersFrom(b, "JPY"); differ {
			t.Errorf("%s: a unit that neither knows", name)
		}
	}
}
