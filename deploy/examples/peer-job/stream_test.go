package peerjob_test

import (
	"bytes"
	"testing"

	peerjob "github.com/tierwatch/tierwatch/deploy/examples/peer-job"
)

// The published shares of the input: of a hundred events two repeats and three
// late ones; the same seed gives the same bytes.
func TestStreamKeepsItsShares(t *testing.T) {
	const n = 50_000
	one, two := peerjob.NewStream(3, 5_000, n, 1_000), peerjob.NewStream(3, 5_000, n, 1_000)
	seen := map[string]bool{}
	var repeats, late, made int
	for r, ok := one.Next(); ok; r, ok = one.Next() {
		if other, _ := two.Next(); !bytes.Equal(r.Value, other.Value) {
			t.Fatalf("event %d: %s, and again %s", made, r.Value, other.Value)
		}
		e, err := peerjob.Read(r.Value)
		if err != nil {
			t.Fatal(err)
		}
		arrived := peerjob.FirstDay.Unix() + int64(made)*peerjob.Days*86_400/n
		switch {
		case seen[e.ID]:
			repeats++
		case arrived-e.Time.Unix() >= 86_400:
			late++
		}
		seen[e.ID] = true
		made++
	}
	if made != n || repeats < n*18/1000 || repeats > n*22/1000 || late < n*27/1000 || late > n*33/1000 {
		t.Errorf("%d events, %d repeats, %d late", made, repeats, late)
	}
}
