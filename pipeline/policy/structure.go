package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"gopkg.in/yaml.v3"

	"github.com/tierwatch/tierwatch/schemas"
)

// schemaDoc is the JSON Schema of a policy, as a document and compiled.
type schemaDoc struct {
	doc      any
	compiled *jsonschema.Schema
}

var schema = sync.OnceValues(func() (*schemaDoc, error) {
	const url = "policy.schema.json"
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemas.PolicySchema))
	if err != nil {
		return nil, fmt.Errorf("read the policy schema: %w", err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(url, doc); err != nil {
		return nil, fmt.Errorf("add the policy schema: %w", err)
	}
	compiled, err := c.Compile(url)
	if err != nil {
		return nil, fmt.Errorf("compile the policy schema: %w", err)
	}
	return &schemaDoc{doc, compiled}, nil
})

// keys gives the keys that the schema allows at a place of its own.
func (s *schemaDoc) keys(url string) []string {
	_, pointer, _ := strings.Cut(url, "#")
	at, _ := s.doc.(map[string]any)
	for step := range strings.SplitSeq(strings.Trim(pointer, "/"), "/") {
		if next, ok := at[step].(map[string]any); ok {
			at = next
		}
	}
	properties, _ := at["properties"].(map[string]any)
	return slices.Sorted(maps.Keys(properties))
}

// structure checks the document against the JSON Schema: keys, kinds of values,
// closed lists of words. It remembers mappings with wrong keys in c.broken.
func (c *compiler) structure(root value) Problems {
	s, err := schema()
	if err != nil {
		return Problems{{File: c.file, Message: err.Error(), Remedy: "this is a fault of the program; report it"}}
	}
	var verr *jsonschema.ValidationError
	if !errors.As(s.compiled.Validate(plainValue(root.node)), &verr) {
		return nil
	}
	var found Problems
	c.leaves(s, root, verr, &found)
	return found
}

func (c *compiler) leaves(s *schemaDoc, root value, e *jsonschema.ValidationError, found *Problems) {
	if len(e.Causes) > 0 && !whole(e.ErrorKind) {
		for _, cause := range e.Causes {
			c.leaves(s, root, cause, found)
		}
		return
	}
	at := find(root, e.InstanceLocation)
	if k, isExtra := e.ErrorKind.(*kind.AdditionalProperties); isExtra {
		c.broken[at.node] = true
		*found = append(*found, c.unknownKeys(at, k.Properties, s.keys(e.SchemaURL))...)
		return
	}
	*found = append(*found, c.explain(at, e.ErrorKind)...)
}

// whole tells whether an error says more than its causes.
func whole(k jsonschema.ErrorKind) bool {
	switch k.(type) {
	case *kind.AnyOf, *kind.PropertyNames:
		return true
	}
	return false
}

// find walks to the place that a validation error names.
func find(v value, location []string) value {
	for _, step := range location {
		next, ok := v.get(step)
		if !ok {
			i, err := strconv.Atoi(step)
			list := v.list()
			if err != nil || i < 0 || i >= len(list) {
				return v
			}
			next = list[i]
		}
		v = next
	}
	return v
}

// explain puts a violation of the schema into words.
func (c *compiler) explain(v value, k jsonschema.ErrorKind) Problems {
	switch k := k.(type) {
	case *kind.Required:
		if c.broken[v.node] {
			return nil
		}
		return Problems{c.at(v, "misses "+strings.Join(k.Missing, ", "), "add it")}
	case *kind.PropertyNames:
		return nil // checkNames says it at the key.
	case *kind.Type:
		return Problems{c.at(v, "is "+typeWords([]string{k.Got}), "write "+typeWords(k.Want))}
	case *kind.Enum:
		return Problems{c.at(v, "is none of the words allowed here", suggestAny(k))}
	case *kind.Pattern:
		return Problems{c.at(v, noName, nameRemedy)}
	case *kind.MinItems, *kind.MinProperties:
		return Problems{c.at(v, "has too few entries", "see docs/policy.md for how many it takes")}
	case *kind.MaxItems, *kind.MaxProperties:
		return Problems{c.at(v, "has too many entries", "see docs/policy.md for how many it takes")}
	case *kind.Minimum:
		return Problems{c.at(v, "is too small", "write at least "+k.Want.RatString())}
	case *kind.Maximum:
		return Problems{c.at(v, "is too large", "write at most "+k.Want.RatString())}
	}
	return Problems{c.at(v, "does not fit the policy schema", "see docs/policy.md")}
}

// unknownKeys reports keys the schema does not know at v, each at its own place.
func (c *compiler) unknownKeys(v value, keys, allowed []string) Problems {
	var out Problems
	for key := range v.pairs() {
		for _, name := range keys {
			if key.node.Value == name {
				remedy := suggest(name, allowed, "key")
				if whole, ok := parted(v, name); ok {
					remedy = "write " + whole + ": a comma ends the value before it"
				}
				out = append(out, c.at(key, "there is no such key here", remedy))
			}
		}
	}
	return out
}

// parted tells of a key without a value that it belongs to a number before it whose
// thousands are parted by commas; whole is how to write the number.
func parted(v value, name string) (whole string, ok bool) {
	if v.node.Style&yaml.FlowStyle == 0 {
		return "", false
	}
	for key, val := range v.pairs() {
		if k := key.node.Value; whole != "" && val.node.ShortTag() == "!!null" && thousand(k) {
			whole += "_" + k
			ok = ok || k == name
			continue
		}
		if ok {
			break
		}
		whole = ""
		if val.node.ShortTag() == "!!int" {
			whole = val.node.Value
		}
	}
	return whole, ok
}

// thousand tells whether text is three digits.
func thousand(text string) bool {
	return len(text) == 3 && strings.Trim(text, "0123456789") == ""
}

func suggestAny(k *kind.Enum) string {
	var known []string
	for _, w := range k.Want {
		known = append(known, fmt.Sprint(w))
	}
	return suggest(fmt.Sprint(k.Got), known, "word")
}

func typeWords(types []string) string {
	words := map[string]string{
		"object": "keys and values", "array": "a list", "string": "a word", "number": "a number",
		"integer": "a whole number", "boolean": "true or false", "null": "empty",
	}
	var out []string
	for _, t := range types {
		out = append(out, words[t])
	}
	return strings.Join(out, " or ")
}

// plainValue gives a node as the schema validator wants it. Numbers stay exact.
func plainValue(n *yaml.Node) any {
	if n.Kind == yaml.MappingNode {
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plainValue(n.Content[i+1])
		}
		return m
	}
	if n.Kind == yaml.SequenceNode {
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			list[i] = plainValue(item)
		}
		return list
	}
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!int", "!!float":
		if isDecimal(n.Value) {
			return json.Number(strings.ReplaceAll(n.Value, "_", ""))
		}
	}
	return n.Value
}
