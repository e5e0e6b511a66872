// Package chdb is the child side of the embedded ClickHouse: it loads
// libchdb.so into the calling process and serves the native and HTTP protocols
// from it until the parent lets go of the lifeline.
//
// It must be a process of its own. The library takes over SIGSEGV, SIGABRT,
// SIGBUS, SIGFPE and SIGILL, so a recovered nil dereference in Go would hang,
// and a C++ abort would take the whole program down.
//
// Non-obvious: standard input of the library is a pseudo terminal and it runs
// with --interactive. When its input is not a terminal, one wrong password over
// the native protocol aborts the process (upstream issue ClickHouse#115666).
//
// The build tag noembedded, or a platform other than linux/amd64, leaves the
// library loader out; Run then returns ErrUnsupported. Without the loader the
// binary needs no C library.
package chdb
