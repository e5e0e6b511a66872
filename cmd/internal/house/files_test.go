package house

import (
	"os"
	"path"
	"regexp"
	"slices"
	"testing"
)

// Lengths of files that people wrote, in lines.
const (
	longest    = 600
	ninetieth  = 400
	halfOfThem = 150
)

func TestFilesAreShort(t *testing.T) {
	all := tree(t)
	lengths := make([]int, 0, len(all))
	for _, s := range all {
		lengths = append(lengths, s.lines())
		if s.lines() > longest {
			t.Errorf("%s has %d lines, more than %d: divide it by idea", s.path, s.lines(), longest)
		}
	}
	slices.Sort(lengths)
	if n := lengths[len(lengths)/2]; n > halfOfThem {
		t.Errorf("the median file has %d lines, more than %d", n, halfOfThem)
	}
	if n := lengths[len(lengths)*9/10]; n > ninetieth {
		t.Errorf("a tenth of the files has %d lines or more, more than %d", n, ninetieth)
	}
}

var vague = []string{"util", "utils", "common", "helper", "helpers", "model", "models", "misc", "shared", "base"}

func TestRoomsHaveNamesOfTheirOwn(t *testing.T) {
	for dir, files := range packages(tree(t)) {
		for _, name := range []string{path.Base(dir), files[0].file.Name.Name} {
			if slices.Contains(vague, name) {
				t.Errorf("package %s is called %s: name what it is for", dir, name)
			}
		}
	}
}

func TestEachPackageSaysWhatItIs(t *testing.T) {
	for dir, files := range packages(tree(t)) {
		code := slices.DeleteFunc(slices.Clone(files), (*source).isTest)
		place := "doc.go"
		if files[0].file.Name.Name == "main" && !slices.ContainsFunc(code, func(s *source) bool { return path.Base(s.path) == place }) {
			place = "main.go"
		}
		i := slices.IndexFunc(code, func(s *source) bool { return path.Base(s.path) == place })
		switch {
		case len(code) == 0 || len(code) == 1 && code[0].file.Doc != nil:
			// Tests alone, or one file that says it.
		case i < 0:
			t.Errorf("%s has no doc.go: say in it what the package is for", dir)
		case code[i].file.Doc == nil:
			t.Errorf("%s/%s has no package comment", dir, place)
		}
	}
}

var open = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME)\b`)

func TestNothingIsLeftOpen(t *testing.T) {
	for _, s := range tree(t) {
		if m := open.Find(s.text); m != nil {
			t.Errorf("%s says %s: do it, or write it into an issue", s.path, m)
		}
	}
}

func TestTopLevel(t *testing.T) {
	agreed := []string{
		"cmd", "deploy", "docs", "pipeline", "schemas", "sinks", "sources", "bin", "go.mod", "go.sum", "Makefile", "README.md", "LICENSE",
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); name[0] != '.' && !slices.Contains(agreed, name) && path.Ext(name) != ".test" {
			t.Errorf("%s is at the top level, where only %v are", name, agreed)
		}
	}
}
