// Package demo plays the synthetic bank: its history straight into the log at
// full speed, as a load would, then live days through a source topic and the
// role ingest, a business day every few seconds.
//
// Once plays the history, Play live days behind it until it is stopped. File map:
// params.go what was asked for; run.go Once; play.go Play; history.go and live.go the two
// ways of playing; watch.go what comes out, recall.go what had come out before; census.go
// questions to ClickHouse; gauges.go the program's metrics; summary.go the result of
// --once; view.go what there is to see; screen.go, panels.go, lines.go and words.go how
// it is shown; guide.go what to try next.
package demo
