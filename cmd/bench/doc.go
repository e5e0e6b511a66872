// Command bench measures Tierwatch against the physical floor and prints one
// table: make bench, or bench NAME for one measurement with its own flags.
//
// BENCH_SCALE (default 1) multiplies customers and events, so BENCH_SCALE=0.05 is a
// quick look; not rates and lengths of time, nor endurance's customers, of whom there
// are as many as its rate asks for. A figure of one run is worth ±10 % at best; compare
// lines of the same table, not of different days.
//
// bench -kafka makes those measurements that have a broker on the embedded one and
// on Apache Kafka: compare each with the floor of its own broker.
//
// bench latency, endurance and catchup run only by name: Apache Kafka, ClickHouse and
// every role as processes of their own. Their code is shared (steady_*.go).
//
// bench scale runs only by name: the fold alone, with customers and partitions growing.
//
// bench peer and bench peer-fold run only by name: the fixed job of
// deploy/examples/peer-job on a Kafka that is given, Tierwatch beside Kafka
// Streams in one run, and its fold alone.
//
// File map: main.go chooses; table.go prints; stream.go makes the events;
// journal.go keeps a log out of the heap; usage.go, process.go and children.go
// read CPU and memory; probe.go follows bookings to their alerts and rows; each other
// file is one measurement or a part of it. Of the peers' job peer.go is the order of its
// steps, peer_topic.go the topic and its readers, peer_tierwatch.go and
// peer_kstreams.go the two jobs, peer_compare.go their outputs, peer_fold.go the
// fold alone.
package main
