package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	// told finds what a document calls: in backticks, or as a line of a block.
	told     = regexp.MustCompile("(?m)(?:`|^(?:bin/)?)tierwatch ([^`\n|#]+)")
	toldFlag = regexp.MustCompile(`^--[a-z][a-z-]*`)
)

// Every sub-command and flag that a document tells exists.
func TestDocumentsTellFlagsThatExist(t *testing.T) {
	var files []string
	for _, pattern := range []string{"README.md", "docs/*.md", "docs/*/*.md", "deploy/examples/*/*.md"} {
		list, err := filepath.Glob("../../" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, list...)
	}
	calls := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range told.FindAllStringSubmatch(string(text), -1) {
			calls++
			words := strings.Fields(m[1])
			c, _, err := new(app).newRoot().Find(words)
			if err != nil {
				t.Errorf("%s: tierwatch %s: %v", file, m[1], err)
				continue
			}
			for _, w := range words {
				f := strings.TrimPrefix(toldFlag.FindString(w), "--")
				if f != "" && f != "help" && c.Flag(f) == nil && c.InheritedFlags().Lookup(f) == nil {
					t.Errorf("%s: tierwatch %s: %s has no --%s", file, m[1], c.CommandPath(), f)
				}
			}
		}
	}
	if calls < 20 {
		t.Errorf("%d calls were found in %d documents", calls, len(files))
	}
}
