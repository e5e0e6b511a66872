package house

import (
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

var (
	// hasMap finds that a doc.go has a map of the package's files; leavesOut, that this map
	// says once for all what the files are that it does not name.
	hasMap    = regexp.MustCompile(`File map|# Files`)
	leavesOut = regexp.MustCompile(`each\s+(//\s+)?other\s+(//\s+)?file`)
	// named finds the files in it, table_*.go too, but none behind a directory.
	named = regexp.MustCompile(`(?:^|[^\w./*])([\w*]+\.go)\b`)
)

func TestFileMapsAreWhole(t *testing.T) {
	maps := 0
	for dir, files := range packages(tree(t)) {
		code := slices.DeleteFunc(slices.Clone(files), (*source).isTest)
		doc := slices.IndexFunc(code, func(s *source) bool { return path.Base(s.path) == "doc.go" })
		if doc < 0 || !hasMap.Match(code[doc].text) {
			continue
		}
		maps++
		patterns := []string{"doc.go"}
		for _, m := range named.FindAllSubmatch(code[doc].text, -1) {
			p := string(m[1])
			if there, err := filepath.Glob(filepath.Join(root, dir, p)); err != nil || len(there) == 0 {
				t.Errorf("%s/doc.go names %s, which is not there", dir, p)
			}
			patterns = append(patterns, p)
		}
		for _, s := range code {
			name := path.Base(s.path)
			if !leavesOut.Match(code[doc].text) && !slices.ContainsFunc(patterns, func(p string) bool { ok, _ := path.Match(p, name); return ok }) {
				t.Errorf("the file map of %s/doc.go lacks %s", dir, name)
			}
		}
	}
	if maps < 20 {
		t.Errorf("%d file maps found: the words by which they are known are wrong", maps)
	}
}
