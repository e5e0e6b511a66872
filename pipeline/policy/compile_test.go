package policy_test

import (
	"os"
	"path/filepath"
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
