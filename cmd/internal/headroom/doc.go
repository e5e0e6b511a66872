// Package headroom keeps the garbage collector from running several times a second
// in a process that keeps little and allocates much, as ingest does: by default a
// heap of 30 MiB is collected whenever it has grown by 30 MiB.
package headroom
