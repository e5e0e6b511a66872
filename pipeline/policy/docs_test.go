package policy_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	"github.com/tierwatch/tierwatch/schemas"
)

// TestDocumented demands every key and word of the schema in docs/policy.md.
func TestDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(text)
	var schema any
	if err := json.Unmarshal(schemas.PolicySchema, &schema); err != nil {
		t.Fatal(err)
	}
	seen := 0
	var walk func(v any)
	need := func(word string) {
		seen++
		if !strings.Contains(doc, word) {
			t.Errorf("docs/policy.md does not say %q", word)
		}
	}
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			if properties, ok := v["properties"].(map[string]any); ok {
				for key := range properties {
					need(key)
				}
			}
			if words, ok := v["enum"].([]any); ok {
				for _, w := range words {
					if s, ok := w.(string); ok {
						need(s)
					}
				}
			}
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(schema)
	if seen < 100 {
		t.Errorf("only %d words were looked for", seen)
	}
}

// TestDocExample compiles the policy that the guide begins with.
func TestDocExample(t *testing.T) {
	text, err := os.ReadFile("../../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```yaml\n")
	example, _, _ := strings.Cut(rest, "```")
	_, warnings, err := policy.Check("policy.md", []byte(example), policy.Options{BaseCurrency: "CNY"})
	if err != nil || len(warnings) > 0 {
		t.Errorf("%v\n%v", err, warnings)
	}
}
