package mapping

import (
	"bytes"
	"fmt"
	"strconv"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"gopkg.in/yaml.v3"

	"github.com/tierwatch/tierwatch/schemas"
)

const schemaURL = "mapping.schema.json"

var mappingSchema = sync.OnceValue(func() *jsonschema.Schema {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemas.MappingSchema))
	if err == nil {
		c := jsonschema.NewCompiler()
		if err = c.AddResource(schemaURL, doc); err == nil {
			var s *jsonschema.Schema
			if s, err = c.Compile(schemaURL); err == nil {
				return s
			}
		}
	}
	panic("mapping: the built-in schema does not compile: " + err.Error())
})

// mends bounds how often the schema is asked again after a mistyped word was taken
// for the right one.
const mends = 32

// checkSchema reports what the JSON Schema refuses, at the node it is about. A word
// that must have been another is reported and put right, so that what hangs on it is
// looked at too.
func checkSchema(problems *Problems, file string, root *yaml.Node) {
	dropRepeated(problems, file, root, "mapping", 0)
	for range mends {
		var value any
		if err := root.Decode(&value); err != nil {
			*problems = append(*problems, yamlProblems(file, nil, err)...)
			return
		}
		err := mappingSchema().Validate(plainValue(value))
		if err == nil {
			return
		}
		invalid, ok := err.(*jsonschema.ValidationError) //nolint:errorlint // Validate returns it bare
		if !ok {
			problems.add(file, root, "mapping", err.Error())
			return
		}
		r := reporter{problems: problems, file: file, root: root}
		all := leaves(invalid)
		for _, leaf := range all {
			r.mend(leaf)
		}
		if !r.mended {
			for _, leaf := range all {
				r.report(leaf)
			}
			return
		}
	}
}

// dropRepeated reports keys that stand twice in a mapping and leaves the first. The
// depth is bounded as that of what people write; anchors are not followed.
func dropRepeated(problems *Problems, file string, n *yaml.Node, field string, depth int) {
	if depth > 64 {
		return
	}
	if n.Kind == yaml.MappingNode {
		first := map[string]*yaml.Node{}
		kept := n.Content[:0:0]
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			if old := first[k.Value]; old != nil && k.Kind == yaml.ScalarNode {
				problems.add(file, k, join(field, k.Value), fmt.Sprintf("is already defined in line %d; keep one of them", old.Line))
				continue
			}
			if k.Kind == yaml.ScalarNode {
				first[k.Value] = k
			}
			kept = append(kept, k, n.Content[i+1])
		}
		n.Content = kept
	}
	for i, c := range n.Content {
		at := field
		switch {
		case n.Kind == yaml.SequenceNode:
			at = fmt.Sprintf("%s[%d]", field, i)
		case n.Kind == yaml.MappingNode && i%2 == 1:
			at = join(field, n.Content[i-1].Value)
		}
		dropRepeated(problems, file, c, at, depth+1)
	}
}

// plainValue makes a YAML value a JSON one: keys become texts.
func plainValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = plainValue(v[k])
		}
		return v
	case map[any]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[fmt.Sprint(k)] = plainValue(e)
		}
		return m
	case []any:
		for i := range v {
			v[i] = plainValue(v[i])
		}
		return v
	case string, bool, nil, int, int64, uint64, float64:
		return v
	}
	return fmt.Sprint(v) // a timestamp: the text is what counts
}

// leaves are the errors that say something; of alternatives, those of the one
// that came furthest, since that is what the writer meant.
func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	var out []*jsonschema.ValidationError
	_, anyOf := e.ErrorKind.(*kind.AnyOf)
	_, oneOf := e.ErrorKind.(*kind.OneOf)
	if oneOf {
		return []*jsonschema.ValidationError{e} // of a rule: what it needs is said as a whole
	}
	depth := -1
	for _, c := range e.Causes {
		below := leaves(c)
		if !anyOf {
			out = append(out, below...)
			continue
		}
		far := 0
		for _, l := range below {
			_, shape := l.ErrorKind.(*kind.Type)
			if !shape || len(l.InstanceLocation) > len(e.InstanceLocation) {
				far = max(far, len(l.InstanceLocation)+1)
			}
		}
		if far > depth {
			depth, out = far, below
		}
	}
	return out
}

// locate walks to the node of a JSON pointer.
func locate(root *yaml.Node, path []string) (*yaml.Node, string) {
	n, field := resolve(root), "mapping"
	for _, step := range path {
		switch n.Kind {
		case yaml.MappingNode:
			if next := get(n, step); next != nil {
				n = next
			}
			field = join(field, step)
		case yaml.SequenceNode:
			if i, err := strconv.Atoi(step); err == nil && i < len(n.Content) {
				n = resolve(n.Content[i])
			}
			field += "[" + step + "]"
		}
	}
	return n, field
}

func join(field, name string) string {
	if field == "mapping" {
		return name
	}
	return field + "." + name
}
