// Package letters reads tierwatch.dlq and sends dead letters through again.
//
// Scan gives every letter; Redriver takes letters of ingest and of loads through
// the mapping they came from, and those of the fold back into the log, and marks
// each in tierwatch.control so that none goes twice by accident.
//
// File map: scan.go; filter.go; words.go and causes.go how a letter is told, trace.go
// the record behind it; redrive.go; book.go what was redriven; origin.go the way back of a row,
// files.go of a file's; folded.go what the fold said of it; park.go a record that the
// fold leaves out.
package letters
