package event

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What a detail shows of a value is a string that every reader of Protobuf takes.
func TestAValueIsShownInWholeCharacters(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{strings.Repeat("x", 40), strings.Repeat("x", 40)},
		{strings.Repeat("x", 41), strings.Repeat("x", 40) + "…"},
		{strings.Repeat("工", 13) + "x", strings.Repeat("工", 13) + "x"},
		{strings.Repeat("工", 20), strings.Repeat("工", 13) + "…"},
		{"x" + strings.Repeat("工", 20), "x" + strings.Repeat("工", 13) + "…"},
		{strings.Repeat("😀", 11), strings.Repeat("😀", 10) + "…"},
		{"xx" + strings.Repeat("😀", 11), "xx" + strings.Repeat("😀", 9) + "…"},
		{"M\xfcller", "M\uFFFDller"},
		{strings.Repeat("\x80", 50), "\uFFFD…"},
	} {
		if got := Show(c.in); got != c.want || Show([]byte(c.in)) != c.want {
			t.Errorf("%q is shown as %q, want %q", c.in, got, c.want)
		}
	}
}

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
