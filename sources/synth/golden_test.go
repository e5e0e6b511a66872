package synth

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite testdata")

// TestGoldenDigest fails when the bank of a seed changes: on another machine it
// never may, with a new version only on purpose (-update).
func TestGoldenDigest(t *testing.T) {
	const file = "testdata/digest.golden"
	got := digest(t, small(100))
	if *update {
		if err := os.WriteFile(file, []byte(got+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(want)) != got {
		t.Errorf("the bank of 100 customers is %s, golden %s", got, want)
	}
}
