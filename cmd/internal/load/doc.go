// Package load puts history from files into the log.
//
// Prepare compiles the mappings and looks over every file; Load.Run takes the
// lease in BACKFILL mode, merges the files by business day, closes each day that is over when
// all have passed it, and hands over. Into a live log it writes records only.
//
// A load that was killed goes on exactly: at each close it notes in
// tierwatch.control how far it came and where log and dead letters ended. What
// lies behind those ends is compared with what would be written next, so no
// record and no dead letter comes twice.
//
// File map: prepare.go; policy.go whose policy; opened.go a log that a conductor is about to open; run.go the course; days.go the days; mark.go how far;
// tail.go what was written last; folded.go what the fold said; rates.go; giveup.go.
package load
