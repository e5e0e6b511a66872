package policy_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/policy"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestBad holds the text of every error that a policy owner can meet.
func TestBad(t *testing.T) {
	opt := policy.Options{BaseCurrency: "CNY", TimeZone: "Asia/Shanghai"}
	golden(t, "testdata/bad/*.yaml", func(file string, text []byte) string {
		_, err := policy.Compile(file, text, opt)
		if err == nil {
			t.Errorf("%s: compiled, want problems", file)
			return ""
		}
		return err.Error() + "\n"
	})
}

func TestWarnings(t *testing.T) {
	opt := policy.Options{BaseCurrency: "CNY", NAVLagDays: 1}
	golden(t, "testdata/warn/*.yaml", func(file string, text []byte) string {
		_, warnings, err := policy.Check(file, text, opt)
		if err != nil {
			t.Errorf("want warnings only: %v", err)
		}
		return warnings.Error() + "\n"
	})
}

// golden compares what run says about each file with the .err file beside it.
func golden(t *testing.T, pattern string, run func(file string, text []byte) string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got := run(filepath.Base(path), text)
		want := strings.TrimSuffix(path, ".yaml") + ".err"
		if *update {
			if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		expected, err := os.ReadFile(want)
		if err != nil {
			t.Errorf("%v; run with -update and read the result", err)
			continue
		}
		if got != string(expected) {
			t.Errorf("%s:\n--- got\n%s--- want\n%s", path, got, expected)
		}
	}
}
