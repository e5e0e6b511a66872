// Package snapshot keeps the state of all partitions behind the CLOSE of one day as
// files that never change: from there on a log can be folded whose beginning was cut
// off. The format is that of ADR 0014.
//
// A [Snapshot] is a directory with a file per partition and a manifest, made by
// [Take] and read by [Open]. Its files hold state records as [fold.Partition.Copy]
// gives them.
//
// File map: frame.go what a file is made of, write.go and read.go it; manifest.go;
// snapshot.go a directory that is read, create.go one that is made, own.go by whom; take.go the
// course of a snapshot, base.go from where a partition is folded, find.go where the
// day was closed; fits.go whether a snapshot is of a log; cut.go how far the log may
// be cut; putback.go its records put into the state topic; resort.go one of another
// number of partitions made of it; beginning.go what the warehouse must know of it.
//
// Non-obvious: a directory is made under another name and renamed when its manifest
// is synced, so that whatever has the name is whole.
package snapshot
