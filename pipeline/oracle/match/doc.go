// Package match compares what a fold says with what the oracle makes of the same log: each
// row of a snapshot with the point of its CLOSE or, where a day is written again, with the
// day as it is known then, and rows that must be there; and it puts tier changes and alerts
// into the oracle's words. It knows the fold by its messages only.
package match
