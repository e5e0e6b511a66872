package event

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// Causes leaves none of the constants out.
func TestCausesAreAll(t *testing.T) {
	text, err := os.ReadFile("reject.go")
	if err != nil {
		t.Fatal(err)
	}
	var want []Cause
	for _, m := range regexp.MustCompile(`(?m)^\t\w+ +Cause = "(\w+)"`).FindAllSubmatch(text, -1) {
		want = append(want, Cause(m[1]))
	}
	if got := Causes(); len(want) < 20 || !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
