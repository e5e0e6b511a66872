package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestFrameKeepsWhatWasNotToBeHadEmpty(t *testing.T) {
	f := &frame{families: []*family{{name: "memory", columns: []string{"fold-1", "fold-2"}}, {name: "lag", columns: []string{"fold"}}}}
	for i, r := range []row{
		{"memory": {"fold-1": 100, "fold-2": 90.5}, "lag": {"fold": 12}},
		{"memory": {"fold-1": 101}, "lag": {"fold": 0}, "unknown": {"x": 1}},
	} {
		f.add(float64(i)/12, r)
	}
	dir := filepath.Join(t.TempDir(), "figures")
	if err := f.write(dir, "endurance-"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"endurance-memory.csv": "minutes,fold-1,fold-2\n0.000,100,90.5\n0.083,101,\n",
		"endurance-lag.csv":    "minutes,fold\n0.000,12\n0.083,0\n",
	} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(got) != want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, want)
		}
	}
	if got := f.families[0].column(0); !slices.Equal(got, []float64{100, 101}) {
		t.Errorf("column %v", got)
	}
}
