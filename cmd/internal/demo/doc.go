// Package demo plays the synthetic bank: its history straight into the log at
// full speed, as a load would, then live days through a source topic and the
// role ingest, a business day every few seconds.
//
// Run is the demo as one straight line. File map: params.go what was asked for;
// history.go and live.go the two ways of playing; watch.go what comes out;
// census.go questions to ClickHouse; summary.go the result of --once; screen.go,
// lines.go and words.go how it is shown.
package demo
