package gen

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/tierwatch/tierwatch/pipeline/policy"
)

// TestPolicyCompiles: whatever is drawn is a policy.
func TestPolicyCompiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := Features{Pure: rapid.Bool().Draw(t, "pure"), Alerts: true}
		first := Policy(t, 1, f)
		p, err := policy.Compile("", []byte(first), policy.Options{BaseCurrency: Base})
		if err != nil {
			t.Fatalf("%v\n%s", err, first)
		}
		second := Policy(t, 2, f)
		if _, err := policy.Compile("", []byte(second), policy.Options{BaseCurrency: Base, Previous: p}); err != nil {
			t.Fatalf("%v\n%s\n%s", err, first, second)
		}
	})
}
