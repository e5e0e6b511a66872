package script

import (
	"path/filepath"
	"testing"
)

// TestScripts plays every worked example: those of the example policies, and the
// numbers of the semantics under testdata.
func TestScripts(t *testing.T) {
	for _, pattern := range []string{"testdata/golden/*.script", "../../deploy/examples/*/*.script"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no scripts %s: %v", pattern, err)
		}
		for _, file := range files {
			t.Run(filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file), func(t *testing.T) {
				if r := Run(file); !r.OK() {
					t.Errorf("\n%s", r.String())
				}
			})
		}
	}
}
