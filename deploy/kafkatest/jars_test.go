package kafkatest

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A registry that fails for a moment is asked again; one that goes on failing is told of,
// with how often it was asked.
func TestAFetchThatFailsIsTriedAgain(t *testing.T) {
	for _, tc := range []struct {
		name  string
		fails string // as many dots
		want  string // in the error; none where empty
	}{
		{"at once", "", ""},
		{"at the last try", "..", ""},
		{"never", "...", "try 3 of 3"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bin, dir := t.TempDir(), t.TempDir()
			t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
			// It fails once for each dot, and brings a broker where the last option says.
			left := filepath.Join(bin, "left")
			mvn := `#!/bin/sh
read left <` + left + `
if [ -n "$left" ]; then echo "${left#.}" >` + left + `; echo "connection reset"; exit 1; fi
for last; do :; done
lib=${last#-DoutputDirectory=}
mkdir "$lib" && : >"$lib/kafka_2.13.jar"
`
			if err := os.WriteFile(left, []byte(tc.fails+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(bin, "mvn"), []byte(mvn), 0o700); err != nil { //nolint:gosec // it is run
				t.Fatal(err)
			}
			lib := filepath.Join(dir, "lib")
			err := fetchLocked(t.Context(), dir, lib, io.Discard, time.Millisecond)
			switch {
			case tc.want == "":
				if err != nil || !there(lib) {
					t.Errorf("error %v, it is there: %t", err, there(lib))
				}
			case err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "connection reset"):
				t.Errorf("error %v, want one with %q and what Maven said", err, tc.want)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "fetch-*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}
