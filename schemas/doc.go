// Package schemas holds the contracts: Protobuf records, JSON Schemas of what
// people write, SQL of the tables. It does no I/O.
package schemas
