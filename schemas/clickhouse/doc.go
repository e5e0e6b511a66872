// Package clickhouse holds the schema of the warehouse: numbered SQL files, each
// applied once and in order, with a comment on every table, view and column.
// It does no I/O; sinks/clickhouse applies and fills it.
//
// Naming: x_raw is a table as it is filled, with repeats until they are merged
// away; x is the view an analyst reads, without repeats.
//
// Rules for a new file:
//   - the next free number; a file that was applied anywhere is never edited;
//   - every statement can run twice and in two processes at once (IF NOT EXISTS,
//     OR REPLACE, IF EXISTS): ClickHouse has no lock to take;
//   - statements end with a semicolon at the end of a line;
//   - names are written ${database}.name; ${include:file} inserts a fragment of
//     the folder fragments;
//   - a table x_raw has its ENGINE, ORDER BY and COMMENT each on a line of its own,
//     and a deduplication window: Layout makes the tables of a cluster from them.
package clickhouse
