package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/cmd/internal/role"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

var (
	// told finds what a document calls: in backticks, or as a line of a block.
	told     = regexp.MustCompile("(?m)(?:`|^(?:bin/)?)tierwatch ([^`\n|#]+)")
	toldFlag = regexp.MustCompile(`^--[a-z][a-z-]*`)
)

// documents lists what people read.
func documents(t *testing.T) (files []string) {
	t.Helper()
	for _, pattern := range []string{"README.md", "docs/*.md", "docs/*/*.md", "deploy/examples/*/*.md"} {
		list, err := filepath.Glob("../../" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, list...)
	}
	if len(files) < 10 {
		t.Fatalf("%d documents were found", len(files))
	}
	return files
}

// Every sub-command and flag that a document tells exists.
func TestDocumentsTellFlagsThatExist(t *testing.T) {
	files := documents(t)
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

// groupOf is a name like a topic's that ends in a role. Groups have a dash there (see
// topics.Namespace.Group), and whoever gives Kafka's tool another name acts on nothing.
var groupOf = regexp.MustCompile(`\b(?:PREFIX|tierwatch(?:-e2)?)\.(?:` + strings.Join(role.All, "|") + `)\b`)

// No document writes the group of a role as if it were a topic.
func TestDocumentsNameGroupsAsTheyAre(t *testing.T) {
	files := documents(t)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range groupOf.FindAllString(string(text), -1) {
			ns, of, _ := strings.Cut(name, ".")
			t.Errorf("%s: %s: there is no such topic, and the group is %s", file, name, topics.Namespace(ns).Group(of))
		}
	}
}
