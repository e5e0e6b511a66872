// Package tierwatchpb is the code generated from schemas/proto (make generate), but
// for bound.go and days.go, which are written by hand.
package tierwatchpb
