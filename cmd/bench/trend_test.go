package main

import (
	"math"
	"math/rand/v2"
	"testing"
)

// series makes n samples, one each 5 s, and their times in minutes.
func series(n int, of func(i int) float64) (at, values []float64) {
	for i := range n {
		at, values = append(at, float64(i)/12), append(values, of(i))
	}
	return at, values
}

func TestFlatOrNot(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]float64, 2000)
	for i := range noise {
		noise[i] = r.NormFloat64()
	}
	last := func(i int) float64 { return float64(i) / 1079 } // of 1,080 samples: 90 minutes
	for _, c := range []struct {
		name  string
		n     int
		floor float64
		of    func(i int) float64
		flat  bool
	}{
		{"a constant", 1080, 0, func(int) float64 { return 40 }, true},
		{"nothing at all", 1080, 0, func(int) float64 { return 0 }, true},
		{"noise around a level", 1080, 0, func(i int) float64 { return 100 + 20*noise[i] }, true},
		{"a leak of a quarter", 1080, 0, func(i int) float64 { return 100 + 25*last(i) + 5*noise[i] }, false},
		{"a leak from nothing", 1080, 0, func(i int) float64 { return 25 * last(i) }, false},
		{"the same below what anybody notices", 1080, 30, func(i int) float64 { return 25 * last(i) }, true},
		{"a twentieth", 1080, 0, func(i int) float64 { return 100 + 5*last(i) }, true},
		{"a fall", 1080, 0, func(i int) float64 { return 100 - 80*last(i) }, true},
		{"a leak under the sawtooth of a collector", 1080, 0, func(i int) float64 { return 100 + 40*last(i) + float64(i%24) }, false},
		{"the sawtooth alone", 1080, 0, func(i int) float64 { return 100 + 4*float64(i%24) }, true},
		{"a spike at the end", 1080, 0, func(i int) float64 {
			if i > 1060 {
				return 900
			}
			return 100 + noise[i]
		}, true},
		{"a step up that stays", 60, 0, func(i int) float64 {
			if i > 30 {
				return 150
			}
			return 100
		}, false},
	} {
		at, values := series(c.n, c.of)
		if got := trendOf(at, values); got.flat(c.floor) != c.flat {
			t.Errorf("%s: %+v is flat: %t, want %t", c.name, got, !c.flat, c.flat)
		}
	}
}

func TestTrendSaysHowMuch(t *testing.T) {
	at, values := series(1080, func(i int) float64 { return 100 + 50*float64(i)/1079 })
	got := trendOf(at, values)
	if math.Abs(got.rise-50) > 0.5 || math.Abs(got.level-125) > 0.5 || got.spread > 0.5 {
		t.Errorf("%+v, want a rise of 50 at a level of 125 without spread", got)
	}
}

func TestASampleThatIsMissingCountsForNothing(t *testing.T) {
	at, values := series(24, func(i int) float64 {
		if i%2 == 1 {
			return math.NaN()
		}
		return 7
	})
	if got := trendOf(at, values); got.n != 12 || got.level != 7 || got.rise != 0 || got.spread != 0 {
		t.Errorf("%+v, want twelve sevens", got)
	}
	if got := trendOf(at, []float64{}); got.n != 0 || !got.flat(0) {
		t.Errorf("of nothing: %+v", got)
	}
}

func TestQuantile(t *testing.T) {
	for _, c := range []struct {
		values      []float64
		share, want float64
	}{
		{nil, 0.5, 0},
		{[]float64{3}, 0.75, 3},
		{[]float64{4, 1}, 0.5, 2.5},
		{[]float64{5, 1, 3}, 0.5, 3},
		{[]float64{5, 1, 3}, 0.25, 2},
		{[]float64{5, 1, 3}, 1, 5},
	} {
		if got := quantile(c.values, c.share); got != c.want {
			t.Errorf("%v at %g: %g, want %g", c.values, c.share, got, c.want)
		}
	}
}
