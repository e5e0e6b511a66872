// Package logrows compares what the warehouse holds of the log with the log itself,
// row by row: every table of the sink that is filled from tierwatch.events, once its
// repeats are merged away, and the views of these tables.
//
// A record is decoded here and turned into the texts of the columns it must fill; no
// code of the sink takes part. Rows meet by partition and offset, as hashes of those
// texts; of one that differs, record and row are read again to name the columns.
//
// A [Partition] expects at most [Window] rows of a table at a time, and then looks for
// that piece of the log. Beside it keeps eight bytes a transaction, some bits, and
// what accounts and customers have gathered: their rows stand for many records.
//
// Views: each row is shown once, with the values of the log. events shows what no
// verdict of the fold took out, opening_balances the first of an account that none did,
// rm_assignments, credit_status and complaints what the fold took, closes those of the
// writer in office, rates the last in time, those before a snapshot too; accounts and
// customers are added up, of what was said of them as far as the fold took it.
//
// File map: partition.go what a record leads to; events.go facts.go control.go the
// tables; column.go table.go columns and texts; look.go the comparison; judged.go views
// that leave rows out; accounts.go customers.go ratesview.go keyed.go rows that stand
// for many records; tiers.go the policies' tiers; strays.go rows of partitions that the
// log does not have.
//
// Non-obvious: a test wants every column of every table of the sink here, in the audit
// of the fold's outputs, or named as left out.
package logrows
