package config

import (
	"fmt"
	"reflect"
	"strings"

	"gopkg.in/yaml.v3"
)

// reader puts the nodes of a YAML file into settings and keeps going after a
// mistake.
type reader struct {
	file     string
	problems Problems
	places   map[string]Place
}

func (r *reader) place(n *yaml.Node) Place { return Place{r.file, n.Line, n.Column} }

func (r *reader) wrong(n *yaml.Node, field, message string, args ...any) {
	value := n.Value
	if len(value) > 60 {
		value = value[:60] + "…"
	}
	r.problems = append(r.problems, Problem{r.place(n), field, value, fmt.Sprintf(message, args...)})
}

// fill puts a mapping node into v, a struct.
func (r *reader) fill(n *yaml.Node, path string, v reflect.Value) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode {
		r.wrong(n, orTop(path), "want a block of settings: %s", strings.Join(names(v.Type()), ", "))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		field := join(path, key.Value)
		f, ok := fieldOf(v, key.Value)
		switch {
		case !ok:
			r.problems = append(r.problems, Problem{r.place(key), field, "", "unknown setting" + suggest(key.Value, names(v.Type()))})
		case seen[key.Value]:
			r.problems = append(r.problems, Problem{r.place(key), field, "", "is set twice: remove one"})
		default:
			seen[key.Value] = true
			r.value(value, field, f)
		}
	}
}

func (r *reader) value(n *yaml.Node, field string, v reflect.Value) {
	r.places[field] = r.place(n)
	switch {
	case v.Type() == reflect.TypeFor[Secret]():
		r.secret(n, field, v)
	case v.Kind() == reflect.Struct:
		r.fill(n, field, v)
	case v.Kind() == reflect.Slice:
		r.list(n, field, v)
	case n.Kind != yaml.ScalarNode:
		r.wrong(n, field, "want a single value")
	default:
		if err := setText(v, n.Value); err != nil {
			r.wrong(n, field, "%s", err)
		}
	}
}

func (r *reader) list(n *yaml.Node, field string, v reflect.Value) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.SequenceNode {
		r.wrong(n, field, "want a list: [a, b]")
		return
	}
	if len(n.Content) == 0 { // one way to be empty
		v.SetZero()
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		r.value(item, fmt.Sprintf("%s[%d]", field, i), list.Index(i))
	}
	v.Set(list)
}

func (r *reader) secret(n *yaml.Node, field string, v reflect.Value) {
	const remedy = "want {env: NAME} or {file: PATH}; a secret does not belong into this file"
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode || len(n.Content) != 2 {
		r.problems = append(r.problems, Problem{r.place(n), field, "", remedy})
		return
	}
	name := n.Content[1].Value
	switch n.Content[0].Value {
	case "env":
		v.Set(reflect.ValueOf(Secret{Env: name}))
	case "file":
		v.Set(reflect.ValueOf(Secret{File: name}))
	default:
		r.problems = append(r.problems, Problem{r.place(n), field, "", remedy})
	}
}
