package mapping

import (
	"fmt"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"
)

// Problem is one mistake in a mapping file.
type Problem struct {
	File      string
	Line, Col int
	// Field is the path of the setting, such as records[0].fields.amount.
	Field string
	// Value is what stands there, shortened.
	Value string
	// What says what is wrong and what would be right.
	What string
}

func (p Problem) String() string {
	at := fmt.Sprintf("%s:%d:%d: ", p.File, p.Line, p.Col)
	if p.Value == "" {
		return at + p.Field + ": " + p.What
	}
	return at + p.Field + ": " + fmt.Sprintf("%q: ", p.Value) + p.What
}

// Problems are all mistakes of a mapping file, in the order of the file.
type Problems []Problem

// Error implements error: one line each.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].String()
	}
	return strings.Join(lines, "\n")
}

func (p *Problems) add(file string, n *yaml.Node, field, what string) {
	q := Problem{File: file, Line: 1, Col: 1, Field: field, What: what}
	if n != nil {
		q.Line, q.Col = n.Line, n.Column
		if n.Kind == yaml.ScalarNode {
			q.Value = short(n.Value)
		}
	}
	for _, old := range *p {
		// One problem of a setting at one place: the first says it best. What two
		// records share by an anchor is wrong once.
		if old.Line == q.Line && old.Col == q.Col && (old.Field == q.Field || old.What == q.What) {
			return
		}
	}
	*p = append(*p, q)
}

func (p Problems) sorted() error {
	if len(p) == 0 {
		return nil
	}
	sort.SliceStable(p, func(i, j int) bool {
		if p[i].Line != p[j].Line {
			return p[i].Line < p[j].Line
		}
		return p[i].Col < p[j].Col
	})
	return p
}

func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
