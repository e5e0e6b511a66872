package house

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	cited    = regexp.MustCompile(`\b[Ss]emantics ((?:\d+)(?:(?:, | and |; )\d+)*)`)
	number   = regexp.MustCompile(`\d+`)
	elsehow  = regexp.MustCompile(`\b([Dd]esign|[Dd]omain(\.md)?) \d`)
	rule     = regexp.MustCompile(`\bR\d+\b`)
	ruleHead = regexp.MustCompile(`(?m)^- \*\*(R\d+)\*\*`)
)

// Each chapter of the semantics that a comment, a query or a page cites is there, each
// rule that the semantics cite is among the rules, and nothing cites a document of
// another name by number.
func TestCitationsLeadSomewhere(t *testing.T) {
	semantics := read(t, filepath.Join(root, "docs/semantics.md"))
	chapters := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^## (\d+) `).FindAllStringSubmatch(semantics, -1) {
		chapters[m[1]] = true
	}
	seen := 0
	look := func(path, text string) {
		for _, m := range cited.FindAllStringSubmatch(text, -1) {
			for _, n := range number.FindAllString(m[1], -1) {
				seen++
				if !chapters[n] {
					t.Errorf("%s cites semantics %s, which docs/semantics.md has not", path, n)
				}
			}
		}
		if s := elsehow.FindString(text); s != "" {
			t.Errorf("%s cites %q: no such document is here", path, s)
		}
	}
	for _, s := range tree(t) {
		look(s.path, string(s.text))
	}
	for _, page := range pages(t) {
		look(page, read(t, page))
	}
	for _, path := range others(t) {
		look(path, read(t, path))
	}
	if seen < 70 {
		t.Errorf("%d citations were found", seen)
	}
	rules := map[string]bool{}
	for _, m := range ruleHead.FindAllStringSubmatch(read(t, filepath.Join(root, "docs/rules.md")), -1) {
		rules[m[1]] = true
	}
	for _, r := range rule.FindAllString(semantics, -1) {
		if !rules[r] {
			t.Errorf("docs/semantics.md cites %s, which is no rule", r)
		}
	}
}

// others are the contracts and scripts that cite as comments in Go do.
func others(t *testing.T) []string {
	t.Helper()
	var all []string
	for pattern := range strings.FieldsSeq("schemas/clickhouse/*.sql schemas/proto/tierwatch/v1/*.proto deploy/examples/*/*.script sinks/clickhouse/queries/*.sql") {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	if len(all) < 20 {
		t.Fatalf("%d files were found", len(all))
	}
	return all
}
