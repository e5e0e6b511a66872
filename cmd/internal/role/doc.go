// Package role makes the long-running parts of the program from a deployment:
// ingest, conductor, fold and warehouse. Each constructor returns a function
// that works until its context ends; `tierwatch run` and `tierwatch demo` run
// them beside each other in a lifecycle.Group.
package role
