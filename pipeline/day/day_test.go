package day

import (
	"testing"
	"time"
)

func TestCivilAgreesWithTimePackage(t *testing.T) {
	for d := int32(-200000); d < 200000; d += 7 {
		want := time.Unix(int64(d)*86400, 0).UTC()
		y, m, dom := Civil(d)
		if y != int32(want.Year()) || m != int32(want.Month()) || dom != int32(want.Day()) {
			t.Fatalf("Civil(%d) = %d-%d-%d, want %v", d, y, m, dom, want)
		}
		if got := Of(y, m, dom); got != d {
			t.Fatalf("Of(Civil(%d)) = %d", d, got)
		}
	}
}

func TestMonthArithmetic(t *testing.T) {
	tests := []struct {
		name      string
		got, want int32
	}{
		{"month end of a leap February", MonthEnd(Of(2024, 2, 10)), Of(2024, 2, 29)},
		{"quarter start", QuarterStart(Of(2025, 6, 30)), Of(2025, 4, 1)},
		{"quarter end", QuarterEnd(Of(2025, 10, 1)), Of(2025, 12, 31)},
		{"31 Jan plus a month", AddMonths(Of(2025, 1, 31), 1), Of(2025, 2, 28)},
		{"across the year", AddMonths(Of(2025, 11, 15), 3), Of(2026, 2, 15)},
		{"twelve months from the 1st", Through(Of(2025, 3, 1), 12), Of(2026, 2, 28)},
		{"whole months", Months(Of(2025, 1, 15), Of(2025, 3, 14)), 1},
		{"whole months, same day", Months(Of(2025, 1, 15), Of(2025, 3, 15)), 2},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, String(tt.got), String(tt.want))
		}
	}
}
