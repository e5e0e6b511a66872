package fold

import (
	"strconv"
	"unicode/utf8"
)

// Bounds of names, in bytes: what ingest accepts, and so what the fold keeps and
// quotes.
const (
	maxID     = 128
	maxUnit   = 32
	maxName   = 256
	maxBranch = 16
)

// within tells what is wrong with a text that must have from … to bytes.
func within(s string, from, to int) (detail string) {
	switch {
	case len(s) < from:
		return "is blank"
	case len(s) > to:
		return strconv.Itoa(len(s)) + " bytes; at most " + strconv.Itoa(to)
	}
	return ""
}

// badID tells what is wrong with an id.
func badID(s string) (detail string) { return within(s, 1, maxID) }

// shown is an id as outputs quote it: one beyond its bound is cut and ends with an
// ellipsis, so that what is said of a record is never much larger than the record.
func shown(s string) string {
	const end = "\u2026"
	if len(s) <= maxID {
		return s
	}
	n := maxID - len(end)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + end
}
