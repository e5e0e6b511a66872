// Package progress tells how far the fold and the warehouse are behind the log,
// and waits until they have caught up.
package progress
