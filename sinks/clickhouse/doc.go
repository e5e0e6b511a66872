// Package clickhouse carries the log and the fold's outputs into ClickHouse.
//
// [Migrate] applies the schema; [Sink.Prepare] waits for it. A [Sink] reads the topics with a consumer group of
// its own, turns records into rows, inserts them in batches and commits offsets
// once every row up to them is acknowledged. [Reader], [Expect] and [WaitPassed]
// serve the audit, [Queries] the analysts.
//
// The way of a record: Sink.poll → decoder.add (pure) → batch, one rowSet per table,
// column by column → Sink.flush, some tables at a time → pool.insert under retry →
// Sink.commit. While one batch is on its way the next one fills.
//
// # What holds
//
//   - Nothing is committed before it is durable: tables are inserted with fsync, and
//     offsets follow the acknowledgement of every table of the batch.
//   - A row may come twice (a crash between insert and commit, a partition that
//     moved). Its key and its version come from the log position, so the repeated row
//     replaces itself and no view ever shows two. Replicated tables do not even store
//     an insert that this process repeats; others cannot be trusted to tell it from
//     one that a kill undid (Cluster.token).
//   - ClickHouse away, full or badly configured: the sink waits, without bound, with
//     a metric and a warning. Memory stays bounded: one batch fills, one is on its way.
//   - A record that cannot be read becomes a row of table dlq; a row that ClickHouse
//     refuses goes to tierwatch.dlq by its place. Neither blocks the stream.
//
// # Files
//
//	config.go sink.go offsets.go write.go   the loop, from poll to commit
//	batch.go decode.go decode_log.go        records to rows, no I/O
//	column.go table.go table_*.go flow.go   the one column list of each table
//	cells.go cells_text.go cells_list.go    values of a column, and how the driver gets them
//	insert.go                               inserts with the driver's batches
//	version.go errors.go metrics.go         row versions, error classes, metrics
//	migrate.go migrate_lock.go prepare.go   the schema
//	cluster.go migrate_layout.go            the same on several servers (ADR 0015)
//	reader.go expect.go letters.go wait.go  the audit's side
//	queries.go queries/                     the questions of the first day
//	beginning.go epoch.go                   a log that a repartition has made
//	emptied.go                              a database that lacks the log's beginning
//
// # Non-obvious
//
//   - A record and its verdict come through different topics, so a duplicate may be
//     seen in the view events for the moment until its verdict is in. Of the fold's
//     outputs nothing is ever seen that was not committed.
//   - customer_tiers takes of each batch only the newest standing of a customer, and
//     accounts one row per account: what a merge would leave anyway.
//   - Columns that hold only defaults in a batch are left out of its insert.
//   - A batch outlives a lost assignment; see offsets.
//   - UnmarshalVTUnsafe: a decoded record points into the bytes it came from. Cells copy
//     what they are given; whatever else is kept of a record must be cloned, or it
//     holds a whole fetch.
//   - The driver's batch takes a column as a slice. Which Go type it takes cheaply
//     differs: words and the elements of arrays go as pointers (ADR 0008).
//   - Inserts have a pool of their own: uncompressed on this machine, and never more
//     connections than tables are written at a time.
//   - A batch grows while the writer is busy. So batches are small when the sink keeps
//     up, large when it is behind, and nothing has to be tuned.
//   - optimize_on_insert is off: it merges each block by key before it is stored, which
//     was 40 % of the server's CPU, to leave out repeats that views leave out anyway.
package clickhouse
