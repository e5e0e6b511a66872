package main

import "fmt"

// shown is how many differences a report lists.
const shown = 50

// findings are the differences of a run.
type findings struct {
	n     int
	first []string
}

func (f *findings) add(format string, args ...any) {
	f.n++
	if len(f.first) < shown {
		f.first = append(f.first, fmt.Sprintf(format, args...))
	}
}
