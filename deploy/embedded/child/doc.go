// Package child is the contract between the tierwatch process and the engines
// that it runs as child processes of the same binary.
//
// The parent gives every child three things: a lifeline on standard input, of
// which the parent alone holds the writing end, so that its end of file means
// "stop" whether the parent asked for it or was killed; a pipe on StatusFD, on
// which the child writes its ports once it serves; and one JSON argument.
package child
