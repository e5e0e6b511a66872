package mapping

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"gopkg.in/yaml.v3"

	"github.com/tierwatch/tierwatch/schemas"
)

// reporter says in words what the schema refuses.
type reporter struct {
	problems *Problems
	file     string
	root     *yaml.Node
	mended   bool
}

// mend reports a mistyped word whose meaning is plain, and puts it right.
func (r *reporter) mend(e *jsonschema.ValidationError) {
	n, field := locate(r.root, e.InstanceLocation)
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		known := settings(e.SchemaURL)
		for _, name := range k.Properties {
			right := guess(name, known)
			key := keyOf(n, name)
			if right == "" || key == nil || get(n, right) != nil {
				continue
			}
			r.problems.add(r.file, key, join(field, name), noSuch(name, known))
			key.Value, key.Tag = right, "!!str"
			r.mended = true
		}
	case *kind.Enum:
		known := texts(k.Want)
		right := guess(n.Value, known)
		if n.Kind != yaml.ScalarNode || right == "" || right == n.Value {
			return
		}
		r.problems.add(r.file, n, field, oneOf(n.Value, known))
		n.Value, n.Tag = right, "!!str"
		r.mended = true
	}
}

func (r *reporter) report(e *jsonschema.ValidationError) {
	n, field := locate(r.root, e.InstanceLocation)
	what := ""
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			at := keyOf(n, name)
			if at == nil {
				at = n
			}
			r.problems.add(r.file, at, join(field, name), noSuch(name, settings(e.SchemaURL)))
		}
		return
	case *kind.Required:
		what = "needs " + strings.Join(k.Missing, ", ")
	case *kind.Enum:
		value := ""
		if n.Kind == yaml.ScalarNode {
			value = n.Value
		}
		what = oneOf(value, texts(k.Want))
	case *kind.Pattern:
		what = patterns[k.Want]
	case *kind.Type:
		what = "want " + shapes(k.Want) + ", not " + shapes([]string{k.Got})
	case *kind.MinLength:
		what = "is empty: want a text"
	case *kind.MaxLength:
		what = fmt.Sprintf("has %d characters; at most %d", k.Got, k.Want)
	case *kind.MinItems:
		what = fmt.Sprintf("has too few entries: %d; want %d or more", k.Got, k.Want)
	case *kind.MinProperties:
		what = fmt.Sprintf("has too few settings: %d; want %d or more", k.Got, k.Want)
	case *kind.MaxItems:
		what = fmt.Sprintf("has %d entries; at most %d", k.Got, k.Want)
	case *kind.Minimum:
		what = "want " + k.Want.RatString() + " or more"
	case *kind.Maximum:
		what = "want " + k.Want.RatString() + " or less"
	case *kind.OneOf:
		what = "want exactly one of drop_when with reason, keep_when with reason, and reject_when with cause"
	}
	if what == "" {
		what = e.ErrorKind.LocalizedString(message.NewPrinter(language.English))
	}
	r.problems.add(r.file, n, field, what)
}

// patterns of the schema, in words.
var patterns = map[string]string{
	"^[A-Za-z0-9][A-Za-z0-9._-]*$": "want letters, digits, dots, dashes and underscores, as core-bookings",
	"^[a-z][a-z0-9_]*$":            "want small letters, digits and underscores, as no_branch",
	"^[^:]+$":                      "want a text without a colon, which stands between the parts of an event id",
}

func noSuch(name string, known []string) string {
	if near := didYouMean(name, known); near != "" || len(known) == 0 {
		return "no such setting here" + near
	}
	return "no such setting here; there are " + strings.Join(known, ", ")
}

// shapes names what JSON Schema calls types as people who write YAML do.
func shapes(types []string) string {
	words := map[string]string{
		"object": "settings (key: value)", "array": "a list ([a, b], or lines that begin with a dash)", "string": "a text", "number": "a number",
		"integer": "a whole number", "boolean": "true or false", "null": "nothing",
	}
	list := make([]string, len(types))
	for i, t := range types {
		list[i] = words[t]
	}
	return strings.Join(list, " or ")
}

// settings are the keys that the schema knows at a place of its own.
func settings(url string) []string {
	var at any
	if err := json.Unmarshal(schemas.MappingSchema, &at); err != nil {
		return nil
	}
	_, path, _ := strings.Cut(url, "#")
	for step := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if step == "" {
			continue
		}
		switch v := at.(type) {
		case map[string]any:
			at = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(v) {
				return nil
			}
			at = v[i]
		}
	}
	object, _ := at.(map[string]any)
	known, _ := object["properties"].(map[string]any)
	return slices.Sorted(maps.Keys(known))
}

func keyOf(n *yaml.Node, name string) *yaml.Node {
	for _, kv := range pairs(n) {
		if kv.key.Value == name {
			return kv.key
		}
	}
	return nil
}

func texts(values []any) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = fmt.Sprint(v)
	}
	return list
}
