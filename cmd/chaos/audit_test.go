package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A verify that did not come to its end proves nothing, whatever it has printed.
func TestOnlyAVerifyThatCameToItsEndCounts(t *testing.T) {
	const none, two = `{"records":5}`, `{"records":5,"differences":2,"first_differences":[{}]}`
	for _, c := range []struct {
		report string
		code   int
		found  int
		failed string
	}{
		{none, 0, 0, ""},
		{two, 3, 2, ""},
		{none, 1, 0, "exit status 1: broken pipe"},
		{two, 130, 0, "exit status 130"},
		{"", 1, 0, "exit status 1: broken pipe"},
		{"", 0, 0, "read report"},
	} {
		program := filepath.Join(t.TempDir(), "verify")
		script := fmt.Sprintf("#!/bin/sh\necho '%s'\necho broken pipe >&2\nexit %d\n", c.report, c.code)
		if err := os.WriteFile(program, []byte(script), 0o700); err != nil { //nolint:gosec // it is run
			t.Fatal(err)
		}
		found := &findings{}
		r, err := verify(t.Context(), program, "", found)
		switch {
		case c.failed == "" && (err != nil || r.Records != 5 || found.n != c.found):
			t.Errorf("code %d with %q: report %v, %d found, %v", c.code, c.report, r, found.n, err)
		case c.failed != "" && (err == nil || !strings.Contains(err.Error(), c.failed) || strings.Contains(err.Error(), "%!")):
			t.Errorf("code %d with %q: %v, want %q", c.code, c.report, err, c.failed)
		}
	}
}
