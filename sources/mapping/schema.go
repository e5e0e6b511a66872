package mapping

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
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

// checkSchema reports what the JSON Schema refuses, at the node it is about.
func checkSchema(problems *Problems, file string, root *yaml.Node) {
	var value any
	if err := root.Decode(&value); err != nil {
		*problems = append(*problems, yamlProblems(file, err)...)
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
	for _, leaf := range leaves(invalid) {
		report(problems, file, root, leaf)
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
	depth := -1
	for _, c := range e.Causes {
		below := leaves(c)
		if !anyOf && !oneOf {
			out = append(out, below...)
			continue
		}
		far := 0
		for _, l := range below {
			if _, shape := l.ErrorKind.(*kind.Type); !shape {
				far = max(far, len(l.InstanceLocation)+1)
			}
		}
		if far > depth {
			depth, out = far, below
		}
	}
	return out
}

func report(problems *Problems, file string, root *yaml.Node, e *jsonschema.ValidationError) {
	n, field := locate(root, e.InstanceLocation)
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			at := n
			for _, kv := range pairs(n) {
				if kv.key.Value == name {
					at = kv.key
				}
			}
			problems.add(file, at, join(field, name), "no such setting here")
		}
	case *kind.Required:
		problems.add(file, n, field, "needs "+strings.Join(k.Missing, ", "))
	case *kind.Enum:
		problems.add(file, n, field, "want one of "+list(k.Want))
	case *kind.Pattern:
		problems.add(file, n, field, "does not fit "+k.Want)
	default:
		problems.add(file, n, field, k.LocalizedString(message.NewPrinter(language.English)))
	}
}

func list(values []any) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = fmt.Sprint(v)
	}
	return strings.Join(texts, ", ")
}

func join(field, name string) string {
	if field == "mapping" {
		return name
	}
	return field + "." + name
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
