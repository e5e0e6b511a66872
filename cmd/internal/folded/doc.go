// Package folded tells what the fold said of one stretch of the log: its dead letters
// and its verdicts on what a load or a redrive wrote.
package folded
