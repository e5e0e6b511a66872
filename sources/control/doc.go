// Package control writes time into the log: ticks, rates, policies and day
// closes, to every partition, by one writer at any moment.
//
//   - [Conductor] is the LIVE writer, the conductor role. Of all processes with
//     the role one is active, by membership in a group over the one partition of
//     tierwatch.control.
//   - [Backfill] is the BACKFILL writer that loads and the demo use.
//   - [Topic] reads and writes tierwatch.control: the lease of the writer of
//     time, what he has written, publications by operators, and the worker's
//     transactional ids ([Registry]).
//   - [Gate] tells ingest when live events must wait.
//
// File map: keys.go and table.go the topic's contents; topic.go reading and
// writing it; lease.go who may write time; scribe.go writing to all partitions;
// open.go the first records of a log; move.go the log that a repartition leaves and
// the one it makes; schedule.go what is due, a pure function; sources.go how far
// sources are; conductor.go and election.go who is in office; duty.go what he does
// there; backfill.go, gate.go, registry.go, clock.go, metrics.go.
//
// Non-obvious: every write may be repeated by a successor, since it learns only
// of writes that all partitions acknowledged. The fold ignores repeats and
// lower terms.
package control
