package logrows

import "testing"

func TestWhatTheSinkWritesIsWhatTheLogSays(t *testing.T) {
	b := newBank(t)
	for _, what := range []piece{{}, {window: 1}, {window: 3}, {from: 5}, {from: 20, window: 2}, {end: 9}, {end: 24}, {from: 4, end: 30, window: 2}} {
		for _, d := range b.compare(t, what) {
			t.Errorf("%+v: %+v", what, d)
		}
	}
}
