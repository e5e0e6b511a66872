package house

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const module = "github.com/tierwatch/tierwatch/"

// source is one Go file that people wrote.
type source struct {
	// path is relative to the root, dir its directory.
	path, dir string
	text      []byte
	file      *ast.File
}

func (s *source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

func (s *source) lines() int { return bytes.Count(s.text, []byte("\n")) }

// imports are the packages of this module that the file imports, without the
// module's name.
func (s *source) imports() []string {
	var all []string
	for _, i := range s.file.Imports {
		if p, ok := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), module); ok {
			all = append(all, p)
		}
	}
	return all
}

var generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

const root = "../../.."

// tree reads all Go files but the generated.
func tree(t *testing.T) []*source {
	t.Helper()
	var all []*source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name := d.Name()
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "bin" || name == "testdata" || name == "node_modules"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil || generated.Match(text) {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		all = append(all, &source{path: rel, dir: filepath.ToSlash(filepath.Dir(rel)), text: text, file: file})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 100 {
		t.Fatalf("%d Go files found: the root is wrong", len(all))
	}
	return all
}

// packages are the files by directory.
func packages(all []*source) map[string][]*source {
	by := map[string][]*source{}
	for _, s := range all {
		by[s.dir] = append(by[s.dir], s)
	}
	return by
}
