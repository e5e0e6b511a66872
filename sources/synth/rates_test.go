package synth

import (
	"math/big"
	"testing"
)

func TestRatesComeOnWorkingDays(t *testing.T) {
	b := New(small(1))
	for day := b.params.Start - 5; day < b.params.Start+60; day++ {
		got := len(b.Rates(day).Rates)
		want := 0
		if day == b.params.Start-1 || (day >= b.params.Start && working(day)) {
			want = int(unitCount) - 1
		}
		if got != want {
			t.Errorf("%s: %d rates, want %d", dayText(day), got, want)
		}
	}
}

func TestRatesDoNotDependOnWhoAsks(t *testing.T) {
	one, other := New(small(1)), New(small(1))
	day := one.params.Start + 100
	late := one.Rates(day)
	for d := one.params.Start; d <= day; d++ {
		other.Rates(d)
	}
	if !late.EqualVT(other.Rates(day)) {
		t.Error("rates differ with the order of asking")
	}
}

func TestScaleOfRates(t *testing.T) {
	b := New(small(1))
	want := map[string]int64{
		"USD":          7_180_000_000_000, // 7.18 fen a cent
		"JPY":          4_720_000_000_000, // 4.72 fen a yen
		"FUND:000123":  10_412_000_000,    // 1.0412 yuan a share: 0.010412 fen
		"GOLD:AU9999":  7_200_000_000_000, // 720 yuan a gram: 7.2 fen
		"never listed": 0,
	}
	for _, r := range b.Rates(b.params.Start - 1).Rates {
		if w, ok := want[r.Unit]; ok && w != r.RateE12 {
			t.Errorf("%s: %d, want %d", r.Unit, r.RateE12, w)
		}
	}
}

func TestPricesStayInTheWorld(t *testing.T) {
	b := New(small(1))
	moved := 0
	for day := b.params.Start; day < b.params.Start+20*365; day++ {
		for u := usd; u < unitCount; u++ {
			p, start := b.market.row(day)[u], walks[u].start
			if p < start/4 || p > start*4 {
				t.Fatalf("%s: %s costs %d after %d", dayText(day), walks[u].name, p, start)
			}
			if p != b.market.row(day - 1)[u] {
				moved++
			}
		}
	}
	if moved < 20*200*int(unitCount-1) {
		t.Errorf("only %d moves in twenty years", moved)
	}
}

func TestValueIsRoundedHalfToEven(t *testing.T) {
	e12 := big.NewInt(1e12)
	r := rng(1)
	cases := [][2]int64{{5, 1e11}, {15, 1e11}, {25, 1e11}, {1, 5e11}, {3, 5e11}}
	for range 2_000 {
		cases = append(cases, [2]int64{r.below(1e13), r.below(1e14)})
	}
	for _, c := range cases {
		q, rem := new(big.Int).QuoRem(new(big.Int).Mul(big.NewInt(c[0]), big.NewInt(c[1])), e12, new(big.Int))
		half := rem.Mul(rem, big.NewInt(2)).Cmp(e12)
		if half > 0 || (half == 0 && q.Bit(0) == 1) {
			q.Add(q, big.NewInt(1))
		}
		if got := value(c[0], c[1]); q.Cmp(big.NewInt(got)) != 0 {
			t.Errorf("%d × %d: %d, want %s", c[0], c[1], got, q)
		}
	}
}
