// Package file reads CSV, JSONL and Parquet files, plain or compressed (.gz,
// .zst, .xz), as event.Rows, and merges several mapped files by business day.
//
// Reader is one file; Inspect looks over a file before it is loaded (SHA-256,
// counts, days, disorder); Merger gives the entries of all files in order.
//
// Non-obvious: a record that cannot be read is a Row with Bad set and the stream
// goes on; only the file itself failing is an error, and it comes after every
// whole row before the damage. Memory does not depend on the size of a file.
package file
