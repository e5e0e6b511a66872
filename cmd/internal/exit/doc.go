// Package exit holds the exit codes of the program, and the error that carries
// one from a sub-command to main.
package exit
