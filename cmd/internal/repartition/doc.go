// Package repartition makes of a log one with another number of partitions, beside
// it, under a prefix of its own and with the next epoch.
//
//   - [Look] tells what would be done, and why it cannot be; it changes nothing.
//   - [Run] does it, step by step; killed anywhere it goes on when called again.
//   - [Back] takes it back: the log that was left may be written again.
//
// File map: plan.go what is to be done; standstill.go that nobody writes; run.go the
// steps; merge.go, lane.go and ruler.go the order of the new log, without I/O; copy.go
// the log; behind.go a log that begins behind the CLOSE of a snapshot; around.go dead
// letters, reports and positions of ingest; back.go the way back.
//
// Non-obvious:
//
//   - The new log is a pure function of the old one and of where it ended. So how far a
//     copy has come is told by the ends of the new topic, and nothing else is noted.
//   - The old log is never changed but for one mark in its control topic.
//   - Control records of the new log have the term 0: the terms of the old one are
//     offsets of another control topic, and would outrank the writers to come.
package repartition
