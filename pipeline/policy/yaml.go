package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// value is a YAML node with the way to it. The zero value stands for nothing.
type value struct {
	node *yaml.Node
	path string
	// key: the node is a key, so path says its text already.
	key bool
}

// get gives the value under key of a mapping.
func (v value) get(key string) (value, bool) {
	for k, val := range v.pairs() {
		if k.node.Value == key {
			return val, true
		}
	}
	return value{}, false
}

// pairs gives keys and values of a mapping in the order of the file, nothing of
// any other node. Keys have the path of their values.
func (v value) pairs() iter.Seq2[value, value] {
	return func(yield func(k, val value) bool) {
		if v.node == nil || v.node.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(v.node.Content); i += 2 {
			k, val := v.node.Content[i], v.node.Content[i+1]
			path := v.path
			if path != "" {
				path += "."
			}
			path += k.Value
			if !yield(value{node: k, path: path, key: true}, value{node: val, path: path}) {
				return
			}
		}
	}
}

// list gives the items of a sequence, or a scalar as the only item.
func (v value) list() []value {
	if v.node == nil {
		return nil
	}
	if v.node.Kind == yaml.ScalarNode {
		return []value{v}
	}
	if v.node.Kind != yaml.SequenceNode {
		return nil
	}
	out := make([]value, len(v.node.Content))
	for i, n := range v.node.Content {
		out[i] = value{node: n, path: fmt.Sprintf("%s[%d]", v.path, i)}
	}
	return out
}

// text gives a scalar as it is written, false for null and for other nodes.
func (v value) text() (string, bool) {
	if v.node == nil || v.node.Kind != yaml.ScalarNode || v.node.Tag == "!!null" {
		return "", false
	}
	return v.node.Value, true
}

func (v value) isMap() bool { return v.node != nil && v.node.Kind == yaml.MappingNode }

// parse reads the one document of the text and reports what is wrong with it as
// YAML: syntax, anchors, duplicate keys. ok is false if there is no document.
func (c *compiler) parse(text []byte) (root value, ok bool) {
	file := value{}
	if len(text) > maxText {
		c.problem(file, fmt.Sprintf("the file has %d bytes, more than %d", len(text), maxText), "split the schemes into several policies")
		return root, false
	}
	if bytes.IndexByte(text, 0) >= 0 || !utf8.Valid(text) {
		c.problem(file, "the file is no text in UTF-8", "name a policy (docs/policy.md), or save it as UTF-8")
		return root, false
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		c.problem(file, "the file is empty", "begin with policy, version and schemes")
		return root, false
	case err != nil:
		c.syntax(err)
		return root, false
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		if err != nil {
			c.syntax(err)
			return root, false
		}
		c.problem(value{node: &more}, "a second document begins here", "keep one policy in a file")
	}
	root = value{node: doc.Content[0]}
	c.plain(root)
	return root, true
}

// syntax reports an error of the YAML parser at the line it names.
func (c *compiler) syntax(err error) {
	p := Problem{File: c.file, Message: strings.TrimPrefix(err.Error(), "yaml: "), Remedy: "mend the YAML"}
	if rest, found := strings.CutPrefix(p.Message, "line "); found {
		if num, msg, found := strings.Cut(rest, ": "); found {
			if n, err := strconv.Atoi(num); err == nil {
				p.Line, p.Column, p.Message = n, 1, msg
			}
		}
	}
	c.problems = append(c.problems, p)
}

// plain reports anchors, aliases, merges, tags and keys that are twice there.
func (c *compiler) plain(v value) {
	n := v.node
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		c.problem(v, "anchors and aliases are not allowed", "write the value out where it is used")
		return
	}
	seen := map[string]int{}
	for k, val := range v.pairs() {
		if k.node.Kind != yaml.ScalarNode || k.node.Tag == "!!merge" {
			c.problem(k, "a key must be a plain word or number", "write the keys out")
			continue
		}
		if line, dup := seen[k.node.Value]; dup {
			c.problem(k, fmt.Sprintf("the key stands in line %d already", line), "keep one of them")
		}
		seen[k.node.Value] = k.node.Line
		c.plain(val)
	}
	if n.Kind == yaml.SequenceNode {
		for _, item := range v.list() {
			c.plain(item)
		}
	}
}
