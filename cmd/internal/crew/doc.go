// Package crew runs the roles of tierwatch as processes of their own, for harnesses:
// cmd/chaos kills them, cmd/bench measures them.
//
// A [Crew] starts again whoever ends by himself, as a service manager does; a
// [Member] is one place in it and holds one process after the other. Their words go
// into a file per life. No process outlives the harness ([Bound]).
package crew
