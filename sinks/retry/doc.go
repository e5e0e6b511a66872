// Package retry is the one place where an output tries again. An output says
// whether an error may pass by itself; [Policy.Do] waits and repeats.
package retry
