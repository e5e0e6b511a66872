// Package broker is the child side of the embedded Kafka: a kfake cluster of
// one broker with a data directory, served on 127.0.0.1 until the parent lets
// go of the lifeline.
//
// It must be a process of its own: a broker inside the program would die with
// every kill of the program, and a killed broker loses the abort markers of its
// open transactions (marks.go writes those without which a reader would wait for ever).
//
// Non-obvious: the timed compaction of kfake ignores open transactions and can
// drop committed values. So its timer is set to ten years and compaction runs
// only behind a closed gate (at start before the first client, at the end
// after the last write), and only when no transaction is open. A member that dies
// while it waits for the answer to its join has no session in kfake, and one that lives
// is thrown out while it waits; reaper.go takes the one out of its group and keeps the
// other in.
package broker
