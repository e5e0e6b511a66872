// Package score turns metrics into scores: [Points] maps a metric's value to
// basis points by a curve, [Sum] weighs the points of the dimensions.
//
// All arithmetic is in integers and exact until it is rounded once, half to
// even; the same inputs give the same score on every machine.
package score
