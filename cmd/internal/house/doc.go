// Package house holds no code: its tests are the house rules that a linter cannot
// check. They read the source tree only.
//
// What they ask: files short enough to read, a doc.go in each package and in its file
// map all files, names that say what a room is for, nothing left open, imports that run
// one way, and a leak check wherever goroutines start.
package house
