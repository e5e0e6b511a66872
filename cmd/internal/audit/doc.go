// Package audit proves a deployment: it folds the log anew and compares every
// output with what the topics and ClickHouse hold, byte for byte, the tables that
// are filled from the log itself with the log, and the books of semantics 2.
//
// Run fixes the end of the log, waits for fold and warehouse to pass it, and
// goes through the partitions one after the other. Of a partition it keeps the
// state of the fold, what topic and fresh fold have not both said yet, and 32
// bytes a row that ClickHouse must hold.
//
// File map: run.go the course; begin.go where it starts; partition.go the fold and
// the topics, letters.go that of dead letters; rows.go ClickHouse by outputs, logrows.go
// by the log (package logrows); books.go and sources.go the books of ingest; manned.go
// whether anybody works for a group; report.go.
//
// Non-obvious: the live fold may interleave a drain with records that come after
// it, so the order of outputs between customers is not compared; position and
// content of each are.
package audit
