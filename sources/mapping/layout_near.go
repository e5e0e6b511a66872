package mapping

import "strings"

// layoutNear proposes the layout that a format of another language means, if it is
// one: of Java (dd.MM.yyyy), of C and Python (%d.%m.%Y), or all small.
func layoutNear(format string) string {
	for _, try := range []*strings.Replacer{
		strings.NewReplacer("yyyy", "YYYY", "uuuu", "YYYY", "yy", "YY", "dd", "DD", "d", "D", "'T'", "T", "'", "", "SSS", "f", "XXX", "Z", "MMM", "MON", "a", "AM"),
		strings.NewReplacer("%Y", "YYYY", "%y", "YY", "%m", "MM", "%d", "DD", "%b", "MON", "%H", "HH", "%I", "hh", "%M", "mm", "%S", "ss",
			"%f", "f", "%z", "Z", "%p", "AM", "%F", "YYYY-MM-DD", "%T", "HH:mm:ss"),
	} {
		if to := try.Replace(format); to != format && plausible(to) {
			return "; did you mean " + to + "?"
		}
	}
	date, clock, _ := strings.Cut(format, " ")
	to := strings.ToUpper(date)
	if clock != "" {
		to += " " + strings.NewReplacer("hh", "HH", "MM", "mm", "SS", "ss", "MI", "mm", "mi", "mm", "24", "").Replace(clock)
	}
	if to != format && plausible(to) {
		return "; did you mean " + to + "?"
	}
	return ""
}

func plausible(format string) bool {
	_, err := parseLayout(format, 0)
	return err == nil
}
