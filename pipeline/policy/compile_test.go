package policy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwatch/tierwatch/pipeline/policy"
)

func TestDefaultCompiles(t *testing.T) {
	text := read(t, "default.yaml")
	p, warnings, err := policy.Check("default.yaml", text, policy.Options{BaseCurrency: "CNY"})
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) > 0 {
		t.Errorf("warnings:\n%v", warnings)
	}
	again, err := policy.Compile("other.yaml", text, policy.Options{BaseCurrency: "CNY"})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(p, again); d != "" {
		t.Errorf("compiled twice, two plans:\n%s", d)
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestUnusedIsKnownBeforeItIsSaid: a name that is referred to with a mistyped word, or
// perhaps from a place that cannot be read, is not called unused.
func TestUnusedIsKnownBeforeItIsSaid(t *testing.T) {
	const text = `policy: retail
version: 1
classes:
  deposits: {types: [DEMAND]}
metrics:
  aum: {kind: adb, over: month}
  spare: {kind: count, window: 30d}
schemes:
  card:
    by: aum
    tiers:
      - {name: mass}
      - {name: gold, from: 50_000}
`
	for _, x := range []struct {
		from, to string
		warnings int
	}{
		{"", "", 1},
		{"by: aum", "by: aumm", 1},
		{"by: aum", "by: balance", 0},
		{"by: aum", "bye: aum", 0},
	} {
		_, warnings, err := policy.Check("p.yaml", []byte(strings.Replace(text, x.from, x.to, 1)), policy.Options{BaseCurrency: "CNY"})
		if len(warnings) != x.warnings || (err == nil) != (x.from == "") {
			t.Errorf("%q: %v\nwarnings, want %d:\n%v", x.to, err, x.warnings, warnings)
		}
		if len(warnings) == 1 && warnings[0].Field != "metrics.spare" {
			t.Errorf("%q: warned of %s", x.to, warnings[0].Field)
		}
	}
}

// TestRestateGivesWayToALongWindow: what is decided again rests on entries that are held
// (rules R163, R174).
func TestRestateGivesWayToALongWindow(t *testing.T) {
	p, err := policy.Compile("restate.yaml", read(t, "warn/restate.yaml"), policy.Options{BaseCurrency: "CNY"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int32{"said": 5, "silent": 5, "fits": 5, "less": 10, "money": 10, "still": 6, "brief": 10, "curve": 4, "ratio": 0}
	for i := range p.Schemes {
		if s := &p.Schemes[i]; s.RestateDays != want[s.Name] {
			t.Errorf("%s restates for %d days, want %d", s.Name, s.RestateDays, want[s.Name])
		}
	}
}
