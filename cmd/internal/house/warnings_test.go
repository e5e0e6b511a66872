package house

import (
	"go/ast"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// unmanned: what runs there is no deployment that anybody watches.
var unmanned = []string{"cmd/bench", "cmd/chaos", "cmd/internal/demo"}

// texts are the constants of each package that are texts, by directory and name.
func texts(all []*source) map[[2]string]ast.Expr {
	consts := map[[2]string]ast.Expr{}
	for _, s := range all {
		for _, d := range s.file.Decls {
			group, ok := d.(*ast.GenDecl)
			if !ok || group.Tok != token.CONST {
				continue
			}
			for _, spec := range group.Specs {
				v := spec.(*ast.ValueSpec)
				for i, name := range v.Names {
					if i < len(v.Values) {
						consts[[2]string{s.dir, name.Name}] = v.Values[i]
					}
				}
			}
		}
	}
	return consts
}

// warnings gives what each line at level warn begins with, up to the first ";" or ":",
// by where it is written.
func warnings(t *testing.T) map[string]string {
	t.Helper()
	files, all := tree(t), map[string]string{}
	consts := texts(files)
	for _, s := range files {
		if s.isTest() || slices.ContainsFunc(unmanned, func(dir string) bool { return strings.HasPrefix(s.path, dir+"/") }) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || method(call) != "Msg" || !isWarn(call) {
				return true
			}
			what := call.Args[0]
			if name, ok := what.(*ast.Ident); ok {
				what = consts[[2]string{s.dir, name.Name}]
			}
			text, ok := beginning(what)
			if !ok {
				t.Errorf("%s: a warning that does not begin with a text", s.path)
			}
			if i := strings.IndexAny(text, ";:"); i >= 0 {
				text = text[:i]
			}
			all[text] = s.path
			return true
		})
	}
	return all
}

func method(call *ast.CallExpr) string {
	if s, ok := call.Fun.(*ast.SelectorExpr); ok {
		return s.Sel.Name
	}
	return ""
}

// isWarn says whether a chain of calls begins at Warn.
func isWarn(call *ast.CallExpr) bool {
	for {
		if method(call) == "Warn" {
			return true
		}
		s, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		if call, ok = s.X.(*ast.CallExpr); !ok {
			return false
		}
	}
}

// beginning is the first literal of a text that may be put together.
func beginning(e ast.Expr) (string, bool) {
	for {
		switch x := e.(type) {
		case *ast.BinaryExpr:
			e = x.X
		case *ast.BasicLit:
			text, err := strconv.Unquote(x.Value)
			return text, err == nil
		default:
			return "", false
		}
	}
}

var warningInBook = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^|]+) \\| ([^|]+) \\|$")

// The runbook has every line that the program writes at level warn, what it means and
// what to do, and no other.
func TestTheRunbookHasEveryWarning(t *testing.T) {
	_, section, _ := strings.Cut(read(t, filepath.Join(root, "docs/runbook.md")), "\n# Warnings in the log\n")
	section, _, _ = strings.Cut(section, "\n# ")
	written := warnings(t)
	if len(written) < 15 {
		t.Errorf("%d warnings were found in the code", len(written))
	}
	for _, row := range warningInBook.FindAllStringSubmatch(section, -1) {
		if _, ok := written[row[1]]; !ok {
			t.Errorf("the runbook tells of %q, which is not written, or twice", row[1])
		}
		delete(written, row[1])
	}
	for text, at := range written {
		t.Errorf("the runbook lacks %q (%s)", text, at)
	}
}

var (
	chapter  = regexp.MustCompile("(?m)^#+ (.+)$")
	withinIt = regexp.MustCompile(`\]\(#([^)]+)\)`)
	dropped  = regexp.MustCompile("[^a-z0-9 _-]")
)

// Links within a page lead to one of its chapters.
func TestLinksWithinAPageLeadSomewhere(t *testing.T) {
	for _, page := range pages(t) {
		text, anchors := read(t, page), map[string]bool{}
		for _, m := range chapter.FindAllStringSubmatch(text, -1) {
			anchors[strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
		}
		for _, m := range withinIt.FindAllStringSubmatch(text, -1) {
			if !anchors[m[1]] {
				t.Errorf("%s links to its #%s, which is not there", page, m[1])
			}
		}
	}
}
