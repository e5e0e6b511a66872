package script

import (
	"strings"
	"testing"
)

// A file that is no script gives a short answer with the remedy.
func TestWhatIsNoScript(t *testing.T) {
	for name, c := range map[string]struct {
		text, want string
		lines      int
	}{
		"binary":     {"\x7fELF\x00\x01\nclose", "is no text in UTF-8: name a script", 1},
		"GBK":        {"rm C1 \xcd\xf5", "save it as UTF-8", 1},
		"other text": {strings.Repeat("id,amount\n", 1000), "and 900 more lines; is this a script? docs/policy.md", 101},
		"long line":  {strings.Repeat("x", 100_000), "…", 1},
	} {
		_, err := Parse("a.script", []byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "a.script:") ||
			strings.Count(err.Error(), "\n") != c.lines-1 || len(err.Error()) > 30_000 {
			t.Errorf("%s: %.500v", name, err)
		}
	}
}
