package house

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/script"
	"github.com/tierwatch/tierwatch/sources/mapping"
)

// pages are the Markdown files of the repository.
func pages(t *testing.T) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
			return filepath.SkipDir
		case filepath.Ext(path) == ".md":
			all = append(all, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)

func TestLinksLeadSomewhere(t *testing.T) {
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			}
		}
	}
}

var target = regexp.MustCompile("(?m)(?:^|`)make ([a-z-]+)")

func TestTargetsOfTheDocsExist(t *testing.T) {
	makefile := read(t, filepath.Join(root, "Makefile"))
	for _, page := range pages(t) {
		for _, m := range target.FindAllStringSubmatch(read(t, page), -1) {
			if !strings.Contains(makefile, "\n"+m[1]+":") {
				t.Errorf("%s says make %s, which the Makefile has not", page, m[1])
			}
		}
	}
}

// blocks are the fenced blocks of a page.
func blocks(text string) []string {
	var all []string
	for i, part := range strings.Split("\n"+text, "\n```") {
		if i%2 == 1 {
			_, body, _ := strings.Cut(part, "\n")
			all = append(all, body+"\n")
		}
	}
	return all
}

// TestReadmeHolds compiles and plays what the README shows.
func TestReadmeHolds(t *testing.T) {
	var policyText, scriptText, mappingText string
	for _, b := range blocks(read(t, filepath.Join(root, "README.md"))) {
		switch {
		case strings.HasPrefix(b, "policy: "):
			policyText = b
		case strings.HasPrefix(b, "policy "):
			scriptText = b
		case strings.HasPrefix(b, "mapping: "):
			mappingText = b
		}
	}
	if _, err := mapping.Compile("README.md", []byte(mappingText)); err != nil {
		t.Errorf("the mapping: %v", err)
	}
	s, err := script.Parse("README.md", []byte(scriptText))
	if err != nil {
		t.Fatal(err)
	}
	r := script.Play(s, func(string) ([]byte, error) { return []byte(policyText), nil })
	if r.Err != nil || len(r.Failures) > 0 || r.Checks != 2 {
		t.Errorf("the script: %d checks, %v, %v", r.Checks, r.Failures, r.Err)
	}
}
