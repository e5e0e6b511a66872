// Package tierwatchpb is the code generated from schemas/proto (make generate), but
// for bound.go, which is written by hand.
package tierwatchpb
