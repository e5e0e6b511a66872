// Package kafkatest gives tests a Kafka: the broker in memory, and a real Apache
// Kafka of one node or three.
//
// A test that holds on both takes a [Broker] from [Each]. A test that kills nodes
// takes a [Cluster] from [Shared] and leaves it with all of its nodes up. TestMain
// of such a package wraps its tests in [Stopping].
//
// Apache Kafka needs Java 17 and, for the first fetch, Maven; without them the tests
// are skipped with the reason, but fail where the environment says CI=true. The jars
// come from Maven Central into the user's cache directory, once for all packages.
//
// File map: java.go looks for Java, jars.go fetches, config.go says how a node is
// set up, node.go is one child process (thread_*.go with whom it ends), cluster.go
// several, shared.go keeps one per test binary, broker.go is what both kinds have in
// common, wait.go waits for either.
//
// Non-obvious: a node dies with the thread that started it (see node.run), so none
// outlives a test binary that is killed. A node that was killed can register again
// only when its old session is over, hence the session of 3 seconds.
package kafkatest
