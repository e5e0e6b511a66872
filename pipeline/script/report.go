package script

import (
	"fmt"
	"strings"
)

// Report is the outcome of a script.
type Report struct {
	Path string
	// Checks counts the expect lines that were compared.
	Checks   int
	Failures []Failure
	// Err is why the script could not be played to its end, nil if it was.
	Err error
}

// Failure is an expect line that does not hold.
type Failure struct {
	Line int
	// Text is the line, Message what was there instead.
	Text, Message string
}

// OK tells whether the script was played to its end and everything held.
func (r *Report) OK() bool { return r.Err == nil && len(r.Failures) == 0 }

// String gives one line a failure, or one line that says that all holds.
func (r *Report) String() string {
	if r.OK() {
		return fmt.Sprintf("%s: ok, %d checks", r.Path, r.Checks)
	}
	var lines []string
	for _, f := range r.Failures {
		lines = append(lines, fmt.Sprintf("%s:%d: %s: %s", r.Path, f.Line, f.Text, f.Message))
	}
	if r.Err != nil {
		lines = append(lines, r.Err.Error())
	}
	return strings.Join(lines, "\n")
}
