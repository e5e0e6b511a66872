// Package peerjob is the fixed job "rolling-tier", on which Kafka Streams and
// Flink were measured, as an example of Tierwatch: [Mapping] and [Policy] do its
// work, [Stream] makes its input, and [Reference] is the job itself, written
// down plainly, so that outputs can be compared one by one.
//
// [Rules] names what Tierwatch does otherwise. With all of them the reference
// gives just what Tierwatch says, so every difference has a cause.
package peerjob

import _ "embed" // for Mapping and Policy

// Mapping is the text of mapping.yaml: the job's JSON as canonical records.
//
//go:embed mapping.yaml
var Mapping []byte

// Policy is the text of policy.yaml: base currency CNY, time zone UTC.
//
//go:embed policy.yaml
var Policy []byte
