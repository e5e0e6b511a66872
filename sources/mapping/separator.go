package mapping

import (
	"fmt"
	"slices"
	"strings"
)

// separators are those that files use.
var separators = []string{",", ";", "\t", "|"}

// separatorNear names the sign that a word stands for.
func separatorNear(word string) string {
	sign := map[string]string{"semicolon": ";", "comma": ",", "pipe": "|", "bar": "|", "colon": ":", "space": " "}[strings.ToLower(word)]
	if sign == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", sign)
}

// wrongSeparator tells the one cause why no column is found: the header was read
// as a single column in which another separator stands between names that the
// mapping wants. It is nil if that is not so.
func (m *Mapper) wrongSeparator(header []string) Problems {
	if len(header) != 1 {
		return nil
	}
	for _, sep := range separators {
		names := strings.Split(header[0], sep)
		for i, name := range names {
			names[i] = strings.Trim(strings.TrimSpace(name), `"`)
		}
		wanted := slices.ContainsFunc(m.program.columns, func(c column) bool { return slices.Contains(names, c.name) })
		if len(names) < 2 || !wanted {
			continue
		}
		if sep == "\t" {
			sep = "tab"
		}
		var p Problems
		p.add(m.program.fileName, m.program.formatAt, m.program.formatField+".separator",
			fmt.Sprintf("the file's header is one column, %q: write separator: %q", short(header[0]), sep))
		return p
	}
	return nil
}
