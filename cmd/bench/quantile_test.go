package main

import (
	"testing"
	"time"
)

func TestQuantilesAreWaitsThatSomebodyHad(t *testing.T) {
	ms := time.Millisecond
	thousand := make([]time.Duration, 1000) // 1000 ms down to 1 ms
	for i := range thousand {
		thousand[i] = time.Duration(1000-i) * ms
	}
	for _, c := range []struct {
		name  string
		waits []time.Duration
		want  quantiles
	}{
		{"none", nil, quantiles{}},
		{"one", []time.Duration{7 * ms}, quantiles{1, 7 * ms, 7 * ms, 7 * ms, 7 * ms, 7 * ms}},
		{"two", []time.Duration{9 * ms, 1 * ms}, quantiles{2, 1 * ms, 9 * ms, 9 * ms, 9 * ms, 9 * ms}},
		{"a thousand", thousand, quantiles{1000, 500 * ms, 950 * ms, 990 * ms, 999 * ms, 1000 * ms}},
	} {
		if got := quantilesOf(c.waits); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	if got, want := quantilesOf(thousand).String(), "500 / 950 / 990 / 999 ms"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := (quantiles{}).String(); got != "-" {
		t.Errorf("of none: %q, want a dash, no zero that looks like a wait", got)
	}
}
