// Package explaining turns what the fold knows of a customer into a View for
// scripts (JSON) and a page for people, in Chinese or English.
//
// Replay folds the log of one customer, alone: customers of a partition do not
// influence each other, so only his records and the control records are needed.
//
// File map: replay.go; begin.go where it starts; view.go the data; page.go the page; words.go.
package explaining
