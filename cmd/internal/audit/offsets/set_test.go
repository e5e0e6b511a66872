package offsets

import (
	"slices"
	"testing"
)

func TestSet(t *testing.T) {
	s := Set{}
	for _, at := range []int64{5000, 0, 63, 64, 4095, 4096, 5000, 1 << 40} {
		s.Add(at)
	}
	s.Delete(64)
	s.Delete(7)
	s.Delete(1 << 50)
	want := []int64{0, 63, 4095, 4096, 5000, 1 << 40}
	if got := slices.Collect(s.All()); !slices.Equal(got, want) || s.Count() != int64(len(want)) {
		t.Errorf("%v, count %d; want %v", got, s.Count(), want)
	}
	for _, at := range want {
		if !s.Has(at) {
			t.Errorf("%d is not there", at)
		}
	}
	for _, at := range []int64{1, 64, 1 << 50} {
		if s.Has(at) {
			t.Errorf("%d is there", at)
		}
	}
}
