// Package kafka writes the log and reads the bank's topics into it.
//
//   - [LogWriter] is the one way into tierwatch.events: idempotent, customer
//     records by the hash of their key, control records to every partition.
//     Ingest, the conductor and loads all use it.
//   - [Ingest] is the ingest role: it consumes source topics, gives each value
//     to a [Decoder], writes what was accepted to the log and what was rejected
//     to the dead letters, and commits the source's offsets, with the books up to
//     them, only after both are acknowledged. It is at least once; the fold removes duplicates.
//
// File map: writer.go and partitioner.go the log; burst.go many records at little
// cost; copier.go a log made of another; ingest.go the loop; batch.go one polled batch from decode to
// acknowledgement; decoder.go what decodes; commit.go offsets and books; lost.go what a
// topic has lost; deadletter.go rejects; report.go watermarks; metrics.go.
//
// Non-obvious: a failed write breaks the LogWriter for good. Whatever was
// produced after it may be in the log while it is not, so its user must begin
// again from the last position it committed.
package kafka
