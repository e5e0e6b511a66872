// Package clickhouse carries the log and the fold's outputs into ClickHouse.
//
// [Migrate] applies the schema. A [Sink] reads the topics with a consumer group of
// its own, turns records into rows, inserts them in batches and commits offsets
// once every row up to them is acknowledged. [Reader], [Expect] and [WaitPassed]
// serve the audit, [Queries] the analysts.
//
// The way of a record: Sink.poll → decoder.add (pure) → batch, one rowSet per table
// → Sink.flush → rowSet.insert under retry → Sink.commit.
//
// # What holds
//
//   - Nothing is committed before it is durable: tables are inserted with fsync, and
//     offsets follow the acknowledgement of every table of the batch.
//   - A row may come twice (a crash between insert and commit, a partition that
//     moved). Its key and its version come from the log position, so the repeated row
//     replaces itself and no view ever shows two. A repeated insert of this process
//     has the same token and is not even stored.
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
//	version.go errors.go metrics.go         row versions, error classes, metrics
//	migrate.go migrate_lock.go              the schema
//	reader.go expect.go wait.go             the audit's side
//	queries.go queries/                     the questions of the first day
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
//   - UnmarshalVTUnsafe: rows point into the records' bytes until the batch is sent.
package clickhouse
