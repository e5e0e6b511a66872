package house

import (
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// ways are the imports between the floors of the building: a package whose path
// begins with from may import one that begins with a member of to. The longest
// from that fits counts.
var ways = []struct {
	from string
	to   []string
}{
	{"schemas", []string{"schemas"}},
	{"pipeline", []string{"pipeline", "schemas"}},
	{"sources", []string{"sources", "schemas", "pipeline/day", "pipeline/policy"}},
	{"sinks", []string{"sinks", "schemas"}},
	{"deploy", []string{"deploy", "schemas"}},
	{"cmd", []string{"cmd", "sources", "pipeline", "sinks", "deploy", "schemas"}},
	{"cmd/internal/house", nil},
}

// TestImportsRunOneWay holds for the program; tests may look further.
func TestImportsRunOneWay(t *testing.T) {
	for _, s := range tree(t) {
		if s.isTest() {
			continue
		}
		var from string
		var to []string
		for _, w := range ways {
			if within(s.dir, w.from) && len(w.from) > len(from) {
				from, to = w.from, w.to
			}
		}
		if from == "" {
			t.Errorf("%s is on no floor: say in ways what it may import", s.path)
		}
		for _, i := range s.imports() {
			if !withinAny(i, to) {
				t.Errorf("%s imports %s; %s may import %v", s.path, i, from, to)
			}
		}
	}
}

// TestWorkerIsDriven: nothing pure knows the room with input and output.
func TestWorkerIsDriven(t *testing.T) {
	for _, s := range tree(t) {
		if within(s.dir, "pipeline") && !within(s.dir, "pipeline/worker") && !s.isTest() {
			for _, i := range s.imports() {
				if within(i, "pipeline/worker") {
					t.Errorf("%s imports %s: the worker drives the fold, never the other way", s.path, i)
				}
			}
		}
	}
}

func within(dir, floor string) bool { return dir == floor || strings.HasPrefix(dir, floor+"/") }

func withinAny(dir string, floors []string) bool {
	for _, f := range floors {
		if within(dir, f) {
			return true
		}
	}
	return false
}

// TestGoroutinesAreWatched: where the program starts a goroutine, the tests of the
// package look for leaks; of a package without tests, those of the one around it.
func TestGoroutinesAreWatched(t *testing.T) {
	by := packages(tree(t))
	for dir, files := range by {
		starts := ""
		for _, s := range files {
			if !s.isTest() && startsGoroutine(s) {
				starts = s.path
			}
		}
		if starts == "" || files[0].file.Name.Name == "main" {
			continue
		}
		home := dir
		if !slices.ContainsFunc(files, (*source).isTest) {
			home = path.Dir(dir)
		}
		if !slices.ContainsFunc(by[home], watches) {
			t.Errorf("%s starts a goroutine and the tests of %s do not look for leaks: add goleak.VerifyTestMain", starts, home)
		}
	}
}

func startsGoroutine(s *source) bool {
	found := false
	ast.Inspect(s.file, func(n ast.Node) bool {
		_, is := n.(*ast.GoStmt)
		found = found || is
		return !found
	})
	return found
}

func watches(s *source) bool { return s.isTest() && strings.Contains(string(s.text), "goleak.") }
