package mapping

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// The YAML is walked as nodes, so that every problem has its place. All of these
// take nil and nodes of the wrong shape for "not there".

func resolve(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// get is the value of a key.
func get(n *yaml.Node, key string) *yaml.Node {
	for _, kv := range pairs(n) {
		if kv.key.Value == key {
			return kv.value
		}
	}
	return nil
}

type pair struct{ key, value *yaml.Node }

func pairs(n *yaml.Node) []pair {
	n = resolve(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	var list []pair
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Tag == "!!merge" { // <<: *anchor
			merged = append(merged, n.Content[i+1])
			continue
		}
		list = append(list, pair{n.Content[i], resolve(n.Content[i+1])})
	}
	for _, m := range merged {
		for _, kv := range direct(m) {
			if !hasKey(list, kv.key.Value) {
				list = append(list, kv)
			}
		}
	}
	return list
}

// direct are the pairs of a merged mapping, or of a list of them. A merge within
// a merge is not followed: an anchor may hold itself.
func direct(n *yaml.Node) []pair {
	n = resolve(n)
	var list []pair
	for i, c := range n.Content {
		switch {
		case n.Kind == yaml.SequenceNode && resolve(c).Kind == yaml.MappingNode:
			list = append(list, direct(c)...)
		case n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Tag != "!!merge":
			list = append(list, pair{n.Content[i-1], resolve(c)})
		}
	}
	return list
}

func hasKey(list []pair, key string) bool {
	return slices.ContainsFunc(list, func(kv pair) bool { return kv.key.Value == key })
}

// items are the elements of a list; a scalar is a list of itself.
func items(n *yaml.Node) []*yaml.Node {
	n = resolve(n)
	if n == nil {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		return []*yaml.Node{n}
	}
	if n.Kind != yaml.SequenceNode {
		return nil
	}
	list := make([]*yaml.Node, len(n.Content))
	for i := range n.Content {
		list[i] = resolve(n.Content[i])
	}
	return list
}

// text is a scalar as it stands; ~ and null are empty.
func text(n *yaml.Node) string {
	n = resolve(n)
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return ""
	}
	return n.Value
}

func integer(n *yaml.Node, other int64) int64 {
	v, err := strconv.ParseInt(text(n), 10, 64)
	if err != nil {
		return other
	}
	return v
}

var yamlLine = regexp.MustCompile(`line (\d+): (.*)`)

// yamlProblems gives the errors of the YAML reader their lines; the text, if there
// is one, tells what a line that cannot be read lacks.
func yamlProblems(file string, source []byte, err error) Problems {
	var out Problems
	list := []string{err.Error()}
	if typed, ok := errors.AsType[*yaml.TypeError](err); ok {
		list = typed.Errors
	}
	lines := strings.Split(string(source), "\n")
	for _, t := range list {
		p := Problem{File: file, Line: 1, Col: 1, Field: "mapping", What: "not valid YAML: " + strings.TrimPrefix(t, "yaml: ")}
		if m := yamlLine.FindStringSubmatch(t); m != nil {
			p.Line, _ = strconv.Atoi(m[1]) // digits by the expression
			p.What = "not valid YAML: " + m[2]
		}
		if p.Line <= len(lines) && source != nil {
			p.Value = short(strings.TrimSpace(lines[p.Line-1]))
			p.What += remedy(lines[p.Line-1], p.What)
		}
		out = append(out, p)
	}
	return out
}

// signs begin no plain text in YAML.
var signs = regexp.MustCompile("(?:^|[:,{\\[-])\\s*([%@`])")

// remedy is what usually helps where YAML cannot be read.
func remedy(line, what string) string {
	switch {
	case strings.Contains(line[:len(line)-len(strings.TrimLeft(line, " \t"))], "\t"):
		return "; indent with spaces, not with tabs"
	case strings.Contains(what, "mapping values are not allowed"):
		return "; a text with a colon and a space needs quotes, and a key must stand in line with its neighbours"
	case strings.Contains(what, "cannot start any token"):
		if m := signs.FindStringSubmatch(line); m != nil {
			return "; a text that begins with " + m[1] + " needs quotes"
		}
	case strings.Contains(what, "did not find expected"):
		return "; look for a bracket, brace, quote or indentation that does not match, here or just above"
	}
	return ""
}
