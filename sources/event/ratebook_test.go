package event

import "testing"

func TestRateBook(t *testing.T) {
	var b RateBook
	if _, ok := b.Rate("USD", 10); ok {
		t.Error("an empty book has no rate")
	}
	b.Set("USD", 20, 2)
	b.Set("USD", 10, 1)
	b.Set("USD", 30, 4)
	b.Set("USD", 30, 3)
	for day, want := range map[int32]int64{9: 0, 10: 1, 19: 1, 20: 2, 29: 2, 30: 3, 65535: 3} {
		if got, ok := b.Rate("USD", day); got != want || ok != (want != 0) {
			t.Errorf("day %d: %d, %t; want %d", day, got, ok, want)
		}
	}
}

func TestRateE12(t *testing.T) {
	for _, c := range []struct {
		quoted, unit, base string
		want               int64
	}{
		{"7.1234", "USD", "CNY", 7_123_400_000_000},
		{"0.046", "JPY", "CNY", 4_600_000_000_000}, // 1 yen is 4.6 fen
		{"23.45", "KWD", "CNY", 2_345_000_000_000},
		{"1.2345", "F000123", "CNY", 12_345_000_000}, // a NAV, of 10^-4 units
		{"0.0000000000005", "USD", "CNY", 0},
		{"0.0000000000015", "USD", "CNY", 2},
		{"0", "USD", "CNY", 0},
		{"-1", "USD", "CNY", 0},
		{"x", "USD", "CNY", 0},
		{"99999999999", "USD", "CNY", 0},
		{"1", "USD", "RMB", 0},
	} {
		got, err := RateE12(c.quoted, c.unit, c.base)
		if got != c.want || (err != nil) != (c.want == 0) {
			t.Errorf("%s %s in %s: %d, %v; want %d", c.quoted, c.unit, c.base, got, err, c.want)
		}
	}
}
